"""The files of the contract: which of them the commands of a job read, and which jobs hand them over."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from cigen.lint.calls import Call, calling_jobs, calls, runs_nothing_else
from cigen.lint.conditions import rules_of, stage_of
from cigen.lint.data_flow import fetched_jobs, keeps_files
from cigen.lint.script import scripts
from cigen.lint.subject import Job, Subject, texts_of
from cigen.lint.told import Told, told
from cigen.lint.whereabouts import misplaced
from cigen.pipeline.expand import expand
from cigen.pipeline.needs import read_needs
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.identity import ENVIRONMENT, REGION, REGIONS
from cigen_runtime.contract.model import Command, File

_UNKNOWN = re.compile(r"\$\{\w*\}|\$\w+")
_WRITTEN = frozenset(file for command in COMMANDS for file in command.writes)
"""The files that jobs hand to each other; the others stand in the repository."""


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file that a call reads and that no job hands to it."""

    job: Job
    call: Call
    file: File
    paths: tuple[str, ...]
    """Those that are missing, with the environment and the region in them."""
    makers: tuple[Job, ...]
    """The jobs of the pipeline that keep such a file."""
    is_certain: bool
    """Whether nothing else in the job can have made it."""


def missing_files(subject: Subject) -> Iterator[MissingFile]:
    """Every such file; none where a part of the pipeline is not known."""
    if not subject.is_complete:
        return
    for job, found in calling_jobs(subject):
        givers = None if job.is_template or job.name in misplaced(subject) else suppliers(subject, job)
        if givers is not None and not any(giver.name in misplaced(subject) for giver in givers):
            yield from _missing(subject, job, found, givers)


def suppliers(subject: Subject, job: Job) -> tuple[Job, ...] | None:
    """The jobs whose artifacts a job gets; None where that cannot be told."""
    if any(rule.get("needs") is not None for rule in rules_of(job)):
        return None
    fetched = fetched_jobs(subject, job)
    if fetched is None:
        if job.get("needs") is not None:
            return None
        own = stage_of(subject, job)
        return tuple(other for other in subject.running if stage_of(subject, other) < own)
    if any(name not in subject.jobs for name in fetched - _optional(job)):
        return None
    return tuple(subject.jobs[name] for name in fetched if name in subject.jobs)


def reads_something_of(subject: Subject, job: Job, maker: Job) -> bool:
    """Whether a job's commands read anything that the other job keeps."""
    kept = kept_patterns(subject, maker)
    known = told(subject, job)
    written = {file for call in calls(subject, maker) for file in call.command.writes}
    return any(
        file in written or any(_meet(path, pattern) for path in paths_of(file, call.command, known) for pattern in kept)
        for call in calls(subject, job)
        for file in call.command.reads
    )


def kept_patterns(subject: Subject, job: Job) -> tuple[str, ...]:
    """What a job keeps, with its variables filled in, and a star for what nobody knows."""
    return subject.once(_kept_by_all)[job.name]


def _kept_by_all(subject: Subject) -> dict[str, tuple[str, ...]]:
    return {job.name: _kept(subject, job) for job in subject.jobs.values()}


def _kept(subject: Subject, job: Job) -> tuple[str, ...]:
    if job.text("artifacts", "untracked") == "true":
        return ("**",)
    values = told(subject, job).values
    return tuple(
        _UNKNOWN.sub("*", expand(text, values)).removeprefix("./").rstrip("/")
        for text in texts_of(job.get("artifacts", "paths"))
    )


def paths_of(file: File, command: Command, known: Told) -> tuple[str, ...]:
    """Where a command looks for a file when it is told what a job is told."""
    if "{" not in file.path:
        return (file.path,)
    if file in command.may_lack:
        return (file.at("*", "*"),)
    environment = known.value(ENVIRONMENT) if ENVIRONMENT in command.variables else ""
    return tuple(file.at(environment or "*", region).rstrip("/") for region in _regions(command, known))


def _regions(command: Command, known: Told) -> tuple[str, ...]:
    if REGION in command.variables:
        return (known.value(REGION) or "*",)
    return known.regions or ("*",) if REGIONS in command.variables else ("*",)


def _missing(subject: Subject, job: Job, found: tuple[Call, ...], givers: tuple[Job, ...]) -> Iterator[MissingFile]:
    known = told(subject, job)
    kept = [pattern for giver in givers for pattern in kept_patterns(subject, giver)]
    written: set[File] = set()
    for call in found:
        for file in call.command.reads:
            if file in _WRITTEN and file not in written and _is_needed(file, call.command):
                wanted = paths_of(file, call.command, known)
                lost = tuple(path for path in wanted if not _is_kept(file, path, kept))
                if lost and not _is_made_here(subject, job, file) and not _is_committed(subject, lost):
                    makers = tuple(_makers(subject, lost))
                    yield MissingFile(job, call, file, lost, makers, runs_nothing_else(subject, job))
        written.update(call.command.writes)


def _is_kept(file: File, path: str, kept: Iterable[str]) -> bool:
    """Whether there is a pattern that keeps a file, or the parts that copies of a job wrote of it."""
    names = (path, replace(file, path=path).part("*").path) if file.has_parts else (path,)
    return any(_meet(name, pattern) for name in names for pattern in kept)


def _is_needed(file: File, command: Command) -> bool:
    return file not in command.may_lack and not command.starts_incomplete


def _is_made_here(subject: Subject, job: Job, file: File) -> bool:
    """Whether a script of the job mentions the file, and so may get it in a way of its own."""
    name = file.path.rstrip("/").rpartition("/")[2]
    return any(name in script.code for script in scripts(subject, job))


def _is_committed(subject: Subject, paths: tuple[str, ...]) -> bool:
    return subject.matching is not None and all(subject.matching(path) for path in paths)


def _makers(subject: Subject, paths: tuple[str, ...]) -> Iterator[Job]:
    for job in subject.running:
        if keeps_files(job) and any(_meet(path, kept) for path in paths for kept in kept_patterns(subject, job)):
            yield job


def _optional(job: Job) -> frozenset[str]:
    return frozenset(need.job for need in read_needs(job.get("needs")) if need.is_optional)


def _meet(path: str, pattern: str) -> bool:
    """Whether a file or folder may be among what a pattern keeps; both may have stars."""
    for wanted, kept in zip(path.split("/"), pattern.split("/"), strict=False):
        if kept == "**":
            return True
        if wanted != kept and not fnmatchcase(wanted, kept) and not fnmatchcase(kept, wanted):
            return False
    return True
