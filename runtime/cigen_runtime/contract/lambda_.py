"""Functions, and what they run."""

from cigen_runtime.contract.credentials import AWS_VARIABLES
from cigen_runtime.contract.images import MAPPINGS
from cigen_runtime.contract.model import Command, File, Origin, System, Variable

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

LAMBDA_ALIAS = Variable(
    "CIGEN_LAMBDA_ALIAS",
    "Alias that callers use; each deployment publishes a version and moves it there. Empty: they call the function.",
    Origin.REGION,
    default="",
    pattern=r"[A-Za-z0-9_-]{1,128}",
)

DEPLOY_RESULT = File(
    "cigen-out/{environment}/{region}/deploy-result.json",
    "What each function ran before and runs now.",
    schema="deploy-result",
)

DEPLOY_LAMBDA = Command(
    name="deploy-lambda",
    summary="Make each Lambda function run the image that the mapping names, and wait until it does.",
    description=(
        "Looks at every function and every image before it changes the first, updates those that run something else, "
        "waits until Lambda reports success and compares the digest. Where callers use an alias, a version is "
        "published and the alias moved to it. What each function ran before is recorded."
    ),
    variables=(*AWS_VARIABLES, ON_MISSING, ON_FAILURE, LAMBDA_ALIAS),
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
    variables=(*AWS_VARIABLES, LAMBDA_ALIAS),
    reads=(DEPLOY_RESULT,),
    writes=(ROLLBACK_RESULT,),
    systems=(System.VAULT, System.ECR, System.LAMBDA),
    example="cigen-runtime rollback-lambda --dry-run",
    by_hand=True,
)
