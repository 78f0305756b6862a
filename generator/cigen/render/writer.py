"""Brings an output folder up to date: all of it, or nothing."""

import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from cigen.errors import EditedByHandError, WorkError
from cigen.lock import LOCK_NAME
from cigen.render.compare import ComparedFile, Comparison, State

_WRITTEN = (State.NEW, State.STALE, State.MISSING, State.EDITED)


def write(comparison: Comparison, folder: Path, *, force: bool = False) -> None:
    """Write what differs and remove what is no longer made; a failure leaves everything as it was."""
    refuse_foreign(comparison, folder)
    if not force:
        _refuse_edited(comparison, folder)
    if comparison.is_clean:
        return
    written = [file for file in comparison.having(*_WRITTEN) if file.after is not None]
    removed = [file for file in comparison.files if file.after is None]
    try:
        _replace_all(folder, written, removed, comparison.lock.text)
    except OSError as error:
        place = error.filename2 or error.filename or folder
        reason = error.strerror or str(error)
        raise WorkError(f"{place}: cannot be written: {reason}", hint="no file was changed") from error
    for file in removed:
        _prune(folder, (folder / file.path).parent)


def refuse_foreign(comparison: Comparison, folder: Path) -> None:
    """Raise when files that cigen did not render stand where it would write."""
    foreign = comparison.having(State.FOREIGN)
    if foreign:
        raise WorkError(
            f"not rendered by cigen, and never overwritten: {_listed(foreign, folder)}",
            hint="move it away or delete it, then run again; or set `output` to another folder",
        )


def _refuse_edited(comparison: Comparison, folder: Path) -> None:
    edited = comparison.having(State.EDITED)
    if edited:
        raise EditedByHandError(
            f"edited by hand, and rendering would lose that: {_listed(edited, folder)}",
            hint="cigen render --check shows it: move it to cigen.yaml or a template, or overwrite it with --force",
        )


def _replace_all(folder: Path, written: list[ComparedFile], removed: list[ComparedFile], lock: str) -> None:
    """Stage every file beside the real ones, then swap them in; undo what was done when a step fails."""
    with ExitStack() as root:
        _make_folder(folder, root)
        with (
            tempfile.TemporaryDirectory(prefix=".cigen-", dir=folder, ignore_cleanup_errors=True) as name,
            ExitStack() as undo,
        ):
            new, old = Path(name) / "new", Path(name) / "old"
            for path, text in [*((file.path, file.after or "") for file in written), (LOCK_NAME, lock)]:
                _stage(new / path, text)
            for file in removed:
                _set_aside(folder / file.path, old / file.path, undo)
            for path in [*(file.path for file in written), LOCK_NAME]:
                _make_folder((folder / path).parent, undo)
                _set_aside(folder / path, old / path, undo)
                _swap_in(new / path, folder / path, undo)
            undo.pop_all()
        root.pop_all()


def _stage(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    path.chmod(0o644)


def _set_aside(path: Path, backup: Path, undo: ExitStack) -> None:
    """Move what stands there out of the way, so that it can come back."""
    if path.exists() or path.is_symlink():
        backup.parent.mkdir(parents=True, exist_ok=True)
        path.replace(backup)
        undo.callback(backup.replace, path)


def _swap_in(staged: Path, path: Path, undo: ExitStack) -> None:
    staged.replace(path)
    undo.callback(path.unlink)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir()
        undo.callback(parent.rmdir)
    if not folder.is_dir():
        raise NotADirectoryError(20, "a file stands where a folder must be", str(folder))


def _prune(root: Path, folder: Path) -> None:
    """Remove a folder that has become empty, and those above it, up to the root."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def _listed(files: list[ComparedFile], folder: Path) -> str:
    return ", ".join(str(folder / file.path) for file in files)
