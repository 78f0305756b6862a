"""The rule `deploy-waits-for-ticket`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cigen.findings import Finding, Related, Severity
from cigen.lint.calls import calling_jobs
from cigen.lint.production import is_telling, only_tells
from cigen.lint.rule import found
from cigen.lint.subject import Job, Subject
from cigen.pipeline.needs import Need, read_needs


@dataclass(frozen=True, slots=True)
class _Wait:
    """A need that leads to a job which only tells."""

    need: Need
    way: tuple[str, ...]


class DeployWaitsForTicket:
    """A job on the way of a release that waits for one which writes tickets or tells the dashboard.

    Jira and the dashboard are there for people: while they are down, releases go on. A deployment or a promotion
    that needs such a job waits for it, and does not run when it is not there.

    Fix: take the need out, and let the ticket's job need the deployment.
    """

    code = "CG811"
    name = "deploy-waits-for-ticket"
    severity = Severity.ERROR
    bad = """\
ticket:
  script: cigen-runtime update-jira-instructions --for staging
  variables: {JIRA_URL: https://jira.example.com, CIGEN_JIRA_PROJECT: REL}
  needs: [{pipeline: $UPSTREAM, job: versions}]
  allow_failure: true

versions:
  script: cigen-runtime semantic-versioning
  needs: [{job: ticket, artifacts: false}]
  variables: {UPSTREAM: "1"}
"""
    good = """\
ticket:
  script: cigen-runtime update-jira-instructions --for staging
  variables: {JIRA_URL: https://jira.example.com, CIGEN_JIRA_PROJECT: REL}
  needs: [{job: versions, artifacts: true}]
  allow_failure: true

versions:
  script: cigen-runtime semantic-versioning
  artifacts: {paths: [versions.json], expire_in: 1 day}
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each need that leads to a ticket's or the dashboard's job, in one step or in several."""
        jobs = {job.name: (job, found_calls) for job, found_calls in calling_jobs(subject)}
        telling = frozenset(name for name, (_, found_calls) in jobs.items() if only_tells(found_calls))
        if not telling:
            return
        leading = _leading(telling, subject.once(_needs_by_job))
        for job, found_calls in jobs.values():
            command = next(
                (c.command for c in found_calls if not is_telling(c.command) and not c.command.by_hand), None
            )
            for wait in _waits(subject, job, leading, telling) if command and not job.is_template else ():
                target = wait.way[-1]
                by = f", through {' and '.join(wait.way[:-1])}" if wait.way[:-1] else ""
                message = f"{job.name} runs {command.name if command else ''} and waits for {target}{by}"
                related = (Related(subject.jobs[target].place.span, "this job only tells people"),)
                hint = f"let {target} need {job.name} instead"
                yield found(self, wait.need.place, message, hint=hint, job=job.name, related=related)


def _waits(subject: Subject, job: Job, leading: frozenset[str], telling: frozenset[str]) -> Iterator[_Wait]:
    needed = subject.once(_needs_by_job)
    for need in needed[job.name]:
        if need.job in leading and (way := _way(need.job, telling, needed)):
            yield _Wait(need, way)


def _leading(telling: frozenset[str], needed: Mapping[str, tuple[Need, ...]]) -> frozenset[str]:
    """The jobs that wait for one which only tells, and these."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for name, needs in needed.items():
        for need in needs:
            waiting[need.job].append(name)
    found, open_ends = set(telling), list(telling)
    while open_ends:
        added = set(waiting[open_ends.pop()]) - found
        found |= added
        open_ends += added
    return frozenset(found)


def _way(start: str, telling: frozenset[str], needed: Mapping[str, tuple[Need, ...]]) -> tuple[str, ...]:
    """The jobs from one to the first that only tells; none where it leads to no such job."""
    seen = {start}
    waiting: list[tuple[str, ...]] = [(start,)]
    while waiting:
        way = waiting.pop(0)
        if way[-1] in telling:
            return way
        for need in needed.get(way[-1], ()):
            if need.job not in seen:
                seen.add(need.job)
                waiting.append((*way, need.job))
    return ()


def _needs_by_job(subject: Subject) -> Mapping[str, tuple[Need, ...]]:
    return {
        job.name: tuple(need for need in read_needs(job.get("needs")) if not need.elsewhere)
        for job in subject.jobs.values()
    }
