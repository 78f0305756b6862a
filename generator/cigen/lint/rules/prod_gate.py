"""The rule `prod-gate`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import has_fault_in_rules
from cigen.lint.production import is_named_for_production, runs_cigen, works_in_production
from cigen.lint.rule import found
from cigen.lint.starts import Start, automatic_starts, merge_request_starts, unprotected_starts
from cigen.lint.subject import Job, Subject
from cigen.pipeline.node import Place

_NOBODY_STARTS = 'rules: rule out every $CI_PIPELINE_SOURCE but "web", "api" and "trigger", as .cigen-rules-prod does'
_NOT_PROTECTED = 'rules: rule out $CI_COMMIT_REF_PROTECTED != "true", as .cigen-rules-prod does'


class ProdGate:
    """A job of production in a pipeline that no person starts, or on a ref that is not protected.

    A release is a decision: a person starts it with the versions to deploy, on a ref that only some may push to. A
    merge request, a schedule or any push must never reach production. Where only a variable that somebody may define
    leads there, it is a warning, and for a job that does not run `cigen-runtime` only merge requests are.

    Fix: extend `.cigen-rules-prod`, or write rules that leave out the pipelines which the message names.
    """

    code = "CG809"
    name = "prod-gate"
    severity = Severity.ERROR
    bad = """\
tell-prod:
  script: cigen-runtime semantic-versioning
  variables: {CIGEN_ENVIRONMENT: prod}
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
"""
    good = """\
tell-prod:
  script: cigen-runtime semantic-versioning
  variables: {CIGEN_ENVIRONMENT: prod}
  rules:
    - if: $CI_PIPELINE_SOURCE != "web" || $CI_COMMIT_REF_PROTECTED != "true"
      when: never
    - when: on_success
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each job that works in production, with the kinds of pipeline that it should not be in."""
        for job in subject.running:
            if job.get("trigger") is not None or has_fault_in_rules(subject, job) or not _is_whole(subject, job):
                continue
            if runs_cigen(subject, job):
                if works_in_production(subject, job):
                    yield from self._of_ours(subject, job)
            elif is_named_for_production(job):
                yield from self._of_others(subject, job)

    def _of_ours(self, subject: Subject, job: Job) -> Iterator[Finding]:
        automatic = automatic_starts(subject, job)
        if automatic is not None:
            yield self._told(job, automatic, f"{job.name} works in production and {_runs(automatic)}", _NOBODY_STARTS)
        elif (unprotected := unprotected_starts(subject, job)) is not None:
            message = f"{job.name} works in production and {_runs(unprotected)}"
            yield self._told(job, unprotected, message, _NOT_PROTECTED)

    def _of_others(self, subject: Subject, job: Job) -> Iterator[Finding]:
        start = merge_request_starts(subject, job)
        if start is not None and start.is_certain:
            message = f"{job.name} deploys to production and {_runs(start)}"
            hint = 'rules: rule out $CI_PIPELINE_SOURCE == "merge_request_event"'
            yield found(self, _place(job), message, hint=hint, job=job.name, severity=Severity.WARNING)

    def _told(self, job: Job, start: Start, message: str, hint: str) -> Finding:
        severity = self.severity if start.is_certain else Severity.WARNING
        return found(self, _place(job), message, hint=hint, job=job.name, severity=severity)


def _runs(start: Start) -> str:
    count = len(start.titles) - 1
    more = f" and {count} other kind{'s' if count > 1 else ''} of pipeline" if count else ""
    return f"{'runs' if start.is_certain else 'may run'} in {start.titles[0]}{more}"


def _place(job: Job) -> Place:
    return job.place_of("rules") if job.get("rules") is not None else job.place


def _is_whole(subject: Subject, job: Job) -> bool:
    known = subject.pipeline.job(job.name) if subject.pipeline else None
    return known is not None and known.is_complete
