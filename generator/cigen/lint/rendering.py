"""Whether the files of a pipelines repo are what was rendered last, and what would be rendered now."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cigen import __version__
from cigen.errors import CigenError
from cigen.findings import Span
from cigen.lock import LOCK_NAME, Lock, hash_of, read_lock

if TYPE_CHECKING:
    from cigen.config.model import Config
    from cigen.render.compare import ComparedFile, State

Rendering = Callable[[], "tuple[OutOfDate, ...]"]
"""Looks, once, at what is out of date in one folder."""


@dataclass(frozen=True, slots=True)
class OutOfDate:
    """A rendered file that is not as it should be."""

    path: str
    is_edited: bool
    """Whether a person changed it; else it is what was rendered, and something else would be rendered now."""
    message: str
    hint: str = "cigen render, and commit what it writes"
    line: int = 0
    """The first line that is not as it should be; 0 where that is not known, or there is no such line."""

    @property
    def span(self) -> Span:
        """Where it is told."""
        return Span(self.path, self.line, min(self.line, 1), self.line, min(self.line, 1))


def against_lock(folder: Path) -> Rendering:
    """The files of a folder against its lock alone: cheap, and all that can be told without the config."""

    @cache
    def look() -> tuple[OutOfDate, ...]:
        try:
            lock = read_lock(folder)
        except CigenError as error:
            return (_broken(folder, error),)
        contents = {path: content for path in lock.files if (content := _content(folder / path)) is not None}
        return tuple(unlike_lock(lock, contents, folder))

    return look


def against_config(folder: Path, config: "Config", path: Path) -> Rendering:
    """The files of a folder against its lock and against what the config at a path would be rendered to now."""

    @cache
    def look() -> tuple[OutOfDate, ...]:
        from cigen.render import render
        from cigen.render.compare import compare
        from cigen.render.lock_facts import lock_facts
        from cigen.resources import templates_folder

        folders = [templates_folder(), *([path.parent / config.templates] if config.templates else [])]
        try:
            comparison = compare(render(config, folders, path.name), folder, lock_facts(config))
        except CigenError as error:
            return (_broken(folder, error),)
        found = [each for file in comparison.files for each in _of_file(folder, file)]
        if not found and not comparison.lock_is_current:
            found = [
                OutOfDate(str(folder / LOCK_NAME), is_edited=False, message="it does not list the files as they are")
            ]
        return tuple(found)

    return look


def unlike_lock(lock: Lock, contents: Mapping[str, bytes], folder: Path) -> Iterator[OutOfDate]:
    """What the contents of the files, by path below the folder, tell beside their lock."""
    for path, expected in lock.files.items():
        shown = str(folder / path)
        if path not in contents:
            yield _deleted(shown)
        elif hash_of(contents[path]) != expected:
            yield _edited(shown)
    if lock.version and lock.version != __version__:
        message = f"cigen {lock.version} rendered the files, and this is cigen {__version__}"
        yield OutOfDate(str(folder / LOCK_NAME), is_edited=False, message=message)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _of_file(folder: Path, file: "ComparedFile") -> Iterator[OutOfDate]:
    for each in _of_state(str(folder / file.path), file.state):
        yield replace(each, line=_first_difference(file.before, file.after))


def _first_difference(before: str | None, after: str | None) -> int:
    """The line of the file on disk from which on it is another than it should be, counted from 1."""
    if before is None or after is None:
        return 0
    lines, wanted = before.splitlines(), after.splitlines()
    pairs = enumerate(zip(lines, wanted, strict=False), start=1)
    return next((number for number, (line, other) in pairs if line != other), min(len(wanted) + 1, len(lines)))


def _of_state(path: str, state: "State") -> Iterator[OutOfDate]:
    match state.value:
        case "edited by hand":
            yield _edited(path)
        case "missing":
            yield _deleted(path)
        case "stale":
            yield OutOfDate(path, False, "cigen.yaml, the template or cigen changed since it was rendered")
        case "new":
            yield OutOfDate(path, False, "it has not been rendered yet")
        case "obsolete":
            yield OutOfDate(path, False, "no template makes it any more")
        case "not rendered by cigen":
            hint = "move it away, then: cigen render"
            yield OutOfDate(path, True, "cigen did not render it, and it stands where a template renders to", hint)
        case _:
            pass


def _edited(path: str) -> OutOfDate:
    hint = "move the edit to cigen.yaml or a template, then: cigen render --force"
    return OutOfDate(path, True, "it is not what was rendered: somebody edited it by hand", hint)


def _deleted(path: str) -> OutOfDate:
    return OutOfDate(path, True, "it was rendered, and somebody deleted it")


def _broken(folder: Path, error: CigenError) -> OutOfDate:
    lines = [line for line in str(error).removeprefix("error: ").splitlines() if line]
    return OutOfDate(str(folder / LOCK_NAME), False, f"it cannot be compared: {lines[0]}", error.hint)
