"""The rule `variable-typo`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject
from cigen.lint.variables import undefined_uses


class VariableTypo:
    """A variable that nothing defines, and whose name is nearly that of one that is there.

    Most often a misspelling, and GitLab does not tell: a script gets nothing in its place, and a condition is false
    for ever.

    Fix: correct the name.
    """

    code = "CG602"
    name = "variable-typo"
    severity = Severity.WARNING
    bad = """\
build:
  script: make VERSION="$CI_COMMIT_SHORT_SAH"
"""
    good = """\
build:
  script: make VERSION="$CI_COMMIT_SHORT_SHA"
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each use of a misspelt name."""
        for use in undefined_uses(subject):
            if use.meant:
                message = f"nothing defines ${use.name}"
                yield found(self, use.span, message, hint=f"did you mean '${use.meant}'?", job=use.job)
