"""The rule `ticket-failure-blocks`."""

from collections import defaultdict
from collections.abc import Iterator

from cigen.findings import Finding, Severity, Span
from cigen.lint.calls import calling_jobs
from cigen.lint.conditions import rules_of
from cigen.lint.production import only_tells
from cigen.lint.rule import and_more, found
from cigen.lint.subject import Job, Subject, text_of


class TicketFailureBlocks:
    """A job that writes tickets or tells the dashboard, and whose failure fails the pipeline.

    Jira being down is no reason to stop a release: the pipeline turns red though everything was deployed, and jobs of
    later stages do not run.

    Fix: write `allow_failure: true`.
    """

    code = "CG812"
    name = "ticket-failure-blocks"
    severity = Severity.WARNING
    bad = """\
versions:
  stage: build
  script: cigen-runtime semantic-versioning
  artifacts: {paths: [versions.json], expire_in: 1 day}

ticket:
  script: cigen-runtime transition-jira-tickets --to closed
  variables: {JIRA_URL: https://jira.example.com, CIGEN_JIRA_PROJECT: REL}
"""
    good = """\
versions:
  stage: build
  script: cigen-runtime semantic-versioning
  artifacts: {paths: [versions.json], expire_in: 1 day}

ticket:
  script: cigen-runtime transition-jira-tickets --to closed
  variables: {JIRA_URL: https://jira.example.com, CIGEN_JIRA_PROJECT: REL}
  allow_failure: true
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such job."""
        by_call: dict[Span, list[Job]] = defaultdict(list)
        for job, found_calls in calling_jobs(subject):
            if only_tells(found_calls) and not _may_fail(job):
                by_call[found_calls[0].span].append(job)
        for span, jobs in by_call.items():
            names = and_more([job.name for job in jobs])
            message = f"a failure of {names} fails the pipeline, though all that is lost is what people are told"
            place = jobs[0].place_of("allow_failure") if jobs[0].get("allow_failure") is not None else span
            yield found(self, place, message, hint="allow_failure: true", job=jobs[0].name)


def _may_fail(job: Job) -> bool:
    running = [rule for rule in rules_of(job) if text_of(rule.get("when")) != "never"]
    by_rule = [text_of(rule.get("allow_failure")) for rule in running]
    is_allowed = job.text("allow_failure") == "true"
    return all(text == "true" or (not text and is_allowed) for text in by_rule) if by_rule else is_allowed
