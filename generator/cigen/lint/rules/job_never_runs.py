"""The rule `job-never-runs`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import has_fault_in_rules, rules_of
from cigen.lint.kinds import possible_kinds
from cigen.lint.rule import found
from cigen.lint.subject import Subject


class JobNeverRuns:
    """A job that no kind of pipeline can have.

    Its rules ask for what cannot be at once, or for pipelines that the workflow never starts. A job that is turned
    off by a single `when: never` is meant so and not counted.

    Fix: compare its rules with `workflow:rules`.
    """

    code = "CG507"
    name = "job-never-runs"
    severity = Severity.WARNING
    bad = """\
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"

release:
  script: make release
  rules:
    - if: $CI_COMMIT_TAG
"""
    good = """\
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_TAG

release:
  script: make release
  rules:
    - if: $CI_COMMIT_TAG
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such job that is no template."""
        if not subject.is_complete:
            return
        for job in subject.running:
            has_conditions = any(rule.get("if") is not None for rule in rules_of(job))
            if has_conditions and not has_fault_in_rules(subject, job) and not possible_kinds(subject, job):
                message = f"no kind of pipeline has {job.name}"
                yield found(
                    self, job.place_of("rules"), message, hint="compare its rules with workflow:rules", job=job.name
                )
