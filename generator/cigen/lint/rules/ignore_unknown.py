"""The rule `ignore-unknown`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.subject import Subject


class IgnoreUnknown:
    """A `# cigen: ignore[…]` that names no rule there is.

    It silences nothing, though whoever wrote it thinks so.

    Fix: write the name as the finding has it in its brackets; `cigen rules` lists them all.
    """

    code = "CG901"
    name = "ignore-unknown"
    severity = Severity.WARNING
    bad = """\
build:
  script: make
  image: python:3.12.4  # cigen: ignore[image-not-pined] the tag is never moved
"""
    good = """\
build:
  script: make
  image: python:latest  # cigen: ignore[image-not-pinned] we want every new release at once
"""

    def check(self, subject: Subject) -> Iterator[Finding]:  # noqa: ARG002
        """Nothing: the engine tells it after all other rules, when it knows every ignore."""
        return iter(())
