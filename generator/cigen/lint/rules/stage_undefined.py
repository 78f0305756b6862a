"""The rule `stage-undefined`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class StageUndefined:
    """A job in a stage that `stages` does not list.

    GitLab refuses the whole pipeline. A list of stages replaces the one of an included file: it is not added to it.

    Fix: add the stage to the list, or correct the job's stage.
    """

    code = "CG401"
    name = "stage-undefined"
    severity = Severity.ERROR
    bad = """\
stages: [build]

test:
  stage: test
  script: make test
"""
    good = """\
stages: [test]

test:
  stage: test
  script: make test
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
