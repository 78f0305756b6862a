"""How a job gets AWS credentials from Vault."""

from cigen_runtime.contract.identity import IDENTITY_VARIABLES
from cigen_runtime.contract.model import Command, Condition, File, Origin, System, Variable

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

VAULT_WRAPPED_SECRET_ID = Variable(
    "VAULT_WRAPPED_SECRET_ID",
    "Wrapping token of a secret ID, in place of VAULT_SECRET_ID: good for the one job that unwraps it, the gate.",
    Origin.PERSON,
    secret=True,
    default="",
)

VAULT_AUTH_ROLE = Variable(
    "CIGEN_VAULT_AUTH_ROLE",
    "Role of Vault's JWT auth method; empty where it has the name of CIGEN_VAULT_ROLE.",
    Origin.REGION,
    default="",
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
    VAULT_AUTH_ROLE,
    VAULT_ROLE_ID,
    VAULT_SECRET_ID,
    VAULT_ID_TOKEN,
)

AWS_VARIABLES = (*IDENTITY_VARIABLES, *VAULT_VARIABLES)

HANDOVER = Variable(
    "CIGEN_CREDENTIALS_HANDOVER",
    "Whether credentials are handed over to jobs of the service that call the AWS or docker CLI themselves: "
    "`artifact`, or empty for not at all.",
    Origin.COMPANY,
    default="",
    pattern="artifact",
)

LIFETIME = Variable(
    "CIGEN_CREDENTIALS_LIFETIME",
    "For how many minutes credentials that are handed over are good; their artifact is kept no longer.",
    Origin.COMPANY,
    default="60",
    pattern=r"\d{2,3}",
)

CREDENTIALS_FILE = File(
    "cigen-out/{environment}/{region}/aws-credentials",
    "AWS credentials as the AWS CLI and SDKs read them, for AWS_SHARED_CREDENTIALS_FILE.",
    is_secret=True,
)

AWS_CREDENTIALS = Command(
    name="aws-credentials",
    summary="Prove that Vault gives this job credentials for the right AWS account: the gate of a deployment.",
    description=(
        "Logs in to Vault, takes short-lived credentials from the AWS secrets engine, asks STS whose they are, and "
        "fails unless the account is the configured one. The credentials stay in memory and the Vault token is "
        "revoked: every later job logs in for itself. Only where credentials are handed over does it write them into "
        "a file that its owner alone may read, for jobs of the service that call the AWS CLI."
    ),
    variables=(*AWS_VARIABLES, HANDOVER, LIFETIME, VAULT_WRAPPED_SECRET_ID),
    reads=(),
    writes=(),
    systems=(System.VAULT, System.STS),
    example="cigen-runtime aws-credentials",
    changes=False,
    hands_over=(CREDENTIALS_FILE,),
    conditions=(Condition(HANDOVER, "artifact", only=(LIFETIME, VAULT_WRAPPED_SECRET_ID)),),
)
