"""The rule `include-missing`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.rule import Example
from cigen.lint.subject import Subject


class IncludeMissing:
    """`include` of a file that does not exist.

    GitLab refuses the whole pipeline. The path of a `local` file starts at the top of the repository.

    Fix: correct the path, or add the file.
    """

    code = "CG304"
    name = "include-missing"
    severity = Severity.ERROR
    bad = """\
include:
  - local: ci/biuld.yml

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
