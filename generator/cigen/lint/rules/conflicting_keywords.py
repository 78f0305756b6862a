"""The rule `conflicting-keywords`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class ConflictingKeywords:
    """Keywords that exclude each other in one place.

    Each alone would be right, but GitLab refuses them together.

    Fix: keep the one that you mean.
    """

    code = "CG208"
    name = "conflicting-keywords"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  when: always
  start_in: 1 hour
"""
    good = """\
build:
  script: make
  when: always
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
