"""Show on the version dashboard what a deployment changed."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote

from cigen_runtime.contract.dashboard import DASHBOARD_BACKEND, TICKETS_URL
from cigen_runtime.contract.identity import COMMIT, ENVIRONMENT, PIPELINE_ID, PIPELINE_URL, PROJECT_URL, REGION
from cigen_runtime.contract.lambda_ import DEPLOY_RESULT
from cigen_runtime.dashboard.record import Record, TicketLink
from cigen_runtime.deploy_outcome import RUNS, Outcome
from cigen_runtime.deploy_result import Deployed, read_deploy_result
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import NotFoundError, VerificationError
from cigen_runtime.job import Job
from cigen_runtime.log import table
from cigen_runtime.tickets import Ticket, label, recorded_tickets


class Dashboard(Protocol):
    """Where the versions are kept."""

    def current(self, environment: str, region: str) -> Mapping[str, Record]:
        """What it shows of a place, by project."""

    def knows(self, record: Record) -> bool:
        """Whether it has a deployment in its history."""

    def write(self, records: Iterable[Record]) -> None:
        """Record deployments, each at its place in time; two tries to record one deployment are one."""


def run(job: Job) -> None:
    """Ask what the dashboard shows, record what it does not, and ask again."""
    try:
        deployed = read_deploy_result(job, branch=Branch.DASHBOARD)
    except NotFoundError:
        job.log.line(f"nothing to record: {job.path(DEPLOY_RESULT)} is not there, so deploy-lambda changed nothing")
        return
    running = [each for each in deployed if each.outcome in RUNS]
    told = {each.project: f"left as it is: {_outcome(each)}" for each in deployed if each not in running}
    records = {record.project: record for record in _records(job, running)}
    with _dashboard_of(job) as dashboard:
        shown = dashboard.current(job.value(ENVIRONMENT), job.value(REGION))
        news = []
        for each in running:
            record, now = records[each.project], shown.get(each.project)
            if now and _shows(now, record, each.outcome):
                job.already(*_change(record))
                told[each.project] = "there already"
            elif now and record.order < now.order and dashboard.knows(record):
                job.already(*_change(record))
                told[each.project] = _behind(now)
            else:
                job.plan(*_change(record))
                told[each.project] = "would record"
                news.append(record)
        if news and not job.dry_run:
            dashboard.write(news)
            told |= _verified(job, news, dashboard.current(job.value(ENVIRONMENT), job.value(REGION)))
    for line in table(
        ("project", "version", f"dashboard, {job.place}"),
        [(each.project, each.version, told[each.project]) for each in deployed],
    ):
        job.log.line(line)


def _dashboard_of(job: Job) -> AbstractContextManager[Dashboard]:
    """The dashboard of the configuration; the clients of the other kind are not even imported."""
    if job.value(DASHBOARD_BACKEND) == "s3":
        from cigen_runtime.services.dashboard_bucket import dashboard_in_bucket

        return dashboard_in_bucket(job)
    from cigen_runtime.services.dashboard import HttpDashboard

    return HttpDashboard(job)


def _shows(now: Record, record: Record, outcome: str) -> bool:
    """Whether what the dashboard shows is this deployment, or what it found there."""
    return record.runs_what(now) and (outcome == Outcome.UNCHANGED or now.pipeline == record.pipeline)


def _behind(now: Record) -> str:
    return f"in the history: {now.version} was deployed later, by pipeline {now.pipeline}"


def _verified(job: Job, written: Iterable[Record], shown: Mapping[str, Record]) -> dict[str, str]:
    """What to tell of each, now that the dashboard was asked again.

    Raises VerificationError when it shows something older than what it was told.
    """
    told = {}
    for record in written:
        now = shown.get(record.project)
        if now is None or now.order < record.order:
            raise VerificationError(
                f"recorded {record.project} {record.version} in {record.place}, and the dashboard does not show it",
                answer=f"it shows {now.version} of {now.deployed_at}"
                if now
                else "it shows nothing of that project there",
                remedy="Run the job again; if it stays so, see what the dashboard logged about it.",
                branch=Branch.DASHBOARD,
            )
        job.changed(*_change(record))
        told[record.project] = "recorded" if now.key == record.key else _behind(now)
    return told


def _change(record: Record) -> tuple[str, str, str]:
    return "deployment", f"{record.project} in {record.place}", record.version


def _records(job: Job, running: Iterable[Deployed]) -> Iterable[Record]:
    tickets = {(ticket.project, ticket.version): ticket for ticket in recorded_tickets(job)}
    now = datetime.fromtimestamp(job.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for each in running:
        yield Record(
            project=each.project,
            environment=job.value(ENVIRONMENT),
            region=job.value(REGION),
            version=each.version,
            digest=each.digest,
            lambda_name=each.lambda_name,
            deployed_at=each.at or now,
            pipeline=int(job.value(PIPELINE_ID)),
            pipeline_url=job.value(PIPELINE_URL),
            repository=job.value(PROJECT_URL),
            commit=job.value(COMMIT),
            ticket=_ticket(job, each, tickets.get((each.project, each.version))),
        )


def _ticket(job: Job, deployed: Deployed, ticket: Ticket | None) -> TicketLink | None:
    """The link to the ticket; before there is one, to where it will be found."""
    if ticket is not None:
        return TicketLink(ticket.key, ticket.url)
    address = job.value(TICKETS_URL).rstrip("/")
    if not address:
        return None
    query = f'labels = "{label(deployed.project, deployed.version)}"'
    return TicketLink("", f"{address}/issues/?jql={quote(query, safe='')}")


def _outcome(each: Deployed) -> str:
    return f"{each.outcome}: {each.reason}" if each.reason else each.outcome
