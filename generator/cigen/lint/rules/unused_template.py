"""The rule `unused-template`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject, texts_of
from cigen.pipeline.fault import FaultKind
from cigen.pipeline.node import Mapping, Node, Reference, Sequence

_EXPLAINING = (FaultKind.EXTENDS_UNDEFINED, FaultKind.REFERENCE_UNDEFINED, FaultKind.NO_VISIBLE_JOB)


class UnusedTemplate:
    """A hidden job that no other one uses.

    Nobody extends it or refers to it: whoever changes it waits for an effect in vain. Templates that other
    repositories include are not counted.

    Fix: take it out.
    """

    code = "CG309"
    name = "unused-template"
    severity = Severity.INFO
    bad = """\
.docs:
  script: make docs

build:
  script: make
"""
    good = """\
.docs:
  script: make docs

docs:
  extends: .docs
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each hidden job of the repository's own files that stands in no `extends`, `!reference` or alias."""
        if subject.is_pipelines_repo or not subject.is_complete or subject.has_fault(*_EXPLAINING):
            return
        used = {name for document in subject.documents.values() for name in _used(document)}
        for job in subject.hidden.values():
            is_anchored = "&" in subject.line(job.place.path, job.place.line)
            if job.name not in used and not is_anchored and not _holds_anchors(job.node, subject):
                yield found(self, job.place, f"nothing uses {job.name}", hint="take it out", job=job.name)


def _used(node: Node) -> Iterator[str]:
    match node:
        case Reference():
            yield from node.path[:1]
        case Sequence():
            yield from (name for item in node.items for name in _used(item))
        case Mapping():
            yield from texts_of(node.get("extends"))
            yield from (name for entry in node for name in _used(entry.value))


def _holds_anchors(node: Node, subject: Subject) -> bool:
    """Whether a part of it has an anchor, which an alias may use."""
    lines = range(node.place.line, node.place.end_line + 1)
    return any("&" in subject.line(node.place.path, number) for number in lines)
