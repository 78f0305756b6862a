"""The rule `yaml-syntax`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class YamlSyntax:
    """A file that is not YAML.

    GitLab cannot read it, and no pipeline starts. Most often it is a tab, a quote without its partner, or an item that
    stands further left or right than its neighbours.

    Fix: go to the place; the fault is there or in the line above.
    """

    code = "CG101"
    name = "yaml-syntax"
    severity = Severity.ERROR
    bad = """\
build:
  script: "make
"""
    good = """\
build:
  script: "make"
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
