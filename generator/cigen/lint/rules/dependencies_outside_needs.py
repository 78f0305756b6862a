"""The rule `dependencies-outside-needs`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class DependenciesOutsideNeeds:
    """`dependencies` on a job that is not among the job's `needs`.

    With `needs`, a job can fetch artifacts only from what it needs. GitLab refuses the whole pipeline.

    Fix: add the job to `needs`, or drop `dependencies`: `needs` fetches artifacts by itself.
    """

    code = "CG404"
    name = "dependencies-outside-needs"
    severity = Severity.ERROR
    bad = """\
lint:
  stage: build
  script: make lint

build:
  stage: build
  script: make
  artifacts: {paths: [dist], expire_in: 1 day}

test:
  stage: test
  script: make test
  needs: [lint]
  dependencies: [build]
"""
    good = """\
lint:
  stage: build
  script: make lint

build:
  stage: build
  script: make
  artifacts: {paths: [dist], expire_in: 1 day}

test:
  stage: test
  script: make test
  needs: [lint, build]
  dependencies: [build]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
