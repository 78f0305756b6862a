"""The rule `prod-gate`."""

from collections import defaultdict
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.calls import Call, calls, is_whole
from cigen.lint.conditions import has_fault_in_rules
from cigen.lint.production import is_named_for_production, runs_cigen, works_in_production
from cigen.lint.rule import and_more, found
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
        by_fault: dict[tuple[Place, Start, str], list[Job]] = defaultdict(list)
        for job in subject.running:
            if job.get("trigger") is not None or has_fault_in_rules(subject, job) or not is_whole(subject, job):
                continue
            if runs_cigen(subject, job):
                if (
                    _does_something(calls(subject, job))
                    and works_in_production(subject, job)
                    and (fault := _fault(subject, job)) is not None
                ):
                    by_fault[_place(job), *fault].append(job)
            elif is_named_for_production(job):
                yield from self._of_others(subject, job)
        for (place, start, hint), jobs in by_fault.items():
            names = and_more([job.name for job in jobs])
            message = f"for production, {names} {_runs(start, is_plural=len(jobs) > 1)}"
            severity = self.severity if start.is_certain else Severity.WARNING
            yield found(self, place, message, hint=hint, job=jobs[0].name, severity=severity)

    def _of_others(self, subject: Subject, job: Job) -> Iterator[Finding]:
        start = merge_request_starts(subject, job)
        if start is not None and start.is_certain:
            message = f"{job.name} deploys to production and {_runs(start)}"
            hint = 'rules: rule out $CI_PIPELINE_SOURCE == "merge_request_event"'
            yield found(self, _place(job), message, hint=hint, job=job.name, severity=Severity.WARNING)


def _fault(subject: Subject, job: Job) -> tuple[Start, str] | None:
    if (automatic := automatic_starts(subject, job)) is not None:
        return automatic, _NOBODY_STARTS
    if (unprotected := unprotected_starts(subject, job)) is not None:
        return unprotected, _NOT_PROTECTED
    return None


def _does_something(found_calls: tuple[Call, ...]) -> bool:
    """Whether a job does more than what a person may look at any time, such as `status`."""
    return any(call.command.changes or not call.command.by_hand for call in found_calls)


def _runs(start: Start, *, is_plural: bool = False) -> str:
    count = len(start.titles) - 1
    more = f" and {count} other kind{'s' if count > 1 else ''} of pipeline" if count else ""
    verb = ("run" if is_plural else "runs") if start.is_certain else "may run"
    return f"{verb} in {start.titles[0]}{more}"


def _place(job: Job) -> Place:
    return job.place_of("rules") if job.get("rules") is not None else job.place
