"""The rule `rendered-file-stale`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.rule import Example, found
from cigen.lint.subject import Subject


class RenderedFileStale:
    """A rendered file that would be rendered otherwise now.

    Somebody changed cigen.yaml or a template, or took a newer cigen, and did not render: services get what was meant
    before. `cigen lint` without a path renders to see it; of a folder alone it knows which cigen rendered it.

    Fix: run `cigen render`, and commit what it writes.
    """

    code = "CG818"
    name = "rendered-file-stale"
    severity = Severity.WARNING
    bad: ClassVar[Example] = {
        "deploy.yml": "deploy:\n  script: ./deploy\n",
        ".cigen.lock": """\
{
  "cigen": "0.0.1",
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
        """Each file that is behind."""
        for each in subject.rendering() if subject.rendering else ():
            if not each.is_edited:
                yield found(self, each.span, each.message, hint=each.hint)
