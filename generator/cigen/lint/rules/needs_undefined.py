"""The rule `needs-undefined`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class NeedsUndefined:
    """`needs` or `dependencies` of a job that does not exist, or that stands in a later stage.

    GitLab refuses the whole pipeline: a job can wait only for what runs before it or beside it.

    Fix: correct the name, or move one of the two to another stage.
    """

    code = "CG402"
    name = "needs-undefined"
    severity = Severity.ERROR
    bad = """\
build:
  stage: build
  script: make

test:
  stage: test
  script: make test
  needs: [biuld]
"""
    good = """\
build:
  stage: build
  script: make

test:
  stage: test
  script: make test
  needs: [build]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
