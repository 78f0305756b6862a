"""The rule `wrong-shape`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class WrongShape:
    """A value of the wrong form: a list where GitLab wants a text, a number where it wants a mapping.

    GitLab refuses the whole pipeline.

    Fix: give the keyword a value of a form that the message names.
    """

    code = "CG202"
    name = "wrong-shape"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  image: [python:3.12.4]
"""
    good = """\
build:
  script: make
  image: python:3.12.4
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
