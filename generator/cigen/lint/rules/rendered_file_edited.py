"""The rule `rendered-file-edited`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.rule import Example, found
from cigen.lint.subject import Subject


class RenderedFileEdited:
    """A rendered file that somebody changed, replaced or deleted by hand.

    The next `cigen render` undoes the edit, and until then the pipelines do what no configuration says. The lock
    file, `.cigen.lock`, has the hash of each file as it was rendered.

    Fix: move the edit to cigen.yaml or a template, and render.
    """

    code = "CG817"
    name = "rendered-file-edited"
    severity = Severity.WARNING
    bad: ClassVar[Example] = {
        "deploy.yml": "deploy:\n  script: ./deploy --force\n",
        ".cigen.lock": """\
{
  "files": {
    "deploy.yml": "sha256:6e59007c03018a2eeee3ee5ee7279459d81337877789e17e9d83a6f3ec1be3bf"
  }
}
""",
    }
    good: ClassVar[Example] = {
        "deploy.yml": "deploy:\n  script: ./deploy\n",
        ".cigen.lock": """\
{
  "files": {
    "deploy.yml": "sha256:6e59007c03018a2eeee3ee5ee7279459d81337877789e17e9d83a6f3ec1be3bf"
  }
}
""",
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each file that is not as the lock has it."""
        for each in subject.rendering() if subject.rendering else ():
            if each.is_edited:
                yield found(self, each.span, each.message, hint=each.hint)
