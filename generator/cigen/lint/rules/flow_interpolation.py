"""The rule `flow-interpolation`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class FlowInterpolation:
    """`$[[ … ]]` without quotes inside `[ ]` or `{ }`.

    YAML reads the brackets as lists within the list before GitLab could fill in the input, and the file is no longer
    YAML.

    Fix: put the value in quotes, or write the list with one item per line.
    """

    code = "CG103"
    name = "flow-interpolation"
    severity = Severity.ERROR
    bad = """\
spec:
  inputs:
    folder:
      default: app
---
build:
  script: [make, ./run $[[ inputs.folder ]]]
"""
    good = """\
spec:
  inputs:
    folder:
      default: app
---
build:
  script: [make, "./run $[[ inputs.folder ]]"]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
