"""What people run to see where things stand; no job template calls these, and none of them changes anything."""

from cigen_runtime.contract.configs import CONFIG_BUCKET, MERGED_FILES, PROVENANCE
from cigen_runtime.contract.credentials import VAULT_VARIABLES
from cigen_runtime.contract.dashboard import (
    DASHBOARD_ACCOUNT,
    DASHBOARD_AWS_REGION,
    DASHBOARD_BUCKET,
    HTTP_VARIABLES,
)
from cigen_runtime.contract.identity import AWS_ACCOUNT, AWS_REGION, ENVIRONMENT, ENVIRONMENT_NAME, REGION, REGIONS
from cigen_runtime.contract.images import (
    ARTIFACTORY_REGISTRY,
    BUILD_REPOSITORY,
    DOCKER_AUTH_CONFIG,
    ECR_ACCOUNT,
    ECR_REPOSITORY,
    MAPPINGS,
    RC_REPOSITORY,
    RELEASE_REPOSITORY,
)
from cigen_runtime.contract.jira import JIRA_STATUSES, JIRA_VARIABLES
from cigen_runtime.contract.model import Argument, Command, File, Option, System
from cigen_runtime.contract.promotion import ARTIFACTORY_PASS, ARTIFACTORY_URL, ARTIFACTORY_USER
from cigen_runtime.contract.versions import DEPLOYMENT, TARGET_VERSIONS, VERSIONING_TOKEN, VERSIONS

_PLACES = (ENVIRONMENT, REGIONS, REGION, AWS_REGION, AWS_ACCOUNT, *VAULT_VARIABLES, ECR_ACCOUNT, ECR_REPOSITORY)

STATUS_FILE = File("cigen-out/status.json", "What each function runs in each region, as Lambda says.", schema="status")

STATUS = Command(
    name="status",
    summary="Show which version of each project runs where, as Lambda says.",
    description=(
        "Asks Lambda for the function of every folder, in every region that CIGEN_REGIONS names or else in the job's "
        "own. A version is known by the image's tag or digest, compared with those of the tags in Git and of "
        "versions.json. Regions that run different content are said to drift."
    ),
    variables=(*_PLACES, VERSIONING_TOKEN),
    reads=(VERSIONS, DEPLOYMENT),
    writes=(STATUS_FILE,),
    systems=(System.VAULT, System.LAMBDA, System.ECR, System.GIT),
    example="cigen-runtime status --project orders-api",
    by_hand=True,
    changes=False,
    options=(Option("project", "show this project alone", required=False),),
    starts_incomplete=True,
)

TRACE = Command(
    name="trace",
    summary="Follow one version of a project from its tag to the release repository.",
    description=(
        "Looks in turn at the version's tag in Git, the function's name, the image in ECR, what Lambda runs, the "
        "release ticket, and the RC and release repositories. Each step is found, not found, or could not be looked "
        "at, and names the job to look into next."
    ),
    variables=(
        *_PLACES,
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        RC_REPOSITORY,
        RELEASE_REPOSITORY,
        *JIRA_VARIABLES,
        VERSIONING_TOKEN,
    ),
    reads=(VERSIONS, DEPLOYMENT),
    writes=(),
    systems=(System.GIT, System.VAULT, System.ECR, System.LAMBDA, System.JIRA, System.ARTIFACTORY),
    example="cigen-runtime trace orders-api --version 1.4.0",
    by_hand=True,
    changes=False,
    arguments=(Argument("project", "the project to follow"),),
    options=(Option("version", "the version; without it that of versions.json, or the highest tag", required=False),),
    starts_incomplete=True,
)

DOCTOR = Command(
    name="doctor",
    summary="Make the checks of the failure flowchart live, in their order, and say which failed.",
    description=(
        "Of each check it says that it passed, that it failed and what to do, or why it could not be looked at: a "
        "variable that is not set, or a check before it that failed. The exit code is that of the first failure."
    ),
    variables=(
        *_PLACES,
        ENVIRONMENT_NAME,
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        BUILD_REPOSITORY,
        RC_REPOSITORY,
        RELEASE_REPOSITORY,
        ARTIFACTORY_URL,
        ARTIFACTORY_USER,
        ARTIFACTORY_PASS,
        *JIRA_VARIABLES,
        JIRA_STATUSES,
        CONFIG_BUCKET,
        *HTTP_VARIABLES,
        DASHBOARD_BUCKET,
        DASHBOARD_ACCOUNT,
        DASHBOARD_AWS_REGION,
        TARGET_VERSIONS,
        VERSIONING_TOKEN,
    ),
    reads=(VERSIONS, DEPLOYMENT, MAPPINGS, PROVENANCE, MERGED_FILES),
    writes=(),
    systems=(
        System.GIT,
        System.VAULT,
        System.STS,
        System.ARTIFACTORY,
        System.ECR,
        System.LAMBDA,
        System.JIRA,
        System.S3,
        System.DASHBOARD,
    ),
    example="cigen-runtime doctor --stage deploy-lambda",
    by_hand=True,
    changes=False,
    options=(
        Option("branch", "make the checks of one branch of the flowchart, such as `vault`", required=False),
        Option("stage", "make those of one stage of the pipeline, such as `deploy-lambda`", required=False),
        Option("situation", "make those of one situation, such as `production`", required=False),
    ),
    starts_incomplete=True,
)
