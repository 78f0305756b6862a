"""The rule `include-invalid`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.rule import Example
from cigen.lint.subject import Subject


class IncludeInvalid:
    """An `include` that GitLab cannot follow: unclear, circular, too deep, or with nothing in it.

    GitLab refuses the whole pipeline.

    Fix: name one of `local`, `project` with `file`, `remote`, `template` or `component`, and no file that includes this
    one.
    """

    code = "CG305"
    name = "include-invalid"
    severity = Severity.ERROR
    bad = """\
include:
  - file: ci/build.yml

build:
  script: make
"""
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": """\
include:
  - local: ci/build.yml
""",
        "ci/build.yml": """\
build:
  script: make
""",
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
