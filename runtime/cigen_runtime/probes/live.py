"""Which look is behind each check of the diagnosis; whoever needs a single one imports that alone."""

from collections.abc import Mapping

from cigen_runtime.diagnosis import Check, checks
from cigen_runtime.probes import configs, credentials, dashboard, functions, history, jira, promotion, registries
from cigen_runtime.probes.probe import Probe

PROBES: Mapping[Check, Probe] = {
    **history.PROBES,
    **credentials.PROBES,
    **registries.PROBES,
    **functions.PROBES,
    **jira.PROBES,
    **promotion.PROBES,
    **configs.PROBES,
    **dashboard.PROBES,
}

NOT_LIVE: Mapping[Check, str] = {
    checks.PROTECTED_TAGS: "GitLab tells only when a tag is pushed; the error of semantic-versioning names the rule",
    checks.JIRA_BLOCKING: "only you can know",
    checks.ARTIFACTORY_PERMISSION: "Artifactory tells only when an image is promoted; the job's error names the right",
    checks.DASHBOARD_BLOCKING: "only you can know",
}
"""Why a check is left to people."""
