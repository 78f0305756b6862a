"""Move the release tickets to one step of the release; never back."""

from collections.abc import Mapping

from cigen_runtime.contract.jira import FOUND_JIRA_TICKETS, JIRA_STEPS
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    ConfigurationError,
    ConflictError,
    JobError,
    OutcomeUnknownError,
    VerificationError,
)
from cigen_runtime.job import Job
from cigen_runtime.services.jira import Jira, Transition
from cigen_runtime.tickets import Ticket, on_each, release_of, statuses_of, tickets_document

IN_STAGING = frozenset({"pre-prod", "pp-testing"})
ATTEMPTS = 3
RESOLUTIONS = ("Done", "Fixed", "Resolved")
"""Which resolution a ticket gets where its workflow asks for one: the first of these that it allows."""


def run(job: Job) -> None:
    """Move each ticket that is not there yet."""
    step = job.options["to"]
    statuses = statuses_of(job)
    with Jira(job) as jira:
        release = release_of(job, jira, changed_only=step in IN_STAGING)
        if not release.tickets:
            job.log.line("no tickets in this pipeline: nothing to move")
        if not release.recorded and not job.dry_run:
            job.write(FOUND_JIRA_TICKETS, tickets_document({}, release.tickets))
        on_each(
            release.tickets,
            lambda ticket: _move(job, jira, ticket, step, statuses),
            otherwise=f"not every ticket is in {statuses[step]!r} now",
        )


def _move(job: Job, jira: Jira, ticket: Ticket, step: str, statuses: Mapping[str, str]) -> None:
    target = statuses[step]
    arrived = {statuses[each].casefold() for each in JIRA_STEPS[JIRA_STEPS.index(step) :]}
    conflict: JobError | None = None
    for _ in range(ATTEMPTS):
        status = jira.issue(ticket.key).status
        if status.casefold() in arrived:
            if conflict:  # ours took effect after all, or somebody else's did: it is where it should be
                break
            job.already("status", str(ticket), status)
            job.log.line(f"{ticket} is in {status!r} already")
            return
        transition = _transition_to(jira, ticket, status, target)
        fields = _fields(ticket, transition)
        if not conflict:
            job.plan("status", str(ticket), target)
        if job.dry_run:
            job.log.line(f"would move {ticket} from {status!r} to {target!r}")
            return
        try:
            jira.transition(ticket.key, transition, fields)
        except (ConflictError, OutcomeUnknownError) as error:
            job.log.line(f"{error}; reading the ticket again")
            conflict = error
            job.clock.sleep(1)
            continue
        except ConfigurationError:  # so Jira also refuses a move out of a status that the ticket has just left
            if jira.issue(ticket.key).status.casefold() not in arrived:
                raise
            job.log.line(f"{ticket} was moved by somebody else meanwhile")
            break
        _require_arrival(jira, ticket, arrived, target)
        job.changed("status", str(ticket), target)
        job.log.line(f"moved {ticket} from {status!r} to {target!r}")
        return
    status = jira.issue(ticket.key).status
    if conflict and status.casefold() not in arrived:
        raise conflict
    job.changed("status", str(ticket), status)
    job.log.line(f"{ticket} is in {status!r} now")


def _transition_to(jira: Jira, ticket: Ticket, status: str, target: str) -> Transition:
    open_ways = jira.transitions(ticket.key)
    for transition in open_ways:
        if transition.target.casefold() == target.casefold():
            return transition
    ways = ", ".join(repr(each.target) for each in open_ways) or "nowhere"
    raise ConflictError(
        f"{ticket} cannot go from {status!r} to {target!r}",
        answer=f"from there the workflow leads to: {ways}",
        remedy="Move the ticket by hand, add the transition to the workflow, or correct jira.statuses in cigen.yaml.",
        leaf=checks.JIRA_STATUSES,
    )


def _fields(ticket: Ticket, transition: Transition) -> dict[str, str]:
    """What the transition asks for, as far as we can know it: the resolution."""
    others = [name for name in transition.required if name != "resolution"]
    if others:
        raise ConfigurationError(
            f"the transition of {ticket} to {transition.target!r} asks for {', '.join(others)}",
            remedy="Give these fields a default in Jira, or make them optional on that screen.",
            branch=Branch.JIRA,
        )
    allowed = transition.required.get("resolution")
    if not allowed:
        return {}
    return {"resolution": next((name for name in RESOLUTIONS if name in allowed), allowed[0])}


def _require_arrival(jira: Jira, ticket: Ticket, arrived: set[str], target: str) -> None:
    status = jira.issue(ticket.key).status
    if status.casefold() not in arrived:
        raise VerificationError(
            f"Jira accepted the move of {ticket} to {target!r}, and the ticket is in {status!r}",
            remedy="See which automation of the Jira project moves it.",
            branch=Branch.JIRA,
        )
