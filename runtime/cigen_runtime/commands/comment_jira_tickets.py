"""Say in each release ticket what this pipeline deployed."""

from collections.abc import Mapping, Sequence
from typing import Any

from cigen_runtime import adf
from cigen_runtime.contract.identity import PIPELINE_ID, PIPELINE_URL
from cigen_runtime.contract.lambda_ import DEPLOY_RESULT
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import NotAllowedError, OutcomeUnknownError
from cigen_runtime.job import Job
from cigen_runtime.services.jira import Comment, Jira
from cigen_runtime.strict_file import read_everywhere
from cigen_runtime.tickets import Ticket, on_each, release_of


def run(job: Job) -> None:
    """Write the comment that is missing, bring up to date the one that says something else."""
    target = job.options["for"]
    marker = f"{target}/{job.value(PIPELINE_ID)}"
    with Jira(job) as jira:
        release = release_of(job, jira, changed_only=target == "staging")
        if not release.tickets:
            job.log.line("no tickets in this pipeline: nothing to comment on")
        results = read_everywhere(job, DEPLOY_RESULT, "It is written by deploy-lambda: run that again.", Branch.JIRA)
        on_each(
            release.tickets,
            lambda ticket: _comment(job, jira, ticket, marker, _body(job, ticket, target, results)),
            otherwise="not every ticket has the comment",
        )


def _comment(job: Job, jira: Jira, ticket: Ticket, marker: str, body: adf.Node) -> None:
    own = _ours(jira, ticket, marker)
    change = ("comment", str(ticket), marker)
    is_current = bool(own) and adf.same(own[0].body, body)
    if is_current and len(own) == 1:
        job.already(*change)
        job.log.line(f"{ticket} has the comment already")
        return
    job.plan(*change)
    if job.dry_run:
        job.log.line(f"would {'change the' if own else 'write a'} comment on {ticket}:")
        for line in adf.lines(body):
            job.log.line(f"  {line}")
        return
    if not own:
        _write(jira, ticket, marker, body)
        job.log.line(f"commented on {ticket}")
        own = _ours(jira, ticket, marker)
    elif not is_current:
        jira.change_comment(ticket.key, own[0], body)
        job.log.line(f"brought the comment on {ticket} up to date")
    job.changed(*change)
    _keep_the_first(job, jira, ticket, own)


def _ours(jira: Jira, ticket: Ticket, marker: str) -> list[Comment]:
    """The comments under our marker, the oldest first; more than one only when two jobs wrote at once."""
    found = (comment for comment in jira.own_comments(ticket.key) if comment.marker == marker)
    return sorted(found, key=lambda comment: int(comment.id))


def _keep_the_first(job: Job, jira: Jira, ticket: Ticket, own: Sequence[Comment]) -> None:
    """Delete what another job wrote at the same time, or we did: both keep the same one."""
    try:
        for comment in own[1:]:
            jira.delete_comment(ticket.key, comment)
            job.log.line(f"deleted a second comment of this pipeline on {ticket}")
    except NotAllowedError as error:
        job.log.line(f"note: {ticket} has this pipeline's comment {len(own)} times: {error}")


def _write(jira: Jira, ticket: Ticket, marker: str, body: adf.Node) -> None:
    """Comments are read directly, not through search: whether an unanswered one arrived shows at once."""
    try:
        jira.comment(ticket.key, marker, body)
    except OutcomeUnknownError:
        if not _ours(jira, ticket, marker):
            jira.comment(ticket.key, marker, body)


def _body(job: Job, ticket: Ticket, target: str, results: Sequence[Mapping[str, Any]]) -> adf.Node:
    pipeline, number = job.value(PIPELINE_URL), job.value(PIPELINE_ID)
    by = adf.link(f"pipeline {number}", pipeline) if pipeline else adf.text(f"pipeline {number}")
    intro = adf.paragraph(adf.text(f"{ticket.project} {ticket.version} in {target}, by "), by, adf.text(":"))
    rows = [
        (f"{result['environment']}/{result['region']}", entry["lambda"], entry["version"], _outcome(entry))
        for result in results
        if (entry := result["projects"].get(ticket.project))
    ]
    if not rows:
        return adf.document(intro, adf.paragraph(adf.text("No record of a deployment was left by the pipeline.")))
    return adf.document(intro, adf.table(("Where", "Function", "Version", "Outcome"), rows))


def _outcome(entry: Mapping[str, Any]) -> str:
    return f"{entry['outcome']}: {entry['reason']}" if entry.get("reason") else str(entry["outcome"])
