"""Make sure that each project that changed has one release ticket, and say in it where the release goes."""

from collections.abc import Iterable

from cigen_runtime import adf
from cigen_runtime.contract.identity import ENVIRONMENT, PIPELINE_URL, REGION
from cigen_runtime.contract.jira import JIRA_ISSUE_TYPE, JIRA_TICKETS
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import (
    ConfigurationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
)
from cigen_runtime.files import Project, read_versions
from cigen_runtime.job import Job
from cigen_runtime.services.jira import Issue, Jira, Transition
from cigen_runtime.ticket_key import number_of
from cigen_runtime.tickets import (
    Ticket,
    every_record,
    find,
    label_of,
    recorded_tickets,
    ticket_of,
    tickets_document,
)

WAITS = (2, 3, 5, 10, 15, 25)
"""Seconds between looks for a ticket whose creation went unanswered: one minute in all, since search lags behind."""
RESOLUTIONS = ("Duplicate", "Won't Do", "Won't do", "Done")
"""Which resolution a duplicate gets where its workflow asks for one: the first of these that it allows."""


def run(job: Job) -> None:
    """Look by state file and label, create what is missing, add the region's label, record.

    What was done before a failure is recorded too.
    """
    projects = [project for project in read_versions(job, Branch.JIRA) if project.changed]
    tickets: dict[str, Ticket] = {}
    try:
        if projects:
            with Jira(job) as jira:
                _ensure(job, jira, projects, tickets)
        else:
            job.log.line("no project changed: no ticket to create")
    except (JobError, KeyboardInterrupt):
        if tickets:
            _record(job, tickets.values())
        raise
    _record(job, tickets.values())


def _record(job: Job, tickets: Iterable[Ticket]) -> None:
    if not job.dry_run:
        place = {"environment": job.value(ENVIRONMENT), "region": job.value(REGION)}
        job.write(JIRA_TICKETS, tickets_document(place, tickets))


def _ensure(job: Job, jira: Jira, projects: list[Project], tickets: dict[str, Ticket]) -> None:
    known = _known(job, jira, projects)
    created: dict[str, str] = {}
    for project in projects:
        label = label_of(project)
        if issue := known.get(label):
            tickets[label] = ticket_of(jira, project, issue.key)
            job.already("ticket", f"{project.name} {project.version}", issue.key)
            _add_place(job, jira, issue, tickets[label])
            continue
        job.plan("ticket", f"{project.name} {project.version}", "created")
        if job.dry_run:
            job.log.line(f"would create a ticket for {project.name} {project.version}")
            continue
        created[label] = _create(job, jira, project)
        job.changed("ticket", f"{project.name} {project.version}", created[label])
        tickets[label] = ticket_of(jira, project, created[label])
    _settle_on_the_oldest(job, jira, projects, created, tickets)
    ours = [*((ticket.label, ticket.key) for ticket in every_record(job)), *created.items()]
    for label, key in dict.fromkeys(ours):
        if label in tickets and number_of(key) > tickets[label].number:
            _retire(job, jira, key, tickets[label])


def _settle_on_the_oldest(
    job: Job, jira: Jira, projects: list[Project], created: dict[str, str], tickets: dict[str, Ticket]
) -> None:
    """Another region may have created the same tickets at the same time; then both go on with the older ones."""
    found = find(job, jira, created)
    for project in projects:
        label = label_of(project)
        if label in found and found[label].number < number_of(created[label]):
            tickets[label] = ticket_of(jira, project, found[label].key)
            _add_place(job, jira, found[label], tickets[label])


def _retire(job: Job, jira: Jira, key: str, ticket: Ticket) -> None:
    """Close a ticket that this pipeline created beside an older one, and take its label: then only that one is found.

    Only our own: a ticket that a person cloned, labels and all, is theirs to close.
    """
    try:
        duplicate = jira.issue(key)
        if ticket.label not in duplicate.labels:
            return
        job.plan("duplicate", key, f"of {ticket.key}")
        if job.dry_run:
            job.log.line(f"would close {key} as a duplicate of {ticket}")
            return
        closed = _close(jira, duplicate)
        jira.retire(key, ticket.label, f"Duplicate of {ticket.key}: release {ticket.project} {ticket.version}")
    except (NotFoundError, NotAllowedError, ConflictError, ConfigurationError) as error:
        job.log.line(f"note: {key} is a duplicate of {ticket}; close it by hand: {error}")
        return
    job.changed("duplicate", key, f"of {ticket.key}")
    way = "and is closed" if closed else f"; close it by hand: no way leads there from {duplicate.status!r}"
    job.log.line(f"{key} is marked as a duplicate of {ticket}{' ' * closed}{way}")


def _close(jira: Jira, duplicate: Issue) -> bool:
    """Take the ticket where work on it is over, if a way there asks for nothing that we do not know."""
    for way in jira.transitions(duplicate.key):
        if way.is_last and not way.required.keys() - {"resolution"}:
            jira.transition(duplicate.key, way, _resolution(way))
            return True
    return False


def _resolution(way: Transition) -> dict[str, str]:
    allowed = way.required.get("resolution")
    if not allowed:
        return {}
    return {"resolution": next((name for name in RESOLUTIONS if name in allowed), allowed[0])}


def _known(job: Job, jira: Jira, projects: list[Project]) -> dict[str, Issue]:
    """The oldest ticket of each label: of those that the pipeline recorded and those that a search sees.

    A search does not see yet what was created a moment ago; a record does not know what others created.
    """
    labels = [label_of(project) for project in projects]
    known = find(job, jira, labels)
    for ticket in recorded_tickets(job):
        found = known.get(ticket.label)
        if ticket.label in labels and (found is None or ticket.number < found.number):
            try:
                known[ticket.label] = jira.issue(ticket.key)
            except NotFoundError:
                job.log.line(f"note: {ticket} is gone; looking for another one")
    return known


def _create(job: Job, jira: Jira, project: Project) -> str:
    """The key of a new ticket; when Jira's answer leaves it open, the one that appears, or else a second try."""
    label = label_of(project)
    labels = [label, f"{job.value(ENVIRONMENT)}-{job.value(REGION)}"]
    for is_last in (False, True):
        try:
            key = jira.create(job.value(JIRA_ISSUE_TYPE), _summary(project), labels, _description(job, project))
        except OutcomeUnknownError as error:
            if is_last:
                raise
            job.log.line(f"Jira may or may not have created a ticket ({error.answer}); looking for it")
            if appeared := _appeared(job, jira, label):
                job.log.line(f"found {appeared.key}: the first try had created it")
                return appeared.key
            job.log.line("no ticket appeared within a minute; creating it once more")
        else:
            job.log.line(f"created {key} for {project.name} {project.version}: {jira.link(key)}")
            return key
    raise AssertionError("the last try returns or raises")


def _appeared(job: Job, jira: Jira, label: str) -> Issue | None:
    for wait in WAITS:
        job.clock.sleep(wait)
        if issue := find(job, jira, [label]).get(label):
            return issue
    return None


def _add_place(job: Job, jira: Jira, issue: Issue, ticket: Ticket) -> None:
    label = f"{job.value(ENVIRONMENT)}-{job.value(REGION)}"
    if label in issue.labels:
        job.already("label", str(ticket), label)
        job.log.line(f"{ticket} has the label {label}")
        return
    job.plan("label", str(ticket), label)
    if job.dry_run:
        job.log.line(f"would add the label {label} to {ticket}")
        return
    jira.add_label(issue.key, label)
    job.changed("label", str(ticket), label)
    job.log.line(f"added the label {label} to {ticket}")


def _summary(project: Project) -> str:
    return f"Release {project.name} {project.version}"


def _description(job: Job, project: Project) -> adf.Node:
    words = adf.text(f"{project.name} {project.version}")
    if pipeline := job.value(PIPELINE_URL):
        return adf.document(adf.paragraph(words, adf.text(", built by "), adf.link("this pipeline", pipeline)))
    return adf.document(adf.paragraph(words))
