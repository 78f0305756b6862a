"""The rule `if-syntax`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class IfSyntax:
    """A condition in `rules` that GitLab cannot read.

    Conditions are no shell: comparisons are `==`, `!=`, `=~` and `!~`, texts stand in quotes, there is no `!` before a
    variable. GitLab refuses the whole pipeline.

    Fix: write it as in `$CI_COMMIT_BRANCH == "main" && $NIGHTLY`.
    """

    code = "CG501"
    name = "if-syntax"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH = "main"
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
