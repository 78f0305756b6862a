"""The rule `unknown-keyword`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class UnknownKeyword:
    """A keyword that GitLab does not know, or not here.

    GitLab refuses the whole pipeline. A keyword at the top of the file that it does not know is a job to GitLab.

    Fix: correct the spelling, or move the keyword to where it belongs.
    """

    code = "CG201"
    name = "unknown-keyword"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  artefacts:
    paths: [dist]
"""
    good = """\
build:
  script: make
  artifacts:
    paths: [dist]
    expire_in: 1 day
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
