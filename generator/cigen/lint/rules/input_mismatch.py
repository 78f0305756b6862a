"""The rule `input-mismatch`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.rule import Example
from cigen.lint.subject import Subject


class InputMismatch:
    """Inputs that do not fit what the file asks for in `spec:inputs`.

    An input is missing, unknown, of another type, none of the options, or does not match the pattern. GitLab refuses
    the whole pipeline.

    Fix: give the inputs that the message asks for.
    """

    code = "CG306"
    name = "input-mismatch"
    severity = Severity.ERROR
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": """\
include:
  - local: ci/build.yml
    inputs: {foldr: app}
""",
        "ci/build.yml": """\
spec:
  inputs:
    folder:
      default: lib
---
build:
  script: make $[[ inputs.folder ]]
""",
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": """\
include:
  - local: ci/build.yml
    inputs: {folder: app}
""",
        "ci/build.yml": """\
spec:
  inputs:
    folder:
      default: lib
---
build:
  script: make $[[ inputs.folder ]]
""",
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
