"""The rule `only-with-rules`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class OnlyWithRules:
    """`only` or `except` beside `rules` in one job.

    They are two ways to say when a job runs, and GitLab refuses them together. One of them often comes from a template.

    Fix: keep `rules`, and say in it what `only` said; `only: null` in the job removes what a template has.
    """

    code = "CG502"
    name = "only-with-rules"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  only: [main]
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
"""
    good = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
