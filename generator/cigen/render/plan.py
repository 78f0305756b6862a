"""Which file is rendered from which template, for which environment and region."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cigen.config.environments import Environments
from cigen.config.model import Config
from cigen.errors import Problem, TemplateError, WorkError
from cigen.nearest import name_hint

ENVIRONMENTS = tuple(Environments.model_fields)
LOOPS = ("region",)
"""The words that may stand in brackets in a template's path."""

_BRACKETED = re.compile(r"\[([^\[\]/]*)\]")
_FOR_REGION = re.compile(rf"(?:^|[/_.-])({'|'.join(ENVIRONMENTS)})-\[region\]")
_IGNORED_NAMES = {".DS_Store", "Thumbs.db", "__pycache__", ".git"}
_IGNORED_ENDINGS = ("~", ".swp", ".orig", ".rej")


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its path in the tree, and the file it stands in."""

    path: str
    file: Path


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file to render: from which template, to which path, for which environment and region."""

    template: Template
    output_path: str
    environment: str | None = None
    region: str | None = None


def plan(config: Config, folders: list[Path]) -> tuple[PlannedFile, ...]:
    """Every file to render, by path; a template of a later folder replaces the one of the same path before it."""
    planned: list[PlannedFile] = []
    problems: list[Problem] = []
    for template in find_templates(folders):
        problem = _path_problem(template)
        if problem is None:
            planned += _files_of(template, config)
        else:
            problems.append(problem)
    planned.sort(key=lambda file: file.output_path)
    problems += _collisions(planned)
    if problems:
        raise TemplateError(problems)
    return tuple(planned)


def find_templates(folders: list[Path]) -> list[Template]:
    """The templates of all folders, by path."""
    found: dict[str, Template] = {}
    for folder in folders:
        for path in _walk(folder):
            relative = path.relative_to(folder).as_posix()
            found[relative] = Template(relative, path)
    return [found[path] for path in sorted(found)]


def _walk(folder: Path) -> Iterator[Path]:
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise WorkError(f"{folder}: cannot be read: {error.strerror}") from error
    for child in children:
        if child.name in _IGNORED_NAMES or child.name.endswith(_IGNORED_ENDINGS):
            continue
        if child.is_dir():
            yield from _walk(child)
        else:
            yield child


def _path_problem(template: Template) -> Problem | None:
    shown = str(template.file)
    words = _BRACKETED.findall(template.path)
    for word in words:
        if word not in LOOPS:
            return Problem(shown, 0, 0, f"unknown word [{word}] in the template's path", name_hint(word, LOOPS))
    if words and not _FOR_REGION.search(template.path):
        hint = " or ".join(f"{name}-[region]" for name in ENVIRONMENTS)
        return Problem(shown, 0, 0, "[region] does not say of which environment", f"write {hint}")
    return None


def _files_of(template: Template, config: Config) -> Iterator[PlannedFile]:
    """The files of one template: one, one per region, or none when the config lacks the environment."""
    environments = config.environments.by_name()
    loop = _FOR_REGION.search(template.path)
    if loop is None:
        name = _environment_of_name(template.path)
        if name is None or name in environments:
            yield PlannedFile(template, template.path, name)
    elif loop.group(1) in environments:
        for region in environments[loop.group(1)].regions:
            yield PlannedFile(template, template.path.replace("[region]", region), loop.group(1), region)


def _environment_of_name(path: str) -> str | None:
    """The environment that a file name starts with."""
    name = path.rsplit("/", 1)[-1]
    return next((environment for environment in ENVIRONMENTS if name.startswith(f"{environment}-")), None)


def _collisions(planned: list[PlannedFile]) -> Iterator[Problem]:
    first: dict[str, PlannedFile] = {}
    for file in planned:
        other = first.setdefault(file.output_path, file)
        if other is not file:
            message = f"renders to {file.output_path}, as {other.template.file} does"
            yield Problem(str(file.template.file), 0, 0, message, "rename one of them")
    for file in planned:
        parts = file.output_path.split("/")
        for length in range(1, len(parts)):
            blocked = first.get("/".join(parts[:length]))
            if blocked is not None:
                message = f"renders to the file {blocked.output_path}, which {file.template.file} needs as a folder"
                yield Problem(str(blocked.template.file), 0, 0, message, "rename one of them")
