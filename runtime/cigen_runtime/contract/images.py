"""Images on their way from Artifactory to ECR, and which of them each function is to run."""

from cigen_runtime.contract.credentials import AWS_VARIABLES, HANDOVER, LIFETIME, VAULT_VARIABLES
from cigen_runtime.contract.identity import (
    AWS_ACCOUNT,
    AWS_REGION,
    COMMIT_SHA,
    ENVIRONMENT,
    ENVIRONMENT_NAME,
    PROJECT_URL,
    REGIONS,
)
from cigen_runtime.contract.model import Command, Condition, File, Origin, System, Variable
from cigen_runtime.contract.versions import ALLOW_DOWNGRADE, DEPLOYMENT, TARGET_VERSIONS, VERSIONS

DOCKER_AUTH_CONFIG = Variable(
    "DOCKER_AUTH_CONFIG",
    "Docker `config.json` with the login for Artifactory's registry.",
    Origin.SETTINGS,
    secret=True,
)

ARTIFACTORY_REGISTRY = Variable(
    "CIGEN_ARTIFACTORY_REGISTRY",
    "Artifactory's registry and the path in it; `{repository}` stands for the repository's key.",
    Origin.COMPANY,
)

BUILD_REPOSITORY = Variable(
    "CIGEN_BUILD_REPOSITORY", "Artifactory repository that builds are published to.", Origin.COMPANY
)

ECR_ACCOUNT = Variable("CIGEN_ECR_ACCOUNT", "AWS account that owns the ECR registry.", Origin.REGION, pattern=r"\d{12}")

ECR_REPOSITORY = Variable(
    "CIGEN_ECR_REPOSITORY", "ECR repository of the images; `{project}` stands for the project.", Origin.REGION
)

SOURCE_REPOSITORIES = Variable(
    "CIGEN_SOURCE_REPOSITORIES",
    "Artifactory repositories to take images from, in the order in which they are looked into, with blanks between "
    "them; the build repository when it is empty.",
    Origin.JOB,
    default="",
)

ECR_PER_ENVIRONMENT = Variable(
    "CIGEN_ECR_PER_ENVIRONMENT",
    "Whether each environment has a registry of its own in ECR: then a later job copies the images and writes the "
    "mappings. `true`, or empty for no.",
    Origin.COMPANY,
    default="",
    pattern="true",
)

COPY = Variable(
    "CI_NODE_INDEX",
    "Which copy of the job this is, where `parallel` makes several; each brings its share of the projects.",
    Origin.GITLAB,
    default="1",
    pattern=r"[1-9]\d*",
)

COPIES = Variable(
    "CI_NODE_TOTAL", "How many copies of the job there are.", Origin.GITLAB, default="1", pattern=r"[1-9]\d*"
)

MAPPINGS = File(
    "cigen-out/{environment}/{region}/lambda-ecr-mappings.json",
    "Which image, by tag and digest, each Lambda function is to run.",
    schema="lambda-ecr-mappings",
    has_parts=True,
)

BUILD_CONTEXT = Variable(
    "CIGEN_BUILD_CONTEXT",
    "Folder that a build may copy files from; `{folder}` stands for the project's folder.",
    Origin.JOB,
    default="functions/{folder}",
)
DOCKERFILE = Variable(
    "CIGEN_DOCKERFILE",
    "Dockerfile of a project; `{folder}` stands for the project's folder.",
    Origin.JOB,
    default="functions/{folder}/Dockerfile",
)
PUBLISHED_IMAGES = File(
    "cigen-out/published-images.json",
    "The image of each project in the build repository, by tag and digest, and which of them this job built.",
    schema="published-images",
)

PUBLISH_IMAGE = Command(
    name="publish-image",
    summary="Build each project's image and publish it in the build repository, once per version.",
    description=(
        "Builds with buildah, which needs no daemon, what the build repository does not have yet, for the platform "
        "that the function runs on, and pushes it as `<project>:<version>`. A tag that exists is not built again, "
        "whoever pushed it. The build gets the arguments PROJECT and VERSION and no secret; DOCKER_AUTH_CONFIG lets "
        "it pull its base images."
    ),
    variables=(
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        BUILD_REPOSITORY,
        BUILD_CONTEXT,
        DOCKERFILE,
        PROJECT_URL,
        COMMIT_SHA,
    ),
    reads=(VERSIONS, DEPLOYMENT),
    writes=(PUBLISHED_IMAGES,),
    systems=(System.ARTIFACTORY,),
    example="cigen-runtime publish-image --dry-run",
)

DOCKER_CONFIG_FILE = File(
    "cigen-out/{environment}/{region}/docker/config.json",
    "Logins for Artifactory's registry and for ECR as docker reads them; DOCKER_CONFIG names its folder.",
    is_secret=True,
)

PREPARE_DOCKER_CONFIG = Command(
    name="prepare-docker-config",
    summary="Prove that Artifactory's registry and ECR both let this job in.",
    description=(
        "Takes the login for Artifactory from DOCKER_AUTH_CONFIG and a token for ECR from AWS, and asks each registry "
        "whether it accepts them, before a job starts to copy images. Only where credentials are handed over does it "
        "write both logins into a docker config that its owner alone may read, for jobs of the service that call "
        "docker."
    ),
    variables=(
        *AWS_VARIABLES,
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        BUILD_REPOSITORY,
        SOURCE_REPOSITORIES,
        ECR_ACCOUNT,
        ECR_REPOSITORY,
        HANDOVER,
        LIFETIME,
    ),
    reads=(),
    writes=(),
    systems=(System.VAULT, System.ARTIFACTORY, System.ECR),
    example="cigen-runtime prepare-docker-config",
    changes=False,
    hands_over=(DOCKER_CONFIG_FILE,),
    conditions=(Condition(HANDOVER, "artifact", only=(LIFETIME,)),),
)

RETAG_PUSH_ECR = Command(
    name="retag-push-ecr",
    summary="Copy each project's image from the build repository to ECR under the tag of its Lambda function.",
    description=(
        "Copies registry to registry, with no docker daemon, what ECR does not have yet; an image index is resolved to "
        "the platform that the function runs on. The tag is `<lambda>-<version>`. An image that is there already with "
        "the same digest is left alone; one with another digest is a conflict, never overwritten. Where `parallel` "
        "makes several copies of the job, each brings its share of the projects and writes its part of the mappings."
    ),
    variables=(
        *AWS_VARIABLES,
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        BUILD_REPOSITORY,
        SOURCE_REPOSITORIES,
        ECR_ACCOUNT,
        ECR_REPOSITORY,
        COPY,
        COPIES,
    ),
    reads=(VERSIONS, DEPLOYMENT),
    writes=(MAPPINGS,),
    systems=(System.VAULT, System.ARTIFACTORY, System.ECR),
    example="cigen-runtime retag-push-ecr --dry-run",
)

RC_REPOSITORY = Variable("CIGEN_RC_REPOSITORY", "Artifactory repository of what staging has proven.", Origin.COMPANY)

RELEASE_REPOSITORY = Variable(
    "CIGEN_RELEASE_REPOSITORY", "Artifactory repository of what production runs.", Origin.COMPANY
)

GENERATE_MAPPINGS = Command(
    name="generate-mappings",
    summary="Write down which image each function of every region is to run, for the versions that were asked for.",
    description=(
        "Takes the versions of versions.json where TARGET_VERSIONS_JSON is empty. "
        "Moves no image: each version must be in the RC or the release repository, and in ECR of every region with "
        "the same content. All that is wrong, in any project or region, is told at once, before anything is written. "
        "A version lower than the highest released one is refused unless ALLOW_DOWNGRADE is true. One job serves all "
        "regions; it logs in to AWS once, as the first of them. Where each environment has its own registry in ECR, it "
        "looks at Artifactory alone, and retag-push-ecr copies the images and writes the mappings."
    ),
    variables=(
        TARGET_VERSIONS,
        ALLOW_DOWNGRADE,
        ENVIRONMENT,
        REGIONS,
        AWS_REGION,
        AWS_ACCOUNT,
        ENVIRONMENT_NAME,
        *VAULT_VARIABLES,
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        RC_REPOSITORY,
        RELEASE_REPOSITORY,
        ECR_PER_ENVIRONMENT,
    ),
    reads=(VERSIONS, DEPLOYMENT),
    writes=(MAPPINGS, VERSIONS),
    systems=(System.VAULT, System.STS, System.ARTIFACTORY, System.ECR),
    example="cigen-runtime generate-mappings",
    changes=False,
    may_lack=(VERSIONS,),
)

BACKFILL_IMAGES = Command(
    name="backfill-images",
    summary="Copy what is released into the ECR of a region that is new.",
    description=(
        "For a region that only production has, or that was added after a release: copies each project's highest "
        "released version, or the versions that TARGET_VERSIONS_JSON names, from the release repository to ECR under "
        "the tag of its Lambda function. Content is compared as by retag-push-ecr; what is there already is left "
        "alone. A project that was never released is named and skipped."
    ),
    variables=(
        TARGET_VERSIONS,
        *AWS_VARIABLES,
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        RELEASE_REPOSITORY,
        ECR_ACCOUNT,
        ECR_REPOSITORY,
    ),
    reads=(DEPLOYMENT,),
    writes=(),
    systems=(System.VAULT, System.ARTIFACTORY, System.ECR),
    example="cigen-runtime backfill-images --dry-run",
)
