"""Configs on their way from the service repo to S3."""

from cigen_runtime.contract.credentials import AWS_VARIABLES
from cigen_runtime.contract.identity import ENVIRONMENT, ENVIRONMENT_NAME, REGION
from cigen_runtime.contract.model import Command, File, Origin, System, Variable
from cigen_runtime.contract.versions import VERSIONING_TOKEN

CONFIGS = File(
    "configs/**",
    "Configs by layer: `base/`, `<environment>/` and `<environment>/<region>/`; `merge.yml` says how lists merge.",
)

CONFIG_VERSIONS_ASKED = Variable(
    "S3_CONFIG_VERSIONS_JSON",
    'Versions (or commits) of the configs to sync, such as `{"orders-api": "1.4.0"}`: inline, as a file, or as '
    "`@path`; empty for all configs as they are in the pipeline's commit.",
    Origin.PERSON,
    default="",
)

ENVIRONMENTS = Variable(
    "CIGEN_ENVIRONMENTS", "Every environment with the names of its regions, as JSON.", Origin.COMPANY
)

CONFIG_VERSIONS = File(
    "cigen-out/{environment}/{region}/config-versions.json",
    "Which commit each config is taken from, and which version of its project that is.",
    schema="config-versions",
)

FIND_VERSIONS = Command(
    name="find-versions",
    summary="Find which version of each config belongs to the deployed version of its service.",
    description=(
        "A config belongs to the project whose name its folder has. When S3_CONFIG_VERSIONS_JSON names versions, each "
        "is looked up as the tag `<project>-v<version>`, or as a commit that the pipeline's own contains, and only "
        "the configs named are synced. Otherwise all configs are taken from the pipeline's commit, and belong to the "
        "highest version that it contains."
    ),
    variables=(CONFIG_VERSIONS_ASKED, ENVIRONMENT, REGION, ENVIRONMENT_NAME, ENVIRONMENTS, VERSIONING_TOKEN),
    reads=(CONFIGS,),
    writes=(CONFIG_VERSIONS,),
    systems=(System.GIT,),
    example="cigen-runtime find-versions",
    changes=False,
)

MERGED_FILES = File("cigen-out/{environment}/{region}/merged-files/", "The merged configs, as they go to S3.")

PROVENANCE = File(
    "cigen-out/{environment}/{region}/provenance.json",
    "Every merged file with its checksum, and which source file gave it which key.",
    schema="provenance",
)

MERGE_CONFIGS = Command(
    name="merge-configs",
    summary="Merge the layers of each config: base, then the environment, then its region.",
    description=(
        "JSON and YAML files are merged key by key, the more specific layer wins; of any other file the most specific "
        "one is taken as it is. Lists are replaced unless `configs/merge.yml` says `append` or `by <key>` for them. A "
        "mapping over a value is an error that names both places, as are a key that stands twice, a folder that is no "
        "layer, and a result without any file. A value is written as it was, never as what a parser makes of it."
    ),
    variables=(ENVIRONMENT, REGION, ENVIRONMENT_NAME, ENVIRONMENTS, VERSIONING_TOKEN),
    reads=(CONFIGS, CONFIG_VERSIONS),
    writes=(MERGED_FILES, PROVENANCE),
    systems=(System.GIT,),
    example="cigen-runtime merge-configs",
    changes=False,
)

CONFIG_BUCKET = Variable("CIGEN_CONFIG_BUCKET", "Bucket of the environment's and region's configs.", Origin.REGION)

CONFIG_PREFIX = Variable(
    "CIGEN_CONFIG_PREFIX", "What the keys of the configs begin with in the bucket.", Origin.REGION, default=""
)

CONFIG_DELETE = Variable(
    "CIGEN_CONFIG_DELETE",
    "Whether what an earlier sync wrote, and the service repo has no longer, is deleted in the bucket.",
    Origin.COMPANY,
    default="false",
    pattern="true|false",
)

ALLOW_CONFIG_DELETES = Variable(
    "ALLOW_CONFIG_DELETES",
    "Whether more than a fifth of the objects that earlier syncs wrote may be deleted at once.",
    Origin.PERSON,
    default="false",
    pattern="true|false",
)

SYNC_RESULT = File(
    "cigen-out/{environment}/{region}/s3-sync-result.json",
    "What became of each object in the bucket.",
    schema="s3-sync-result",
)

S3_SYNC = Command(
    name="s3-sync",
    summary="Bring the merged configs to the bucket of the environment and region.",
    description=(
        "Compares by SHA-256 and uploads what differs, each object only over the one that was seen, and reads it back. "
        "What earlier syncs wrote is kept in `.cigen-manifest.json` in the bucket: nothing else is ever deleted, and "
        "that only where `s3.delete` is true in cigen.yaml. Uploads come before deletions; of more than a fifth at "
        "once only with ALLOW_CONFIG_DELETES. A dry run shows which keys of a file would change, never their values."
    ),
    variables=(*AWS_VARIABLES, CONFIG_BUCKET, CONFIG_PREFIX, CONFIG_DELETE, ALLOW_CONFIG_DELETES),
    reads=(MERGED_FILES, PROVENANCE),
    writes=(SYNC_RESULT,),
    systems=(System.VAULT, System.STS, System.S3),
    example="cigen-runtime s3-sync --dry-run",
)
