"""The rule `changes-always-true`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import rules_of
from cigen.lint.rule import found
from cigen.lint.subject import Subject, text_of
from cigen.pipeline.node import Mapping


class ChangesAlwaysTrue:
    """`changes` alone, in pipelines that have nothing to compare with.

    For tags, schedules and pipelines that a person starts, GitLab takes `changes` as true: the job runs whatever
    has changed.

    Fix: say with `if` in which pipelines it counts, or with `compare_to` what it compares with.
    """

    code = "CG509"
    name = "changes-always-true"
    severity = Severity.WARNING
    bad = """\
docs:
  script: make docs
  rules:
    - changes: [docs/**/*]
"""
    good = """\
docs:
  script: make docs
  rules:
    - if: $CI_COMMIT_BRANCH && $CI_PIPELINE_SOURCE == "push"
      changes: [docs/**/*]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each rule with `changes` and without `if`, unless an earlier rule or the workflow excludes these."""
        if not subject.is_complete or subject.section("workflow") is not None:
            return
        for job in subject.jobs.values():
            for rule in rules_of(job):
                changes = rule.get("changes")
                if rule.get("if") is not None and text_of(rule.get("when")) == "never":
                    break
                is_compared = isinstance(changes, Mapping) and changes.get("compare_to") is not None
                if (
                    changes is not None
                    and rule.get("if") is None
                    and not is_compared
                    and text_of(rule.get("when")) != "never"
                ):
                    message = f"in pipelines for tags and schedules, {job.name} runs whatever has changed"
                    hint = 'add if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH'
                    yield found(self, changes.place, message, hint=hint, job=job.name)
