"""The rule `extends-undefined`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class ExtendsUndefined:
    """`extends` names a job that the pipeline does not have.

    GitLab refuses the whole pipeline. The template was renamed, or the file that has it is not included.

    Fix: correct the name, or include the file.
    """

    code = "CG301"
    name = "extends-undefined"
    severity = Severity.ERROR
    bad = """\
.build:
  script: make

build:
  extends: .biuld
"""
    good = """\
.build:
  script: make

build:
  extends: .build
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
