"""The rule `no-visible-job`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class NoVisibleJob:
    """A pipeline without a single job that could run.

    Jobs whose name starts with a dot are templates, and GitLab starts no pipeline of templates alone.

    Fix: add a job, or take the dot from the name of the one that shall run.
    """

    code = "CG204"
    name = "no-visible-job"
    severity = Severity.ERROR
    bad = """\
.build:
  script: make
"""
    good = """\
build:
  script: make
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
