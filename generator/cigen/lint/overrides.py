"""What a service's own files say about the jobs of the pipelines repo, and what these have without it.

GitLab merges a job that two files have: mappings key by key, and every list and every text replaces the other one.
"""

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from cigen.lint.calls import commands_in
from cigen.lint.subject import Subject, texts_of
from cigen.pipeline.model import GLOBAL_KEYS
from cigen.pipeline.node import Entry, Mapping, Node
from cigen_runtime.contract.model import Command

OWN_PREFIX = ".cigen-"
"""How the names of hidden jobs begin that are cigen's own."""


@dataclass(frozen=True, slots=True)
class Override:
    """A job of the pipelines repo that a file of the service has too."""

    name: str
    entry: Entry
    """In the service's file."""
    own: Mapping
    theirs: Mapping
    """In the file of the pipelines repo, as it is written there."""


def overrides(subject: Subject) -> tuple[Override, ...]:
    """Every such job."""
    return subject.once(_overrides)


def _overrides(subject: Subject) -> tuple[Override, ...]:
    theirs = jobs_of_pipelines(subject)
    return tuple(
        Override(name, entry, entry.value, theirs[name])
        for name, entry in own_jobs(subject)
        if name in theirs and isinstance(entry.value, Mapping)
    )


def own_jobs(subject: Subject) -> Iterator[tuple[str, Entry]]:
    """What the service's own files have for jobs, hidden ones too."""
    for path, document in subject.documents.items():
        if path not in subject.of_others:
            yield from _jobs(document)


def jobs_of_pipelines(subject: Subject) -> MappingOf[str, Mapping]:
    """The jobs of the rendered files by name, as they are written there; none where the pipeline has no such file."""
    return subject.once(_jobs_of_pipelines)


def _jobs_of_pipelines(subject: Subject) -> MappingOf[str, Mapping]:
    rendered = subject.rendered
    return {
        name: entry.value
        for path, document in subject.documents.items()
        if path in rendered
        for name, entry in _jobs(document)
        if isinstance(entry.value, Mapping)
    }


def value_there(subject: Subject, name: str, key: str) -> Node | None:
    """What a job of the pipelines repo has for a keyword there, by itself or from what it extends."""
    return _value(jobs_of_pipelines(subject), name, key, frozenset())


def command_there(subject: Subject, name: str) -> Command | None:
    """The command that a job of the pipelines repo calls there."""
    lines = texts_of(value_there(subject, name, "script"))
    return next((command for line in lines for command in commands_in(line)), None)


def _jobs(document: Mapping) -> Iterator[tuple[str, Entry]]:
    return ((str(entry.key.value), entry) for entry in document if entry.key.value not in GLOBAL_KEYS)


def _value(jobs: MappingOf[str, Mapping], name: str, key: str, seen: frozenset[str]) -> Node | None:
    job = jobs.get(name)
    if job is None or name in seen:
        return None
    if key in job:
        return job.get(key)
    found = (_value(jobs, base, key, seen | {name}) for base in reversed(texts_of(job.get("extends"))))
    return next((value for value in found if value is not None), None)
