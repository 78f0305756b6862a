"""The version dashboard: what runs where."""

from dataclasses import replace

from cigen_runtime.contract.credentials import VAULT_VARIABLES
from cigen_runtime.contract.identity import (
    AWS_ACCOUNT,
    AWS_REGION,
    COMMIT,
    ENVIRONMENT,
    ENVIRONMENT_NAME,
    PIPELINE_ID,
    PIPELINE_URL,
    PROJECT_URL,
    REGION,
)
from cigen_runtime.contract.jira import FOUND_JIRA_TICKETS, JIRA_TICKETS, JIRA_URL
from cigen_runtime.contract.lambda_ import DEPLOY_RESULT
from cigen_runtime.contract.model import Command, Condition, Origin, System, Variable

DASHBOARD_BACKEND = Variable(
    "CIGEN_DASHBOARD_BACKEND",
    "Where the versions are kept: `http`, a tool of the company, or `s3`, a bucket with a page of its own.",
    Origin.COMPANY,
    pattern="http|s3",
)

DASHBOARD_URL = Variable(
    "VERSION_DASHBOARD_URL", "Address of the tool that takes the versions.", Origin.COMPANY, pattern=r"https?://\S+"
)

DASHBOARD_TOKEN = Variable(
    "VERSION_DASHBOARD_TOKEN", "Token that the tool lets a job in by.", Origin.SETTINGS, secret=True
)

DASHBOARD_BUCKET = Variable("CIGEN_DASHBOARD_BUCKET", "Bucket that holds state.json and the page.", Origin.COMPANY)

DASHBOARD_ACCOUNT = Variable("CIGEN_DASHBOARD_ACCOUNT", "AWS account that owns the bucket.", Origin.COMPANY)

DASHBOARD_AWS_REGION = Variable("CIGEN_DASHBOARD_AWS_REGION", "AWS region of the bucket.", Origin.COMPANY)

TICKETS_URL = replace(JIRA_URL, meaning="Address of Jira, for links to tickets; empty for none.", default="")

HTTP_VARIABLES = (DASHBOARD_URL, DASHBOARD_TOKEN)

S3_VARIABLES = (
    DASHBOARD_BUCKET,
    DASHBOARD_ACCOUNT,
    DASHBOARD_AWS_REGION,
    AWS_REGION,
    AWS_ACCOUNT,
    *VAULT_VARIABLES,
)

UPDATE_VERSION_DASHBOARD = Command(
    name="update-version-dashboard",
    summary="Show on the version dashboard what runs in an environment and region since this deployment.",
    description=(
        "Records each function that deploy-lambda says runs its new image, also where others failed: those are left "
        "as they were. What the dashboard shows already is not written again, and an older deployment never covers "
        "a newer one."
    ),
    variables=(
        ENVIRONMENT,
        REGION,
        ENVIRONMENT_NAME,
        DASHBOARD_BACKEND,
        *HTTP_VARIABLES,
        *S3_VARIABLES,
        TICKETS_URL,
        PIPELINE_ID,
        PIPELINE_URL,
        PROJECT_URL,
        COMMIT,
    ),
    reads=(DEPLOY_RESULT, JIRA_TICKETS, FOUND_JIRA_TICKETS),
    writes=(),
    systems=(System.DASHBOARD, System.VAULT, System.S3),
    example="cigen-runtime update-version-dashboard --dry-run",
    conditions=(
        Condition(DASHBOARD_BACKEND, "http", HTTP_VARIABLES),
        Condition(DASHBOARD_BACKEND, "s3", S3_VARIABLES),
    ),
    may_lack=(JIRA_TICKETS, FOUND_JIRA_TICKETS),
)
