"""The rule `job-without-script`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class JobWithoutScript:
    """A job with nothing to do: neither `script` nor `run` nor `trigger`.

    GitLab refuses it. It counts what the job gets by `extends`, so a template that lost its script shows here too.

    Fix: give it a script, or put a dot before its name where it is a template.
    """

    code = "CG203"
    name = "job-without-script"
    severity = Severity.ERROR
    bad = """\
build:
  stage: build
"""
    good = """\
build:
  stage: build
  script: make
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
