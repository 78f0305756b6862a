"""The rule `needs-cycle`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class NeedsCycle:
    """Jobs that wait for each other in a circle.

    None of them could ever start, and GitLab refuses the whole pipeline.

    Fix: take out one of the `needs` that the message names.
    """

    code = "CG403"
    name = "needs-cycle"
    severity = Severity.ERROR
    bad = """\
lint:
  script: make lint
  needs: [test]

test:
  script: make test
  needs: [lint]
"""
    good = """\
lint:
  script: make lint

test:
  script: make test
  needs: [lint]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
