"""The cheat sheet: what one sees, and what it usually is."""

from dataclasses import dataclass

from cigen_runtime.diagnosis import checks
from cigen_runtime.diagnosis.check import Check


@dataclass(frozen=True, slots=True)
class Situation:
    """One thing that a person on call sees, and the checks that usually explain it."""

    name: str
    """What `cigen-runtime doctor --situation` calls it."""
    title: str
    checks: tuple[Check, ...]


CHEAT_SHEET = (
    Situation(
        "staging-early",
        "Staging fails before anything is deployed",
        (checks.VAULT_LOGIN, checks.VERSIONS_FILE, checks.DOCKER_AUTH_CONFIG, checks.ECR_PERMISSION),
    ),
    Situation(
        "staging-functions",
        "Staging fails while functions are updated",
        (checks.DEPLOYMENT_FILE, checks.FUNCTION_NAME, checks.ECR_TAG, checks.FUNCTION_STATE),
    ),
    Situation(
        "jira",
        "A Jira job fails",
        (checks.JIRA_BLOCKING, checks.JIRA_LOGIN),
    ),
    Situation(
        "rc-promotion",
        "The promotion to the RC repository fails",
        (checks.ARTIFACTORY_PERMISSION, checks.ARTIFACTORY_PASS),
    ),
    Situation(
        "production",
        "A production deployment fails",
        (checks.TARGET_VERSIONS, checks.DEPLOYMENT_FILE, checks.REGION, checks.IAM_ROLE),
    ),
)
