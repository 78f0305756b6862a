"""The rule `bad-enum`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class BadEnum:
    """A value that is none of those the keyword may have.

    GitLab refuses the whole pipeline.

    Fix: choose one of the values that the message lists.
    """

    code = "CG205"
    name = "bad-enum"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  when: sometimes
"""
    good = """\
build:
  script: make
  when: always
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
