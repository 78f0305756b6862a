"""The rule `duplicate-key`."""

from collections.abc import Iterator

from cigen.findings import Finding, Related, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject, text_of


class DuplicateKey:
    """A key that stands twice in one mapping.

    GitLab takes the last one and says nothing: of two jobs with one name the first has vanished, and of two lists
    of rules the first is not looked at.

    Fix: rename one of them, or make one of the two.
    """

    code = "CG105"
    name = "duplicate-key"
    severity = Severity.WARNING
    bad = """\
build:
  script: make

build:
  script: make all
"""
    good = """\
build:
  script: make

build-all:
  script: make all
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each key that an earlier one in the same mapping has the name of."""
        for duplicate in subject.duplicates:
            lost, counts = duplicate.lost.key, duplicate.counts.key
            first = Related(lost.place.span, "this one is lost")
            message = f"the key '{text_of(counts)}' stands twice: GitLab takes this one only"
            yield found(self, counts.place, message, hint="rename one, or make one of both", related=(first,))
