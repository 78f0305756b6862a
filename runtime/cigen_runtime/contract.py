"""What each command reads, writes and talks to: declared here, once, and used everywhere.

The generator renders variables and artifacts from it, the linter checks jobs against it, the runtime reads its
variables through it, and the reference pages are printed from it. It imports nothing outside the standard library, so
that whoever needs only the contract installs only the contract.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """The exit codes of `cigen-runtime`; they are API: rendered jobs decide by them what is tried again."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    AUTHENTICATION = 10
    PERMISSION = 11
    NOT_FOUND = 12
    CONFLICT = 13
    VERIFICATION = 14
    PARTLY_DONE = 20
    TRY_AGAIN = 75
    OUTCOME_UNKNOWN = 76
    INTERRUPTED = 130


RETRIED = (ExitCode.TRY_AGAIN, ExitCode.OUTCOME_UNKNOWN)
"""The exit codes after which GitLab runs the job again by itself."""


class Origin(StrEnum):
    """Who gives a variable its value."""

    COMPANY = "cigen.yaml, one value for all jobs"
    REGION = "cigen.yaml, one value per environment and region"
    ENVIRONMENT = "cigen.yaml, one value per environment"
    SETTINGS = "CI/CD settings of the GitLab project or group"
    PERSON = "whoever starts the pipeline"
    JOB = "the job that extends the template"
    ID_TOKEN = "id_tokens of the job"  # noqa: S105 - where a token comes from, not one
    GITLAB = "predefined by GitLab"


@dataclass(frozen=True, slots=True)
class Variable:
    """One CI/CD variable: its name, what it means, and who sets it."""

    name: str
    meaning: str
    origin: Origin
    secret: bool = False
    default: str | None = None
    """The value when nobody sets it; None means that a job which reads it cannot run without it."""
    pattern: str | None = None
    """A regular expression that the whole value must match."""
    login: str | None = None
    """The one way to log in to Vault that reads it, and then needs it; None where it is read under all."""

    @property
    def required(self) -> bool:
        """Whether a job that reads it fails without it."""
        return self.default is None


@dataclass(frozen=True, slots=True)
class File:
    """One file that flows between jobs; `{environment}` and `{region}` stand for the job's own."""

    path: str
    meaning: str
    schema: str | None = None
    """The name of its JSON Schema in `cigen_runtime.file_schemas`, where it has one."""

    def at(self, environment: str, region: str) -> str:
        """The path for one environment and region, relative to the project's folder."""
        return self.path.format(environment=environment, region=region)


class System(StrEnum):
    """A remote system that a command talks to."""

    GIT = "the service's Git repository"
    VAULT = "Vault"
    STS = "AWS STS"
    ARTIFACTORY = "Artifactory"
    ECR = "Amazon ECR"
    LAMBDA = "AWS Lambda"
    JIRA = "Jira"


@dataclass(frozen=True, slots=True)
class Option:
    """A choice that a call of a command must make, such as `--to closed`."""

    name: str
    meaning: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """One runtime command: the job template of the same name calls it."""

    name: str
    summary: str
    """One sentence for help screens and the job reference."""
    description: str
    variables: tuple[Variable, ...]
    reads: tuple[File, ...]
    writes: tuple[File, ...]
    """The files a later job or a person needs; each becomes an artifact."""
    systems: tuple[System, ...]
    example: str
    by_hand: bool = False
    """Whether a person runs it, so that no job template calls it."""
    changes: bool = True
    """Whether it changes anything outside its own files; such a command has `--dry-run`."""
    options: tuple[Option, ...] = ()

    def variables_of(self, *origins: Origin) -> Iterator[Variable]:
        """Those of its variables that come from one of these origins, in order."""
        return (variable for variable in self.variables if variable.origin in origins)


# Identity: which environment and region a job works for. Only CIGEN_* names: a group variable cannot change them by
# accident, as it could change AWS_REGION.

ENVIRONMENT = Variable("CIGEN_ENVIRONMENT", "Environment the job works for, such as `staging`.", Origin.REGION)
REGION = Variable("CIGEN_REGION", "Region by the company's own short name, such as `eu`.", Origin.REGION)
AWS_REGION = Variable("CIGEN_AWS_REGION", "AWS region, such as `eu-west-2`.", Origin.REGION)
AWS_ACCOUNT = Variable(
    "CIGEN_AWS_ACCOUNT", "AWS account whose Lambda functions are deployed.", Origin.REGION, pattern=r"\d{12}"
)
ENVIRONMENT_NAME = Variable(
    "CI_ENVIRONMENT_NAME",
    "Name of the job's GitLab environment; must be `<environment>/<region>`, and for a job that works for all regions "
    "of an environment at least begin so.",
    Origin.GITLAB,
)

# Vault

VAULT_ADDR = Variable("VAULT_ADDR", "Address of Vault.", Origin.COMPANY, pattern=r"https?://\S+")
VAULT_NAMESPACE = Variable("VAULT_NAMESPACE", "Vault namespace; empty for the root.", Origin.COMPANY, default="")
VAULT_AUTH = Variable(
    "CIGEN_VAULT_AUTH", "How a job logs in to Vault.", Origin.COMPANY, default="approle", pattern="approle|jwt"
)
VAULT_AUTH_MOUNT = Variable(
    "CIGEN_VAULT_AUTH_MOUNT", "Path of that auth method in Vault.", Origin.COMPANY, default="approle"
)
VAULT_AWS_MOUNT = Variable("CIGEN_VAULT_AWS_MOUNT", "Path of the AWS secrets engine.", Origin.COMPANY, default="aws")
VAULT_ROLE = Variable("CIGEN_VAULT_ROLE", "Role of the AWS secrets engine, such as `lambda-staging`.", Origin.REGION)
VAULT_ROLE_ARN = Variable(
    "CIGEN_VAULT_ROLE_ARN", "IAM role to assume, where the Vault role allows several.", Origin.REGION, default=""
)
VAULT_ROLE_ID = Variable(
    "VAULT_ROLE_ID",
    "Role ID of the AppRole; read when jobs log in by AppRole.",
    Origin.SETTINGS,
    default="",
    login="approle",
)
VAULT_SECRET_ID = Variable(
    "VAULT_SECRET_ID",
    "Secret ID of the AppRole, with unlimited uses, a TTL and a CIDR binding; read when jobs log in by AppRole.",
    Origin.SETTINGS,
    secret=True,
    default="",
    login="approle",
)
VAULT_ID_TOKEN = Variable(
    "VAULT_ID_TOKEN",
    "GitLab's ID token for Vault; read when jobs log in by JWT.",
    Origin.ID_TOKEN,
    secret=True,
    default="",
    login="jwt",
)
VAULT_VARIABLES = (
    VAULT_ADDR,
    VAULT_NAMESPACE,
    VAULT_AUTH,
    VAULT_AUTH_MOUNT,
    VAULT_AWS_MOUNT,
    VAULT_ROLE,
    VAULT_ROLE_ARN,
    VAULT_ROLE_ID,
    VAULT_SECRET_ID,
    VAULT_ID_TOKEN,
)
IDENTITY_VARIABLES = (ENVIRONMENT, REGION, AWS_REGION, AWS_ACCOUNT, ENVIRONMENT_NAME)
AWS_VARIABLES = (*IDENTITY_VARIABLES, *VAULT_VARIABLES)

# Registries

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

# Lambda

ON_MISSING = Variable(
    "CIGEN_ON_MISSING",
    "What a function that does not exist yet means: `skip` it, or `fail` before anything changes.",
    Origin.REGION,
    default="fail",
    pattern="skip|fail",
)
ON_FAILURE = Variable(
    "CIGEN_ON_FAILURE",
    "What happens when an update fails: `stop` there, or `rollback` what this run changed.",
    Origin.REGION,
    default="stop",
    pattern="stop|rollback",
)

# Versions

VERSIONING_TOKEN = Variable(
    "VERSIONING_TOKEN",
    "Token that may push tags to the service's repository; needed where the job token may not.",
    Origin.SETTINGS,
    secret=True,
    default="",
)
DEFAULT_BRANCH = Variable("CI_DEFAULT_BRANCH", "The project's default branch.", Origin.GITLAB, default="main")

# Files

VERSIONS = File(
    "versions.json",
    "Every project of the service repo with its version, its folder and whether it changed.",
    schema="versions",
)
DEPLOYMENT = File("functions/*/.deployment", "The name of the Lambda function that a folder is deployed to.")
MAPPINGS = File(
    "cigen-out/{environment}/{region}/lambda-ecr-mappings.json",
    "Which image, by tag and digest, each Lambda function is to run.",
    schema="lambda-ecr-mappings",
)
DEPLOY_RESULT = File(
    "cigen-out/{environment}/{region}/deploy-result.json",
    "What each function ran before and runs now.",
    schema="deploy-result",
)

SEMANTIC_VERSIONING = Command(
    name="semantic-versioning",
    summary="Work out each project's next version from the git history, and reserve it with a tag.",
    description=(
        "Reads the conventional commits since each project's last tag `<project>-v<version>`, in one pass over the "
        "history, and pushes the tags of the projects that changed. A version that another pipeline took meanwhile is "
        "computed again. Run twice on one commit, it writes the same file and pushes nothing."
    ),
    variables=(VERSIONING_TOKEN,),
    reads=(DEPLOYMENT,),
    writes=(VERSIONS,),
    systems=(System.GIT,),
    example="cigen-runtime semantic-versioning --dry-run",
)

AWS_CREDENTIALS = Command(
    name="aws-credentials",
    summary="Prove that Vault gives this job credentials for the right AWS account: the gate of a deployment.",
    description=(
        "Logs in to Vault, takes short-lived credentials from the AWS secrets engine, asks STS whose they are, and "
        "fails unless the account is the configured one. The credentials stay in memory and the Vault token is "
        "revoked: every later job logs in for itself."
    ),
    variables=AWS_VARIABLES,
    reads=(),
    writes=(),
    systems=(System.VAULT, System.STS),
    example="cigen-runtime aws-credentials",
    changes=False,
)

PREPARE_DOCKER_CONFIG = Command(
    name="prepare-docker-config",
    summary="Prove that Artifactory's registry and ECR both let this job in.",
    description=(
        "Takes the login for Artifactory from DOCKER_AUTH_CONFIG and a token for ECR from AWS, and asks each registry "
        "whether it accepts them, before a job starts to copy images."
    ),
    variables=(
        *AWS_VARIABLES,
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        BUILD_REPOSITORY,
        ECR_ACCOUNT,
        ECR_REPOSITORY,
    ),
    reads=(),
    writes=(),
    systems=(System.VAULT, System.ARTIFACTORY, System.ECR),
    example="cigen-runtime prepare-docker-config",
    changes=False,
)

RETAG_PUSH_ECR = Command(
    name="retag-push-ecr",
    summary="Copy each project's image from the build repository to ECR under the tag of its Lambda function.",
    description=(
        "Copies registry to registry, with no docker daemon, what ECR does not have yet; an image index is resolved to "
        "the platform that the function runs on. The tag is `<lambda>-<version>`. An image that is there already with "
        "the same digest is left alone; one with another digest is a conflict, never overwritten."
    ),
    variables=(
        *AWS_VARIABLES,
        DOCKER_AUTH_CONFIG,
        ARTIFACTORY_REGISTRY,
        BUILD_REPOSITORY,
        ECR_ACCOUNT,
        ECR_REPOSITORY,
    ),
    reads=(VERSIONS, DEPLOYMENT),
    writes=(MAPPINGS,),
    systems=(System.VAULT, System.ARTIFACTORY, System.ECR),
    example="cigen-runtime retag-push-ecr --dry-run",
)

DEPLOY_LAMBDA = Command(
    name="deploy-lambda",
    summary="Make each Lambda function run the image that the mapping names, and wait until it does.",
    description=(
        "Looks at every function and every image before it changes the first, updates those that run something else, "
        "waits until Lambda reports success and compares the digest. What each function ran before is recorded."
    ),
    variables=(*AWS_VARIABLES, ON_MISSING, ON_FAILURE),
    reads=(MAPPINGS,),
    writes=(DEPLOY_RESULT,),
    systems=(System.VAULT, System.ECR, System.LAMBDA),
    example="cigen-runtime deploy-lambda --dry-run",
)

ROLLBACK_RESULT = File(
    "cigen-out/{environment}/{region}/rollback-result.json",
    "Which functions run again what they ran before a deployment.",
    schema="deploy-result",
)

ROLLBACK_LAMBDA = Command(
    name="rollback-lambda",
    summary="Give each function the image again that it ran before a deployment.",
    description=(
        "Reads what deploy-lambda recorded and takes back what it updated, the last first. A function that somebody "
        "deployed anew meanwhile is a conflict and is left alone, as are all others then."
    ),
    variables=AWS_VARIABLES,
    reads=(DEPLOY_RESULT,),
    writes=(ROLLBACK_RESULT,),
    systems=(System.VAULT, System.ECR, System.LAMBDA),
    example="cigen-runtime rollback-lambda --dry-run",
    by_hand=True,
)

# A whole environment, with all of its regions

REGIONS = Variable(
    "CIGEN_REGIONS",
    "Regions of the job's environment with their ECR registries, as JSON.",
    Origin.ENVIRONMENT,
)

# What a person asks for

TARGET_VERSIONS = Variable(
    "TARGET_VERSIONS_JSON",
    'Versions to deploy, such as `{"orders-api": "1.4.0"}`: inline, as a file, or as `@path`; empty for versions.json.',
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

# Promotion

RC_REPOSITORY = Variable("CIGEN_RC_REPOSITORY", "Artifactory repository of what staging has proven.", Origin.COMPANY)
RELEASE_REPOSITORY = Variable(
    "CIGEN_RELEASE_REPOSITORY", "Artifactory repository of what production runs.", Origin.COMPANY
)
ARTIFACTORY_URL = Variable(
    "ARTIFACTORY_URL",
    "Address of Artifactory's REST API, such as `https://artifactory.example.com/artifactory`.",
    Origin.COMPANY,
    pattern=r"https?://\S+",
)
ARTIFACTORY_USER = Variable("ARTIFACTORY_USER", "User who may promote images in Artifactory.", Origin.SETTINGS)
ARTIFACTORY_PASS = Variable("ARTIFACTORY_PASS", "Password or token of that user.", Origin.SETTINGS, secret=True)
PROMOTE_FROM = Variable("CIGEN_PROMOTE_FROM", "Artifactory repository to promote from.", Origin.JOB)
PROMOTE_TO = Variable("CIGEN_PROMOTE_TO", "Artifactory repository to promote to.", Origin.JOB)
PROMOTION_VARIABLES = (
    ENVIRONMENT,
    REGIONS,
    ARTIFACTORY_URL,
    ARTIFACTORY_REGISTRY,
    ARTIFACTORY_USER,
    ARTIFACTORY_PASS,
)
PROMOTION = File(
    "cigen-out/{environment}/promotion.json",
    "Which images were promoted from where to where, and which were there already.",
    schema="promotion",
)
_HOW_PROMOTED = (
    "Looks at both ends of every project of versions.json before the first is promoted. What the target has already "
    "with the same digest is done; another digest there is a conflict, never overwritten; and only what still has the "
    "digest that was deployed is promoted, always as a copy."
)

GENERATE_MAPPINGS = Command(
    name="generate-mappings",
    summary="Write down which image each function of every region is to run, for the versions that were asked for.",
    description=(
        "Moves no image: each version must be in the RC or the release repository, and in ECR of every region with "
        "the same content. All that is wrong, in any project or region, is told at once, before anything is written. "
        "A version lower than the highest released one is refused unless ALLOW_DOWNGRADE is true. One job serves all "
        "regions; it logs in to AWS once, as the first of them."
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
    ),
    reads=(VERSIONS, DEPLOYMENT),
    writes=(MAPPINGS, VERSIONS),
    systems=(System.VAULT, System.STS, System.ARTIFACTORY, System.ECR),
    example="cigen-runtime generate-mappings",
    changes=False,
)

PROMOTE_ARTIFACTS = Command(
    name="promote-artifacts",
    summary="Promote each project's image from one Artifactory repository to another.",
    description=_HOW_PROMOTED,
    variables=(*PROMOTION_VARIABLES, PROMOTE_FROM, PROMOTE_TO),
    reads=(VERSIONS, MAPPINGS),
    writes=(PROMOTION,),
    systems=(System.ARTIFACTORY,),
    example="cigen-runtime promote-artifacts --dry-run",
)

PROMOTE_TO_RC = Command(
    name="promote-to-rc",
    summary="Promote what staging has proven from the build repository to the RC repository.",
    description=_HOW_PROMOTED,
    variables=(*PROMOTION_VARIABLES, BUILD_REPOSITORY, RC_REPOSITORY),
    reads=(VERSIONS, MAPPINGS),
    writes=(PROMOTION,),
    systems=(System.ARTIFACTORY,),
    example="cigen-runtime promote-to-rc --dry-run",
)

PROMOTE_TO_RELEASE = Command(
    name="promote-to-release",
    summary="Promote what production runs from the RC repository to the release repository.",
    description=_HOW_PROMOTED,
    variables=(*PROMOTION_VARIABLES, RC_REPOSITORY, RELEASE_REPOSITORY),
    reads=(VERSIONS, MAPPINGS),
    writes=(PROMOTION,),
    systems=(System.ARTIFACTORY,),
    example="cigen-runtime promote-to-release --dry-run",
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

# Jira

JIRA_URL = Variable("JIRA_URL", "Address of Jira Cloud.", Origin.COMPANY, pattern=r"https?://\S+")
JIRA_PROJECT = Variable(
    "CIGEN_JIRA_PROJECT",
    "Key of the Jira project that holds the release tickets, such as `REL`.",
    Origin.COMPANY,
    pattern=r"[A-Z][A-Z0-9_]+",
)
JIRA_ISSUE_TYPE = Variable("CIGEN_JIRA_ISSUE_TYPE", "Issue type of a release ticket.", Origin.COMPANY, default="Task")
JIRA_STATUSES = Variable(
    "CIGEN_JIRA_STATUSES",
    'What Jira calls each step, as JSON, where it is not the default: `{"pp-testing": "In Test"}`.',
    Origin.COMPANY,
    default="",
)
JIRA_USER = Variable("JIRA_USER", "E-mail address of the Jira account that the token belongs to.", Origin.SETTINGS)
JIRA_API_TOKEN = Variable("JIRA_API_TOKEN", "API token of that Jira account.", Origin.SETTINGS, secret=True)
PROJECT_URL = Variable("CI_PROJECT_URL", "Address of the service's GitLab project.", Origin.GITLAB)
PIPELINE_ID = Variable("CI_PIPELINE_ID", "Number of the pipeline.", Origin.GITLAB)
PIPELINE_URL = Variable("CI_PIPELINE_URL", "Address of the pipeline.", Origin.GITLAB, default="")
JIRA_VARIABLES = (JIRA_URL, JIRA_PROJECT, JIRA_USER, JIRA_API_TOKEN)

JIRA_TICKETS = File(
    "cigen-out/{environment}/{region}/jira-tickets.json",
    "The release ticket of each project that changed.",
    schema="jira-tickets",
)
FOUND_JIRA_TICKETS = File(
    "cigen-out/jira-tickets.json",
    "The release tickets that were found by their label, in a pipeline that created none.",
    schema="jira-tickets",
)

JIRA_STEPS = ("pre-prod", "pp-testing", "deploying", "resolved", "closed")
"""The steps of a release ticket, in the order it goes through them."""
FOR_ENVIRONMENT = Option("for", "which deployment it is about", ("staging", "production"))

CREATE_JIRA_TICKETS = Command(
    name="create-jira-tickets",
    summary="Make sure that each project that changed has one release ticket in Jira.",
    description=(
        "One ticket per project and version, known by its label `cigen-<project>-<version>`: the first region creates "
        "it, the others find it and add their own label `<environment>-<region>`. A creation that Jira did not answer "
        "is looked for before it is sent again. Of several tickets with one label the oldest counts."
    ),
    variables=(ENVIRONMENT, REGION, ENVIRONMENT_NAME, *JIRA_VARIABLES, JIRA_ISSUE_TYPE, PIPELINE_URL),
    reads=(VERSIONS, JIRA_TICKETS),
    writes=(JIRA_TICKETS,),
    systems=(System.JIRA,),
    example="cigen-runtime create-jira-tickets --dry-run",
)

TRANSITION_JIRA_TICKETS = Command(
    name="transition-jira-tickets",
    summary="Move the release tickets to a step of the release, unless they are there or further.",
    description=(
        "Takes the tickets that this pipeline recorded, and finds by label those of versions.json that the record "
        "misses. A transition is chosen by the status it leads to, since its name and number differ from one Jira "
        "project to the next."
    ),
    variables=(*JIRA_VARIABLES, JIRA_STATUSES),
    reads=(VERSIONS, JIRA_TICKETS, FOUND_JIRA_TICKETS),
    writes=(FOUND_JIRA_TICKETS,),
    systems=(System.JIRA,),
    example="cigen-runtime transition-jira-tickets --to pre-prod --dry-run",
    options=(Option("to", "the step that the tickets move to", JIRA_STEPS),),
)

COMMENT_JIRA_TICKETS = Command(
    name="comment-jira-tickets",
    summary="Say in each release ticket what was deployed where.",
    description=(
        "One comment per pipeline, known by a property of the comment that nobody sees: run again, it is brought up "
        "to date and never written twice."
    ),
    variables=(*JIRA_VARIABLES, PIPELINE_ID, PIPELINE_URL),
    reads=(VERSIONS, JIRA_TICKETS, FOUND_JIRA_TICKETS, DEPLOY_RESULT),
    writes=(),
    systems=(System.JIRA,),
    example="cigen-runtime comment-jira-tickets --for staging --dry-run",
    options=(FOR_ENVIRONMENT,),
)

UPDATE_JIRA_INSTRUCTIONS = Command(
    name="update-jira-instructions",
    summary="Write into each release ticket how its version gets to production.",
    description=(
        "Keeps one section of the description: the TARGET_VERSIONS_JSON to paste, and a link that starts the "
        "production pipeline with it. What people wrote around the section stays as it is."
    ),
    variables=(*JIRA_VARIABLES, PROJECT_URL, DEFAULT_BRANCH, PIPELINE_URL),
    reads=(VERSIONS, JIRA_TICKETS, FOUND_JIRA_TICKETS),
    writes=(),
    systems=(System.JIRA,),
    example="cigen-runtime update-jira-instructions --for staging --dry-run",
    options=(FOR_ENVIRONMENT,),
)

COMMANDS = (
    SEMANTIC_VERSIONING,
    AWS_CREDENTIALS,
    PREPARE_DOCKER_CONFIG,
    RETAG_PUSH_ECR,
    DEPLOY_LAMBDA,
    ROLLBACK_LAMBDA,
    GENERATE_MAPPINGS,
    PROMOTE_ARTIFACTS,
    PROMOTE_TO_RC,
    PROMOTE_TO_RELEASE,
    BACKFILL_IMAGES,
    CREATE_JIRA_TICKETS,
    TRANSITION_JIRA_TICKETS,
    COMMENT_JIRA_TICKETS,
    UPDATE_JIRA_INSTRUCTIONS,
)
