"""Keep, in each release ticket, the section that says how its version gets to production."""

import json
from collections.abc import Sequence
from urllib.parse import quote

from cigen_runtime import adf
from cigen_runtime.contract.identity import PIPELINE_URL, PROJECT_URL
from cigen_runtime.contract.versions import DEFAULT_BRANCH
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConflictError, VerificationError
from cigen_runtime.job import Job
from cigen_runtime.services.jira import Jira
from cigen_runtime.tickets import Ticket, on_each, release_of

LONGEST_LIST = 8_000
"""Characters of versions to paste that leave room in a ticket for what people write."""
LONGEST_LINK = 2000
"""Characters of an address that every proxy and browser takes."""
TITLES = {"staging": "Deploy to production", "production": "Deploy to production again"}


def run(job: Job) -> None:
    """Replace the section between our markers where it says something else; leave the rest as people wrote it."""
    target = job.options["for"]
    with Jira(job) as jira:
        release = release_of(job, jira, changed_only=target == "staging")
        if not release.tickets:
            job.log.line("no tickets in this pipeline: nothing to describe")
        on_each(
            release.tickets,
            lambda ticket: _update(job, jira, ticket, target, _section(job, ticket, release.tickets, target)),
            otherwise="not every ticket has the instructions",
        )


def _update(job: Job, jira: Jira, ticket: Ticket, target: str, section: Sequence[adf.Node]) -> None:
    description = jira.issue(ticket.key).description or adf.document()
    wanted = with_section(description, target, section)
    if len(adf.plain(wanted)) > adf.LIMIT:
        raise ConflictError(
            f"the description of {ticket} has no room for the instructions",
            answer=f"it would have {len(adf.plain(wanted)):,} characters, and Jira takes {adf.LIMIT:,}",
            remedy="Shorten the description in Jira.",
            branch=Branch.JIRA,
        )
    if adf.same(wanted, description):
        job.already("instructions", str(ticket), target)
        job.log.line(f"{ticket} has these instructions already")
        return
    job.plan("instructions", str(ticket), target)
    if job.dry_run:
        job.log.line(f"would write into {ticket}:")
        for line in (line for node in section for line in adf.lines(node)):
            job.log.line(f"  {line}")
        return
    jira.describe(ticket.key, wanted)
    if not adf.same(jira.issue(ticket.key).description or adf.document(), wanted):
        raise VerificationError(
            f"Jira changed the instructions of {ticket} while storing them",
            remedy="Compare the ticket's description with what `--dry-run` prints.",
            branch=Branch.JIRA,
        )
    job.changed("instructions", str(ticket), target)
    job.log.line(f"wrote the instructions into {ticket}")


def with_section(description: adf.Node, target: str, section: Sequence[adf.Node]) -> adf.Node:
    """The description with our section in the place it has, or at the end."""
    begin, end = (_marker(target, side) for side in ("begin", "end"))
    blocks = list(description["content"])
    texts = [adf.plain(block) for block in blocks]
    first = texts.index(adf.plain(begin)) if adf.plain(begin) in texts else len(blocks)
    last = texts.index(adf.plain(end)) if adf.plain(end) in texts else -1
    if first < last:
        before, after = blocks[:first], blocks[last + 1 :]
    else:  # no section, or half of one that somebody tore apart
        markers = {adf.plain(begin), adf.plain(end)}
        before, after = [block for block, text in zip(blocks, texts, strict=True) if text not in markers], []
    return {**description, "content": [*before, begin, *section, end, *after]}


def _marker(target: str, side: str) -> adf.Node:
    return adf.paragraph(adf.code(f"cigen {target} instructions: {side}"))


def _section(job: Job, ticket: Ticket, tickets: Sequence[Ticket], target: str) -> list[adf.Node]:
    blocks = [adf.heading(TITLES[target]), *_start(job, "This project alone:", {ticket.project: ticket.version})]
    versions = {each.project: each.version for each in tickets}
    if len(tickets) > 1 and len(json.dumps(versions)) <= LONGEST_LIST:
        blocks += _start(job, "All that was released together:", versions)
    if pipeline := job.value(PIPELINE_URL):
        blocks.append(adf.paragraph(adf.text("Written by "), adf.link("this pipeline", pipeline), adf.text(".")))
    return blocks


def _start(job: Job, title: str, versions: dict[str, str]) -> list[adf.Node]:
    """The JSON to paste, and a link that starts the pipeline with it, unless it would be too long for a link."""
    pasted = json.dumps(versions, ensure_ascii=False)
    form = f"{job.value(PROJECT_URL)}/-/pipelines/new?ref={quote(job.value(DEFAULT_BRANCH), safe='')}"
    filled = f"{form}&var[TARGET_VERSIONS_JSON]={quote(pasted, safe='')}"
    fits = len(filled) <= LONGEST_LINK
    words = "Start it in GitLab" if fits else "Start it in GitLab, with this as TARGET_VERSIONS_JSON"
    return [
        adf.paragraph(adf.text(title)),
        adf.code_block(pasted, "json"),
        adf.paragraph(adf.link(words, filled if fits else form)),
    ]
