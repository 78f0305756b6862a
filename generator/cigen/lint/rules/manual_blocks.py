"""The rule `manual-blocks`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import rules_of, stage_of
from cigen.lint.rule import found
from cigen.lint.subject import Subject, text_of


class ManualBlocks:
    """A rule with `when: manual` that holds up all stages after it.

    In `rules`, a manual job must be started before the next stage begins, unless it has `allow_failure: true`; a
    job with `when: manual` outside `rules` is the other way round. Pipelines then wait as "blocked", and nobody has
    decided so.

    Fix: write `allow_failure: true`, or `allow_failure: false` where the wait is meant.
    """

    code = "CG508"
    name = "manual-blocks"
    severity = Severity.WARNING
    bad = """\
approve:
  stage: build
  script: ./approve
  rules:
    - if: $CI_COMMIT_BRANCH
      when: manual

test:
  stage: test
  script: make test
"""
    good = """\
approve:
  stage: build
  script: ./approve
  rules:
    - if: $CI_COMMIT_BRANCH
      when: manual
      allow_failure: true

test:
  stage: test
  script: make test
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such rule of a job that jobs of later stages wait for."""
        last = _last_waiting_stage(subject)
        for job in subject.running:
            if job.get("allow_failure") is not None or stage_of(subject, job) >= last:
                continue
            for rule in rules_of(job):
                if text_of(rule.get("when")) == "manual" and rule.get("allow_failure") is None:
                    message = f"all stages after {job.name} wait until somebody starts it"
                    hint = "allow_failure: true, or false where that is meant"
                    yield found(self, rule.place, message, hint=hint, job=job.name)


def _last_waiting_stage(subject: Subject) -> int:
    """The last stage with a job that waits for the stages before it."""
    return max((stage_of(subject, job) for job in subject.running if job.get("needs") is None), default=-1)
