"""The rule `include-unpinned`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject, items_of, text_of
from cigen.pipeline.node import Mapping, Place

_BRANCHES = frozenset({"main", "master", "develop", "HEAD", "~latest"})


class IncludeUnpinned:
    """An include of another project that may change at any time.

    Without `ref`, or with the name of a branch, it is whatever was pushed there last, and a change there breaks
    pipelines here. The same goes for `~latest` of a component and for an address without `integrity`.

    Fix: name a tag or a commit.
    """

    code = "CG307"
    name = "include-unpinned"
    severity = Severity.WARNING
    bad = """\
include:
  - project: platform/pipelines
    file: jobs/build.yml

build:
  script: make
"""
    good = """\
include:
  - project: platform/pipelines
    ref: v1.4.0
    file: jobs/build.yml

build:
  script: make
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each include that does not say which version."""
        for include in includes(subject):
            project, component, remote = (text_of(include.get(key)) for key in ("project", "component", "remote"))
            ref = text_of(include.get("ref"))
            if project and not ref:
                yield found(
                    self, include.place, f"{project} is included without a version", hint="ref: a tag or a commit"
                )
            elif project and ref in _BRANCHES:
                place = _place(include, "ref")
                yield found(self, place, f"{project} is included from a branch: {ref}", hint="ref: a tag or a commit")
            elif component and component.rpartition("@")[2] in _BRANCHES:
                place = _place(include, "component")
                yield found(self, place, f"{component} may change at any time", hint="name a version behind the @")
            elif remote and include.get("integrity") is None:
                place = _place(include, "remote")
                hint = "integrity: sha256-…, the hash of the file"
                yield found(self, place, f"{remote} is included whatever it holds", hint=hint)


def includes(subject: Subject) -> Iterator[Mapping]:
    """Every include that is written as a mapping, in all files."""
    for document in subject.documents.values():
        yield from (item for item in items_of(document.get("include")) if isinstance(item, Mapping))


def _place(include: Mapping, key: str) -> Place:
    node = include.get(key)
    return node.place if node is not None else include.place
