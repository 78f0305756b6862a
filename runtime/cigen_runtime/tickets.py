"""The release tickets that a job works on: those that this pipeline recorded, or those that Jira finds by label."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cigen_runtime.contract.jira import (
    CREATE_JIRA_TICKETS,
    FOUND_JIRA_TICKETS,
    JIRA_STATUSES,
    JIRA_STEPS,
    JIRA_TICKETS,
    TRANSITION_JIRA_TICKETS,
)
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    JobError,
    NotFoundError,
    TryAgainError,
    in_one,
)
from cigen_runtime.files import Project, read_versions
from cigen_runtime.job import Job
from cigen_runtime.strict_file import read_everywhere
from cigen_runtime.ticket_key import number_of

if TYPE_CHECKING:
    from cigen_runtime.services.jira import Issue, Jira

DEFAULT_STATUSES = dict(zip(JIRA_STEPS, ("Pre-Prod", "PP Testing", "Deploying", "Resolved", "Closed"), strict=True))


@dataclass(frozen=True, slots=True)
class Ticket:
    """The release ticket of one project and version."""

    project: str
    version: str
    key: str
    label: str
    url: str

    def __str__(self) -> str:
        return f"{self.key} ({self.project} {self.version})"

    @property
    def number(self) -> int:
        """Its place among the tickets of its Jira project: the oldest has the lowest."""
        return number_of(self.key)

    def as_json(self) -> dict[str, object]:
        """Its entry in jira-tickets.json."""
        return {"version": self.version, "key": self.key, "label": self.label, "url": self.url}


@dataclass(frozen=True, slots=True)
class Release:
    """The tickets of a pipeline, and whether its files hold them all already."""

    tickets: list[Ticket]
    recorded: bool


def label_of(project: Project) -> str:
    """The label by which the one ticket of a project and version is known."""
    return label(project.name, project.version)


def label(project: str, version: str) -> str:
    """The same, by their names."""
    return f"cigen-{project}-{version}"


def ticket_of(jira: "Jira", project: Project, key: str) -> Ticket:
    """The ticket of a project, once its key is known."""
    return Ticket(project.name, project.version, key, label_of(project), jira.link(key))


def release_of(job: Job, jira: "Jira", *, changed_only: bool) -> Release:
    """The tickets that the job is about: those on record, and by label those that the record misses.

    Raises NotFoundError when there are projects and not one ticket.
    """
    tickets = recorded_tickets(job)
    known = {ticket.label for ticket in tickets}
    missing = [project for project in _projects(job, tickets, changed_only) if label_of(project) not in known]
    found = find(job, jira, map(label_of, missing))
    for project in missing:
        if label_of(project) not in found:
            job.log.line(f"note: {project.name} {project.version} has no ticket with the label {label_of(project)}")
    if missing and not found and not tickets:
        raise NotFoundError(
            f"no ticket found in {jira.project} by the labels of this release",
            remedy="See whether create-jira-tickets ran in the staging pipeline of these versions.",
            branch=Branch.JIRA,
        )
    added = [ticket_of(jira, each, found[label_of(each)].key) for each in missing if label_of(each) in found]
    return Release([*tickets, *added], recorded=not added)


def on_each(tickets: Iterable[Ticket], act: Callable[[Ticket], None], *, otherwise: str) -> None:
    """Do something to each ticket: one that is gone or shut keeps no other from it, a Jira that is down all the rest.

    Raises the problems in one, which `otherwise` tells.
    """
    problems: list[JobError] = []
    for ticket in tickets:
        try:
            act(ticket)
        except JobError as error:
            problems.append(error)
            if isinstance(error, AuthenticationError | TryAgainError):
                break
    if problems:
        raise in_one(otherwise, problems)


def recorded_tickets(job: Job) -> list[Ticket]:
    """The tickets that earlier jobs of the pipeline wrote down; of several for one version, the oldest."""
    tickets: dict[str, Ticket] = {}
    for ticket in every_record(job):
        other = tickets.get(ticket.label)
        if other is None or ticket.number < other.number:
            tickets[ticket.label] = ticket
    return list(tickets.values())


def every_record(job: Job) -> Iterator[Ticket]:
    """All that the files of the pipeline name; two regions that created tickets at once name different ones."""
    created, found = (
        read_everywhere(job, file, f"It is written by {command.name}: run that again.", Branch.JIRA)
        for file, command in ((JIRA_TICKETS, CREATE_JIRA_TICKETS), (FOUND_JIRA_TICKETS, TRANSITION_JIRA_TICKETS))
    )
    for document in (*created, *found):
        for project, entry in document["projects"].items():
            yield Ticket(project, entry["version"], entry["key"], entry["label"], entry["url"])


def find(job: Job, jira: "Jira", labels: Iterable[str]) -> "dict[str, Issue]":
    """The ticket of each label that a search finds; of several, the oldest, with a warning."""
    wanted = list(labels)
    found: dict[str, list[Issue]] = {}
    for issue in jira.find(wanted):
        for label in set(wanted).intersection(issue.labels):
            found.setdefault(label, []).append(issue)
    return {label: _oldest(job, label, issues) for label, issues in found.items()}


def _projects(job: Job, recorded: list[Ticket], changed_only: bool) -> list[Project]:
    """The projects that should have a ticket, as far as the job can know: a record alone is enough to go on with."""
    try:
        return [project for project in read_versions(job, Branch.JIRA) if project.changed or not changed_only]
    except NotFoundError:
        if recorded:
            return []
        raise


def tickets_document(place: Mapping[str, str], tickets: Iterable[Ticket]) -> dict[str, object]:
    """The content of jira-tickets.json."""
    return {"schema": 1, **place, "projects": {ticket.project: ticket.as_json() for ticket in tickets}}


def _oldest(job: Job, label: str, issues: "list[Issue]") -> "Issue":
    oldest, *others = sorted({issue.key: issue for issue in issues}.values(), key=lambda issue: issue.number)
    if others:
        keys = ", ".join(issue.key for issue in others)
        job.log.line(f"warning: {oldest.key} is not the only one with the label {label}; close as duplicates: {keys}")
    return oldest


def statuses_of(job: Job) -> dict[str, str]:
    """What Jira calls each step.

    Raises ConfigurationError for what is not a mapping of steps to names.
    """
    text = job.value(JIRA_STATUSES)
    try:
        given = json.loads(text) if text else {}
    except json.JSONDecodeError as error:
        raise _wrong_statuses(f"it is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    if not isinstance(given, dict) or not all(isinstance(name, str) and name for name in given.values()):
        raise _wrong_statuses("it is not a mapping of steps to names of statuses")
    if unknown := ", ".join(step for step in given if step not in JIRA_STEPS):
        raise _wrong_statuses(f"it names steps that there are not: {unknown}")
    return DEFAULT_STATUSES | given


def _wrong_statuses(answer: str) -> ConfigurationError:
    return ConfigurationError(
        f"{JIRA_STATUSES.name} is wrong",
        answer=answer,
        remedy=f"The steps are {', '.join(JIRA_STEPS)}; each may get the name of its status in Jira.",
        leaf=checks.JIRA_STATUSES,
    )
