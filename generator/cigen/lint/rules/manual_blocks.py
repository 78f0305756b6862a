"""The rule `manual-blocks`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import rules_of, stage_of
from cigen.lint.rule import found
from cigen.lint.subject import Job, Subject, text_of


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
        for job in subject.running:
            if job.get("allow_failure") is not None or not _has_followers(subject, job):
                continue
            for rule in rules_of(job):
                if text_of(rule.get("when")) == "manual" and rule.get("allow_failure") is None:
                    message = f"all stages after {job.name} wait until somebody starts it"
                    hint = "allow_failure: true, or false where that is meant"
                    yield found(self, rule.place, message, hint=hint, job=job.name)


def _has_followers(subject: Subject, job: Job) -> bool:
    stage = stage_of(subject, job)
    return any(stage_of(subject, other) > stage and other.get("needs") is None for other in subject.running)
