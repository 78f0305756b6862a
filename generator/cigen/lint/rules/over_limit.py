"""The rule `over-limit`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class OverLimit:
    """More of something than GitLab allows: tags, paths, caches, matrix jobs, characters of a name.

    GitLab refuses the whole pipeline, and most of these limits cannot be raised.

    Fix: stay below the limit that the message names, by splitting or by a pattern in the place of a list.
    """

    code = "CG207"
    name = "over-limit"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  cache:
    - {key: a, paths: [a]}
    - {key: b, paths: [b]}
    - {key: c, paths: [c]}
    - {key: d, paths: [d]}
    - {key: e, paths: [e]}
"""
    good = """\
build:
  script: make
  cache:
    - {key: a, paths: [a]}
    - {key: b, paths: [b]}
    - {key: c, paths: [c]}
    - {key: d, paths: [d]}
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
