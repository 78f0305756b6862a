"""The rule `bad-duration`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class BadDuration:
    """A span of time that GitLab cannot read, or that is longer than it allows.

    GitLab refuses the whole pipeline.

    Fix: write a number and a unit, as in `30 minutes`, `1 week` or `1h 30m`.
    """

    code = "CG206"
    name = "bad-duration"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  timeout: a while
"""
    good = """\
build:
  script: make
  timeout: 30 minutes
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
