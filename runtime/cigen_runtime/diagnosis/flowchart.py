"""The failure flowchart: where a pipeline can fail, and what to check there, in this order."""

from dataclasses import dataclass
from enum import Enum

from cigen_runtime.contract.model import Variable
from cigen_runtime.diagnosis import checks
from cigen_runtime.diagnosis.check import Check


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one branch."""

    name: str
    """What `cigen-runtime doctor --branch` calls it."""
    step: str
    in_order: tuple[Check, ...]
    afterwards: str = "Fix it and run the job again: every command is safe to repeat."

    def starting_with(self, likeliest: Check | None) -> tuple[Check, ...]:
        """All checks with the likeliest first; only one that may end the search stays before it."""
        if likeliest is None:
            return self.in_order
        others = [check for check in self.in_order if check != likeliest]
        first = [check for check in others if check.ends]
        return (*first, likeliest, *(check for check in others if not check.ends))


class Branch(Enum):
    """Where a pipeline can fail."""

    VERSIONING = Checks("versions", "versions", (checks.WHOLE_HISTORY, checks.TAG_PUSH, checks.PROTECTED_TAGS))
    VAULT = Checks("vault", "Vault and AWS credentials", (checks.VAULT_LOGIN, checks.VAULT_POLICY, checks.IAM_TRUST))
    DOCKER = Checks(
        "docker",
        "registries and images",
        (checks.DOCKER_AUTH_CONFIG, checks.ARTIFACTORY_LOGIN, checks.ECR_LOGIN, checks.BUILD_IMAGE),
    )
    LAMBDA = Checks(
        "lambda",
        "Lambda functions",
        (
            checks.DEPLOYMENT_FILE,
            checks.FUNCTION_NAME,
            checks.ECR_TAG,
            checks.LAMBDA_PERMISSION,
            checks.REGION,
        ),
    )
    JIRA = Checks(
        "jira",
        "Jira tickets",
        (checks.JIRA_BLOCKING, checks.JIRA_LOGIN, checks.JIRA_PERMISSION, checks.JIRA_STATUSES),
    )
    ARTIFACT = Checks(
        "promotion",
        "promotion",
        (checks.ARTIFACTORY_PASS, checks.ARTIFACTORY_REPOSITORIES, checks.SOURCE_TAG),
        "Fix it and run the promotion again: what is promoted already is left as it is.",
    )
    S3 = Checks("s3", "S3 config sync", (checks.BUCKET, checks.S3_CREDENTIALS, checks.MERGED_FILES))
    DASHBOARD = Checks(
        "dashboard",
        "version dashboard",
        (checks.DASHBOARD_BLOCKING, checks.DASHBOARD_LOGIN, checks.DASHBOARD_BUCKET),
        "Fix it and run the job again: what the dashboard shows already is not written twice.",
    )


def branch_of(check: Check) -> Branch | None:
    """The branch that a check belongs to; None for one that only the tree or the cheat sheet has."""
    return next((branch for branch in Branch if check in branch.value.in_order), None)


def check_of(variable: Variable) -> Check | None:
    """The check that says what to do when a variable is missing."""
    return next((check for branch in Branch for check in branch.value.in_order if variable in check.variables), None)
