"""Which version of what: the git history, and what a person asks for."""

from cigen_runtime.contract.model import Command, File, Origin, System, Variable

VERSIONING_TOKEN = Variable(
    "VERSIONING_TOKEN",
    "Token that may push tags to the service's repository; needed where the job token may not.",
    Origin.SETTINGS,
    secret=True,
    default="",
)

DEFAULT_BRANCH = Variable("CI_DEFAULT_BRANCH", "The project's default branch.", Origin.GITLAB, default="main")

VERSIONS = File(
    "versions.json",
    "Every project of the service repo with its version, its folder and whether it changed.",
    schema="versions",
)

DEPLOYMENT = File(
    "functions/*/.deployment",
    "The name of the Lambda function that a folder is deployed to. SHARED_PATHS may name what else of the repository "
    "it is built from.",
)

SEMANTIC_VERSIONING = Command(
    name="semantic-versioning",
    summary="Work out each project's next version from the git history, and reserve it with a tag.",
    description=(
        "Reads the conventional commits since each project's last tag `<project>-v<version>`, in one pass over the "
        "history, and pushes the tags of the projects that changed: those with commits in their folder, or in one of "
        "the SHARED_PATHS of its .deployment. A version that another pipeline took meanwhile is computed again. Run "
        "twice on one commit, it writes the same file and pushes nothing."
    ),
    variables=(VERSIONING_TOKEN,),
    reads=(DEPLOYMENT,),
    writes=(VERSIONS,),
    systems=(System.GIT,),
    example="cigen-runtime semantic-versioning --dry-run",
)

TARGET_VERSIONS = Variable(
    "TARGET_VERSIONS_JSON",
    'Versions to deploy, such as `{"orders-api": "1.4.0"}`: inline, as a file, or as `@path`.',
    Origin.PERSON,
    default="",
)

ALLOW_DOWNGRADE = Variable(
    "ALLOW_DOWNGRADE",
    "Whether a version may be lower than the highest one that is released.",
    Origin.PERSON,
    default="false",
    pattern="true|false",
)
