"""The rule `extends-cycle`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class ExtendsCycle:
    """Jobs that extend each other in a circle, or through too many levels.

    GitLab follows ten levels and refuses what goes deeper.

    Fix: let one of them stand on its own; name several templates at once (`extends: [.a, .b]`) in the place of a chain.
    """

    code = "CG302"
    name = "extends-cycle"
    severity = Severity.ERROR
    bad = """\
.a:
  extends: .b
  script: make

.b:
  extends: .a

build:
  extends: .b
"""
    good = """\
.a:
  script: make

.b:
  extends: .a

build:
  extends: .b
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
