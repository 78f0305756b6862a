"""The rule `ignore-unused`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.subject import Subject


class IgnoreUnused:
    """A `# cigen: ignore[…]` in a place where that rule finds nothing.

    What it was written for has gone; left in place, it would hide the next fault of that kind.

    Fix: take the comment out.
    """

    code = "CG902"
    name = "ignore-unused"
    severity = Severity.WARNING
    bad = """\
build:
  script: make
  image: python:3.12.4  # cigen: ignore[image-not-pinned] not decided yet
"""
    good = """\
build:
  script: make
  image: python:3.12.4
"""

    def check(self, subject: Subject) -> Iterator[Finding]:  # noqa: ARG002
        """Nothing: the engine tells it after all other rules, when it knows every ignore."""
        return iter(())
