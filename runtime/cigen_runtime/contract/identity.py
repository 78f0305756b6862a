"""What a job works for, and which pipeline it is in.

Only CIGEN_* names: a group variable cannot change them by accident, as it could change AWS_REGION.
"""

from cigen_runtime.contract.model import Origin, Variable

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

IDENTITY_VARIABLES = (ENVIRONMENT, REGION, AWS_REGION, AWS_ACCOUNT, ENVIRONMENT_NAME)

REGIONS = Variable(
    "CIGEN_REGIONS",
    "Regions of the job's environment with their ECR registries, as JSON.",
    Origin.ENVIRONMENT,
)

PROJECT_URL = Variable("CI_PROJECT_URL", "Address of the service's GitLab project.", Origin.GITLAB)

COMMIT = Variable("CI_COMMIT_SHA", "Commit that the pipeline runs for.", Origin.GITLAB, default="")

PIPELINE_ID = Variable("CI_PIPELINE_ID", "Number of the pipeline.", Origin.GITLAB)

PIPELINE_URL = Variable("CI_PIPELINE_URL", "Address of the pipeline.", Origin.GITLAB, default="")

COMMIT_SHA = Variable("CI_COMMIT_SHA", "The commit that the pipeline runs for.", Origin.GITLAB, default="")
