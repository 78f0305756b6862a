"""Which commands of the runtime a job calls."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cigen.findings import Span
from cigen.lint.script import Script, scripts
from cigen.lint.subject import Job, Subject
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import Command, System

PROGRAM = "cigen-runtime"
_COMMANDS: Mapping[str, Command] = {command.name: command for command in COMMANDS}
_CALL = re.compile(
    r"(?:^|[;&|({!]|\b(?:then|do|else|exec|time|if|while|until|env)\b)[ \t]*(?:[A-Za-z_]\w*=\S*[ \t]+)*(?:[\w./$-]*/)?"
    rf"({PROGRAM}[ \t]+(?:-\S+[ \t]+)*([a-z0-9-]+))",
    re.MULTILINE,
)
_HARMLESS = re.compile(r"(?:set|echo|export|true|:|cd|mkdir|test|\[)(?:\s|$)|[A-Za-z_]\w*=\S*$")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command."""

    command: Command
    span: Span
    """Where it stands."""


def calls(subject: Subject, job: Job) -> tuple[Call, ...]:
    """The calls in a job's scripts, in order; none of a job that is not known in whole."""
    return subject.once(_of_all_jobs).get(job.name, ())


def calling_jobs(subject: Subject) -> Iterator[tuple[Job, tuple[Call, ...]]]:
    """Every job that calls a command, with its calls."""
    for name, found in subject.once(_of_all_jobs).items():
        yield subject.jobs[name], found


def commands_in(script: str) -> Iterator[Command]:
    """The commands that the text of a script calls."""
    return (_COMMANDS[match[2]] for match in _CALL.finditer(script) if match[2] in _COMMANDS)


def systems_of(found: tuple[Call, ...]) -> frozenset[System]:
    """The remote systems that some calls talk to."""
    return frozenset(system for call in found for system in call.command.systems)


def runs_nothing_else(subject: Subject, job: Job) -> bool:
    """Whether all that a job does is calling commands, so that what it reads and writes is known."""
    return all(_is_known(line.strip()) for script in scripts(subject, job) for line in script.code.splitlines())


def _is_known(line: str) -> bool:
    if not line or _HARMLESS.match(line):
        return True
    return any(match[2] in _COMMANDS for match in _CALL.finditer(line)) and not re.search(r"[;&|]", line)


def _of_all_jobs(subject: Subject) -> dict[str, tuple[Call, ...]]:
    if not any(PROGRAM in text for text in subject.texts.values()):
        return {}
    found = {job.name: tuple(_of_job(subject, job)) for job in subject.jobs.values() if is_whole(subject, job)}
    return {name: those for name, those in found.items() if those}


def is_whole(subject: Subject, job: Job) -> bool:
    """Whether all that a job extends and refers to is known."""
    known = subject.pipeline.job(job.name) if subject.pipeline else None
    return known is None or known.is_complete


def _of_job(subject: Subject, job: Job) -> Iterator[Call]:
    for script in scripts(subject, job):
        if PROGRAM in script.text:
            yield from _of_script(script)


def _of_script(script: Script) -> Iterator[Call]:
    for match in _CALL.finditer(script.code):
        command = _COMMANDS.get(match[2])
        if command is not None:
            yield Call(command, script.span(match.start(1), len(match[1])))
