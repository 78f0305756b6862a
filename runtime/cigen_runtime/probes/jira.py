"""Does Jira let the job do what a release needs?"""

from collections.abc import Mapping

from cigen_runtime.contract.jira import JIRA_PROJECT, JIRA_URL, JIRA_USER
from cigen_runtime.diagnosis import Check, checks
from cigen_runtime.errors import ConfigurationError, NotAllowedError
from cigen_runtime.probes.probe import Probe, Surroundings
from cigen_runtime.services.jira import Jira
from cigen_runtime.tickets import statuses_of


def _login(surroundings: Surroundings) -> str:
    with Jira(surroundings.job) as jira:
        return f"{jira.address} lets {surroundings.job.value(JIRA_USER)} in"


def _permission(surroundings: Surroundings) -> str:
    with Jira(surroundings.job) as jira:
        lacking = jira.permissions_lacking()
        if lacking:
            raise NotAllowedError(
                f"{surroundings.job.value(JIRA_USER)} may not do all that a release needs in {jira.project}",
                answer=f"it lacks: {', '.join(lacking)}",
                remedy=f"Grant these in the permission scheme of {jira.project}.",
                leaf=checks.JIRA_PERMISSION,
            )
        return f"in {jira.project} it may do all that a release needs"


def _statuses(surroundings: Surroundings) -> str:
    wanted = statuses_of(surroundings.job)
    with Jira(surroundings.job) as jira:
        there = jira.statuses()
        known = {name.casefold() for name in there}
        missing = [name for name in wanted.values() if name.casefold() not in known]
        if missing:
            raise ConfigurationError(
                f"the workflow of {jira.project} has no status {' or '.join(map(repr, missing))}",
                answer=f"it has: {', '.join(sorted(there))}",
                remedy="Write the workflow's own names as jira.statuses in cigen.yaml.",
                leaf=checks.JIRA_STATUSES,
            )
        return f"{jira.project} has {', '.join(wanted.values())}"


PROBES: Mapping[Check, Probe] = {
    checks.JIRA_LOGIN: Probe(_login, needs=(JIRA_URL, JIRA_PROJECT)),
    checks.JIRA_PERMISSION: Probe(_permission, after=(checks.JIRA_LOGIN,)),
    checks.JIRA_STATUSES: Probe(_statuses, after=(checks.JIRA_LOGIN,)),
}
