"""The rule `include-matches-nothing`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.rule import Example, found
from cigen.lint.subject import Subject, items_of, text_of
from cigen.pipeline.node import Mapping


class IncludeMatchesNothing:
    """A pattern in `include: local` that no file matches.

    GitLab takes that for "include nothing" and says nothing: the jobs that should be there are missing.

    Fix: correct the pattern; `*` stands for names within one folder, `**` for folders too.
    """

    code = "CG308"
    name = "include-matches-nothing"
    severity = Severity.WARNING
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": """\
include:
  - local: ci/*.yaml

build:
  script: make
""",
        "ci/test.yml": """\
test:
  script: make test
""",
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": """\
include:
  - local: ci/*.yml

build:
  script: make
""",
        "ci/test.yml": """\
test:
  script: make test
""",
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each pattern of the pipeline's own files that matches none of them."""
        for document in subject.documents.values():
            for item in items_of(document.get("include")):
                pattern = item.get("local") if isinstance(item, Mapping) else item
                text = text_of(pattern)
                if pattern is None or "*" not in text or "$" in text or ":" in text:
                    continue
                if subject.matching is not None and subject.matching(text) == ():
                    yield found(self, pattern.place, f"no file matches {text}", hint="correct the pattern")
