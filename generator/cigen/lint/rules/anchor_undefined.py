"""The rule `anchor-undefined`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class AnchorUndefined:
    """An alias (`*name`) whose anchor (`&name`) the file does not have.

    Anchors are YAML's, and YAML knows one file: what an included file anchors cannot be used here.

    Fix: write the anchor in this file, or use `extends` or `!reference`, which see all included files.
    """

    code = "CG102"
    name = "anchor-undefined"
    severity = Severity.ERROR
    bad = """\
build:
  script: *script
"""
    good = """\
.script: &script
  - make

build:
  script: *script
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
