"""`.cigen.lock`: which files cigen rendered into a folder, each with its hash."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cigen import __version__
from cigen.errors import WorkError
from cigen.render.engine import RenderedFile

LOCK_NAME = ".cigen.lock"


@dataclass(frozen=True, slots=True)
class Lock:
    """The rendered files of a folder by path, each with its hash."""

    files: Mapping[str, str]
    text: str = ""
    """The file as it stands on disk; empty when there is none."""


def lock_of(files: Iterable[RenderedFile]) -> Lock:
    """The lock for these files."""
    hashes = {file.path: hash_of(file.text.encode()) for file in sorted(files, key=lambda file: file.path)}
    return Lock(hashes, json.dumps({"cigen": __version__, "files": hashes}, indent=2, ensure_ascii=False) + "\n")


def read_lock(folder: Path) -> Lock:
    """The lock of a folder; an empty one when nothing was rendered into it yet."""
    path = folder / LOCK_NAME
    try:
        text = path.read_text(encoding="utf-8")
        files = json.loads(text)["files"]
    except (FileNotFoundError, NotADirectoryError):
        return Lock({})
    except OSError as error:
        raise WorkError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise _broken(path) from error
    if not isinstance(files, dict) or not all(_is_entry(name, value) for name, value in files.items()):
        raise _broken(path)
    return Lock(files, text)


def hash_of(content: bytes) -> str:
    """The hash as the lock writes it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _is_entry(name: str, value: object) -> bool:
    """Whether an entry names a file inside the folder: what is obsolete gets deleted."""
    path = PurePosixPath(name)
    return isinstance(value, str) and bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _broken(path: Path) -> WorkError:
    return WorkError(
        f"{path}: not a lock file that cigen wrote",
        hint="after a merge conflict: git checkout --ours, then cigen render --force",
    )
