"""`.cigen.lock`: which files cigen rendered into a folder, each with its hash, and for what."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from cigen import __version__
from cigen.errors import WorkError

LOCK_NAME = ".cigen.lock"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the linter must know of the config, also where it has the rendered files alone."""

    gitlab: str = ""
    """The oldest GitLab that the files must run on; empty where nobody says."""
    brought_by_services: tuple[str, ...] = ()
    """Jobs that the files need, and that each service brings."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The rendered files of a folder by path, each with its hash."""

    files: Mapping[str, str]
    text: str = ""
    """The file as it stands on disk; empty when there is none."""
    version: str = ""
    """The version of cigen that wrote it."""
    facts: Facts = Facts()


def lock_of(texts: Mapping[str, str], facts: Facts) -> Lock:
    """The lock for these texts by path."""
    hashes = {path: hash_of(texts[path].encode()) for path in sorted(texts)}
    told = {name: value for name, value in asdict(facts).items() if value}
    text = json.dumps({"cigen": __version__, **told, "files": hashes}, indent=2, ensure_ascii=False) + "\n"
    return Lock(hashes, text, __version__, facts)


def read_lock(folder: Path) -> Lock:
    """The lock of a folder; an empty one when nothing was rendered into it yet."""
    path = folder / LOCK_NAME
    try:
        return parse_lock(path.read_text(encoding="utf-8"), path)
    except (FileNotFoundError, NotADirectoryError):
        return Lock({})
    except UnicodeDecodeError as error:
        raise _broken(path) from error
    except OSError as error:
        raise WorkError(f"{path}: cannot be read: {error.strerror}") from error


def parse_lock(text: str, path: Path) -> Lock:
    """The lock that a text is; `path` is where messages say it stands."""
    try:
        content = json.loads(text)
        files, version = content["files"], content.get("cigen", "")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _broken(path) from error
    if not isinstance(files, dict) or not all(_is_entry(name, value) for name, value in files.items()):
        raise _broken(path)
    brought = content.get("brought_by_services", ())
    facts = Facts(str(content.get("gitlab", "")), tuple(map(str, brought)) if isinstance(brought, list) else ())
    return Lock(files, text, str(version), facts)


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
