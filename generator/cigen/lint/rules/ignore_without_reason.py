"""The rule `ignore-without-reason`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.subject import Subject


class IgnoreWithoutReason:
    """A `# cigen: ignore[…]` of an error that does not say why.

    An error means that the pipeline does not work or is not safe. Who reads the file later must learn why it is right
    here all the same; until then the error stays.

    Fix: write the reason behind the bracket.
    """

    code = "CG903"
    name = "ignore-without-reason"
    severity = Severity.WARNING
    bad = """\
build:
  script: make
  variables:
    CI_DEBUG_TRACE: "true"  # cigen: ignore[debug-trace]
"""
    good = """\
build:
  script: make
  variables:
    CI_DEBUG_TRACE: "true"  # cigen: ignore[debug-trace] this project has no secrets
"""

    def check(self, subject: Subject) -> Iterator[Finding]:  # noqa: ARG002
        """Nothing: the engine tells it after all other rules, when it knows every ignore."""
        return iter(())
