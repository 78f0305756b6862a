"""The decision tree: which stage failed, and then a question at a time until one is answered with no."""

from dataclasses import dataclass

from cigen_runtime.diagnosis import checks
from cigen_runtime.diagnosis.check import Check


@dataclass(frozen=True, slots=True)
class Stage:
    """One answer to "which stage failed?"; each question leads to its remedy or to the next one."""

    name: str
    """The stage in GitLab."""
    questions: tuple[Check, ...]
    done: str
    """Where one ends up when every answer is yes."""


TREE = (
    Stage(
        "aws-credentials",
        (checks.VAULT_LOGIN, checks.VAULT_POLICY, checks.IAM_TRUST),
        "The credentials are in order: run the job again.",
    ),
    Stage(
        "prepare-docker-config",
        (checks.DOCKER_AUTH_CONFIG, checks.ECR_LOGIN),
        "Both registries are set up: run the job again.",
    ),
    Stage(
        "retag-push-ecr",
        (checks.BUILD_IMAGE, checks.DEPLOYMENT_FILE, checks.VERSIONS_FILE),
        "What is to be copied is all there: run the job again.",
    ),
    Stage(
        "deploy-lambda",
        (checks.FUNCTION_NAME, checks.ECR_TAG, checks.LAMBDA_PERMISSION),
        "Functions, images and permissions are in order: run the job again.",
    ),
    Stage(
        "jira",
        (checks.JIRA_BLOCKING, checks.JIRA_LOGIN),
        "Jira lets the job in: run it again.",
    ),
    Stage(
        "promote-artifacts",
        (checks.ARTIFACTORY_PASS, checks.SOURCE_TAG),
        "The promotion has all it needs: run the job again.",
    ),
    Stage(
        "s3-sync",
        (checks.BUCKET, checks.S3_PERMISSION),
        "Bucket and permissions are in order: run the job again.",
    ),
)
