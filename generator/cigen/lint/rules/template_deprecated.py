"""The rule `template-deprecated`."""

import re
from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Related, Severity
from cigen.lint.overrides import own_jobs
from cigen.lint.rule import Example, found
from cigen.lint.subject import Job, Subject, items_of, text_of
from cigen.pipeline.needs import read_needs
from cigen.pipeline.node import Mapping, Node, Place, Reference, Scalar, Sequence

_NOTE = re.compile(r"#\s*(?P<note>[^#]*\bdeprecated\b.*)", re.IGNORECASE)
_MOST_LINES = 20
_PIPELINES = """\
.build-image-template:
  script: ./build

# Deprecated, and gone in May: use .build-image-template.
.docker-build:
  extends: .build-image-template
"""
_INCLUDE = """\
include:
  - project: platform/pipelines
    ref: v1.4.0
    file: jobs/build.yml

"""


class TemplateDeprecated:
    """A job uses a template of another project that says it is deprecated.

    A comment with that word above the template, or in its line, says so: it keeps an old name alive for a while. When
    it goes away, GitLab refuses the pipeline of everybody who still uses it.

    Fix: use what the comment names.
    """

    code = "CG854"
    name = "template-deprecated"
    severity = Severity.WARNING
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}build:\n  extends: .docker-build\n",
        "platform/pipelines:jobs/build.yml": _PIPELINES,
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}build:\n  extends: .build-image-template\n",
        "platform/pipelines:jobs/build.yml": _PIPELINES,
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each use in the service's own files."""
        notes = {name: note for name, job in _jobs(subject) if (note := _note(subject, job.place))}
        places = {name: job.place for name, job in _jobs(subject)}
        for job, entry in own_jobs(subject) if notes else ():
            for name, place in _used(entry.value):
                if name in notes:
                    related = (Related(places[name].span, notes[name]),)
                    message = f"{name} is deprecated: {notes[name]}"
                    shown = job if job in subject.jobs else ""
                    yield found(self, place, message, job=shown, related=related)


def _jobs(subject: Subject) -> Iterator[tuple[str, Job]]:
    """The jobs of other projects."""
    for name, job in {**subject.hidden, **subject.jobs}.items():
        if job.place.path in subject.of_others:
            yield name, job


def _note(subject: Subject, place: Place) -> str:
    """What the comment of a job says of its being deprecated; empty where it does not."""
    own = _NOTE.search(subject.line(place.path, place.line))
    if own:
        return own["note"].strip()
    lines: list[str] = []
    for number in range(place.line - 1, max(-1, place.line - 1 - _MOST_LINES), -1):
        line = subject.line(place.path, number).strip()
        if not line.startswith("#"):
            break
        lines.insert(0, line.lstrip("# "))
    found_note = _NOTE.search("# " + " ".join(lines)) if lines else None
    return found_note["note"].strip() if found_note else ""


def _used(node: Node) -> Iterator[tuple[str, Place]]:
    """The names that a job extends, needs or refers to."""
    if isinstance(node, Mapping):
        for item in items_of(node.get("extends")):
            if isinstance(item, Scalar):
                yield text_of(item), item.place
        yield from ((need.job, need.place) for need in read_needs(node.get("needs")))
    yield from _references(node)


def _references(node: Node) -> Iterator[tuple[str, Place]]:
    match node:
        case Reference():
            yield from ((name, node.place) for name in node.path[:1])
        case Sequence():
            for item in node.items:
                yield from _references(item)
        case Mapping():
            for entry in node:
                yield from _references(entry.value)
