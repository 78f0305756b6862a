"""The files of a service repo that commands of the runtime read: what lies below `functions/` and `configs/`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from cigen.findings import Span
from cigen.lint.calls import calling_jobs
from cigen.lint.subject import RepoFile, Subject
from cigen_runtime.contract.configs import ENVIRONMENTS
from cigen_runtime.contract.deployment_file import FILE_NAME, FUNCTIONS, DeploymentFile, parse_deployment
from cigen_runtime.contract.model import File

_NOT_IN_GIT = ("node_modules", "__pycache__")
_LONGEST = 1000
"""How many characters of a line a finding marks."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder below `functions/`, with its `.deployment`."""

    name: str
    file: RepoFile | None
    content: DeploymentFile
    shown: str
    """Where its `.deployment` is, or should be."""

    @property
    def project(self) -> str:
        """The project that it is."""
        return self.content.project or self.name


def reads(subject: Subject, file: File) -> bool:
    """Whether a job of the service calls a command that reads a file of the repository."""
    found = calling_jobs(subject) if not subject.is_pipelines_repo else ()
    return any(file in call.command.reads for _, calls in found for call in calls)


def folders(subject: Subject) -> tuple[Folder, ...]:
    """Every folder of a function, as Git would have it."""
    return subject.once(_folders)


def _folders(subject: Subject) -> tuple[Folder, ...]:
    first: dict[str, str] = {}
    for path in paths_below(subject, FUNCTIONS):
        name = PurePosixPath(path).parts[1]
        if len(PurePosixPath(path).parts) > 2 and not name.startswith(".") and name not in _NOT_IN_GIT:
            first.setdefault(name, path)
    return tuple(_folder(subject, name, path) for name, path in sorted(first.items()))


def _folder(subject: Subject, name: str, some_path: str) -> Folder:
    path = f"{FUNCTIONS}/{name}/{FILE_NAME}"
    file = subject.file(path)
    if file is not None:
        return Folder(name, file, parse_deployment(file.text), file.path)
    shown = subject.shown(some_path)
    return Folder(name, None, parse_deployment(""), shown.removesuffix(some_path) + path)


def paths_below(subject: Subject, folder: str) -> tuple[str, ...]:
    """The files below a folder of the repository."""
    return (subject.matching(f"{folder}/**") if subject.matching else None) or ()


def line_of(file: RepoFile, number: int) -> Span:
    """A line of a file, the last one where it has not so many; the file where the number is 0."""
    lines = file.text.splitlines()
    if not number or not lines:
        return Span(file.path, 1 if number else 0)
    number = min(number, len(lines))
    line = lines[number - 1][:_LONGEST]
    indent = len(line) - len(line.lstrip())
    return Span(file.path, number, indent + 1, number, len(line.rstrip()) + 1)


def environments_of(subject: Subject) -> Mapping[str, tuple[str, ...]]:
    """Every environment with its regions, as the rendered jobs are told; empty where none is."""
    for job in subject.jobs.values():
        if written := job.text("variables", ENVIRONMENTS.name):
            return dict(_environments(written))
    return {}


def _environments(written: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    try:
        document = json.loads(written)
    except ValueError:
        return
    for name, regions in document.items() if isinstance(document, dict) else ():
        yield str(name), tuple(map(str, regions)) if isinstance(regions, list) else ()


def name_of_folder(found: tuple[Folder, ...]) -> dict[str, str]:
    """The folder of each project."""
    return {folder.project: folder.name for folder in found}
