"""What is on disk, against what was rendered last and what would be rendered now."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cigen.errors import WorkError
from cigen.lock import LOCK_NAME, Facts, Lock, hash_of, lock_of, read_lock
from cigen.render.engine import RenderedFile


class State(StrEnum):
    """How a file on disk relates to the lock and to the config."""

    UNCHANGED = "unchanged"
    NEW = "new"
    """Neither on disk nor in the lock."""
    STALE = "stale"
    """As it was rendered, but the config or the template has changed since."""
    EDITED = "edited by hand"
    """Not as it was rendered."""
    MISSING = "missing"
    """In the lock, but not on disk."""
    OBSOLETE = "obsolete"
    """In the lock and on disk, but no longer made."""
    FOREIGN = "not rendered by cigen"
    """In our way, and not in the lock: it is never overwritten."""


@dataclass(frozen=True, slots=True)
class ComparedFile:
    """One file: its state, what is on disk, and what should be."""

    path: str
    state: State
    before: str | None
    after: str | None
    """What would be rendered; None when the file is no longer made."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All files of an output folder, by path."""

    files: tuple[ComparedFile, ...]
    lock: Lock
    """The lock as it should be."""
    lock_is_current: bool

    def having(self, *states: State) -> list[ComparedFile]:
        """The files in one of these states."""
        return [file for file in self.files if file.state in states]

    @property
    def is_clean(self) -> bool:
        """Whether rendering would change nothing."""
        return self.lock_is_current and all(file.state is State.UNCHANGED for file in self.files)


def compare(rendered: tuple[RenderedFile, ...], folder: Path, facts: Facts) -> Comparison:
    """The state of every file that is rendered now, with these facts in its lock, or was rendered last."""
    locked, wanted = read_lock(folder), lock_of({file.path: file.text for file in rendered}, facts)
    root = folder.resolve()
    files = [*_made(rendered, folder, root, locked), *_no_longer_made(wanted, folder, root, locked)]
    return Comparison(tuple(sorted(files, key=lambda file: file.path)), wanted, locked.text == wanted.text)


def _made(rendered: tuple[RenderedFile, ...], folder: Path, root: Path, locked: Lock) -> Iterator[ComparedFile]:
    for file in rendered:
        if file.path == LOCK_NAME:
            raise WorkError(f"a template renders to {LOCK_NAME}, which is cigen's own", hint="rename the template")
        content = _content(folder, root, file.path)
        state = _state(content, file, locked.files.get(file.path))
        yield ComparedFile(file.path, state, _text(content), file.text)


def _no_longer_made(wanted: Lock, folder: Path, root: Path, locked: Lock) -> Iterator[ComparedFile]:
    for path in locked.files.keys() - wanted.files.keys():
        content = _content(folder, root, path)
        if isinstance(content, bytes):
            state = State.OBSOLETE if hash_of(content) == locked.files[path] else State.EDITED
            yield ComparedFile(path, state, _text(content), None)


def _state(content: "bytes | Absence", file: RenderedFile, locked: str | None) -> State:
    if content is Absence.FOLDER:
        return State.FOREIGN
    if not isinstance(content, bytes):
        return State.NEW if locked is None else State.MISSING
    if content == file.text.encode():
        return State.UNCHANGED
    if locked is None:
        return State.FOREIGN
    return State.STALE if hash_of(content) == locked else State.EDITED


class Absence(StrEnum):
    """Why there is no content to compare."""

    NOTHING = "nothing stands there"
    FOLDER = "a folder stands there"


def _content(folder: Path, root: Path, path: str) -> bytes | Absence:
    place = folder / path
    if not place.resolve().is_relative_to(root):
        raise WorkError(f"{place}: a symbolic link leads out of {folder}", hint="replace the link by what it leads to")
    try:
        return place.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Absence.NOTHING
    except IsADirectoryError:
        return Absence.FOLDER
    except OSError as error:
        raise WorkError(f"{place}: cannot be read: {error.strerror}") from error


def _text(content: bytes | Absence) -> str | None:
    return content.decode("utf-8", errors="replace") if isinstance(content, bytes) else None
