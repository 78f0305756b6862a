"""The rule `reference-undefined`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class ReferenceUndefined:
    """`!reference` to something that is not there, to itself, or through too many levels.

    GitLab refuses the whole pipeline. It looks for the value as the job has it written: what a job gets by `extends` is
    not there yet.

    Fix: correct the names, or point to the template that has the value itself.
    """

    code = "CG303"
    name = "reference-undefined"
    severity = Severity.ERROR
    bad = """\
.build:
  script: [make]

build:
  script:
    - !reference [.build, before_script]
"""
    good = """\
.build:
  script: [make]

build:
  script:
    - !reference [.build, script]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
