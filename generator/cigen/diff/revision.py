"""The pipelines repo as a git revision or a folder has it: the one place that runs git."""

import json
import os
import posixpath
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from cigen.errors import UsageError, WorkError
from cigen.lock import LOCK_NAME
from cigen.nearest import name_hint
from cigen.pipeline.tree import YAML_ENDINGS, Tree

_OUTPUT = re.compile(r"^output:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_GIT = ("git", "-c", "core.quotepath=off", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_SECONDS = 60


def tree_before(wanted: str, config: Path, output: Path) -> Tree:
    """What stands in a revision, or else in a folder of that name."""
    root = _root(config)
    if root is not None and _commit(root, wanted):
        return _of_revision(root, wanted, config, output)
    if Path(wanted).is_dir():
        return of_folder(Path(wanted))
    if root is None:
        hint = "name a folder to compare with: cigen diff DIR"
        raise UsageError(f"{config} stands in no git repository, so there is no revision {wanted}", hint=hint)
    raise UsageError(f"there is no revision or folder {wanted}", hint=_remedy(root, wanted))


def of_folder(folder: Path) -> Tree:
    """The rendered files of a folder: those of its lock, or all YAML files where it has none."""
    lock = folder / LOCK_NAME
    try:
        paths = _locked(lock.read_text()) if lock.is_file() else None
        if paths is None:
            paths = [_relative(path, folder) for path in sorted(folder.rglob("*")) if _is_pipeline_file(path.name)]
            paths = [path for path in paths if not path.startswith(".git/")]
        return Tree(str(folder), {path: (folder / path).read_bytes() for path in paths if (folder / path).is_file()})
    except OSError as error:
        raise WorkError(f"{folder}: cannot be read: {error.strerror}") from error


def tags_of(config: Path) -> tuple[str, ...]:
    """The tags of the repository, or none."""
    root = _root(config)
    return tuple(_lines(root, "tag", "--list")) if root else ()


def _of_revision(root: Path, revision: str, config: Path, output: Path) -> Tree:
    """The rendered files of a commit, from the folder that its own config says."""
    below, shown_output = (
        PurePosixPath(os.path.relpath(path.absolute(), root)).as_posix() for path in (config, output)
    )
    written = _run(root, "show", f"{revision}:{below}")
    match = _OUTPUT.search(written.decode(errors="replace")) if written is not None else None
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(below), match[1])) if match else shown_output
    prefix = "" if folder == "." else f"{folder}/"
    listed = _run(root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, "--", prefix or ".")
    everything = [path for path in (listed or b"").decode(errors="replace").split("\0") if path.startswith(prefix)]
    lock = _run(root, "show", f"{revision}:{prefix}{LOCK_NAME}")
    locked = None if lock is None else _locked(lock.decode(errors="replace"))
    wanted = (
        [path for path in everything if _is_pipeline_file(path.removeprefix(prefix))]
        if locked is None
        else [prefix + path for path in locked]
    )
    contents = _contents(root, revision, [path for path in wanted if path in set(everything)])
    return Tree(revision, {path.removeprefix(prefix): content for path, content in contents.items()})


def _contents(root: Path, revision: str, paths: list[str]) -> dict[str, bytes]:
    """All files by one call of git."""
    asked = "".join(f"{revision}:{path}\n" for path in paths)
    answer = _run(root, "cat-file", "--batch", stdin=asked.encode()) or b""
    found: dict[str, bytes] = {}
    at = 0
    for path in paths:
        end = answer.index(b"\n", at)
        words = answer[at:end].split()
        size = int(words[-1]) if words[-2:-1] == [b"blob"] else -1
        if size >= 0:
            found[path] = answer[end + 1 : end + 1 + size]
        at = end + 1 + (size + 1 if size >= 0 else 0)
    return found


def _locked(text: str) -> list[str] | None:
    try:
        files = json.loads(text)["files"]
    except (ValueError, LookupError, TypeError):
        return None
    names = [str(name) for name in files] if isinstance(files, dict) else []
    return [name for name in names if ".." not in PurePosixPath(name).parts and not name.startswith("/")]


def _is_pipeline_file(path: str) -> bool:
    return path.endswith(YAML_ENDINGS) or path == "README.md"


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _root(config: Path) -> Path | None:
    told = _run(config.absolute().parent, "rev-parse", "--show-toplevel")
    return Path(told.decode().rstrip("\n")) if told else None


def _commit(root: Path, revision: str) -> bool:
    if revision.startswith("-"):
        return False
    return _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") is not None


def _remedy(root: Path, wanted: str) -> str:
    if not _commit(root, "HEAD"):
        return "the repository has no commit yet"
    is_shallow = (_run(root, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"
    if is_shallow or re.fullmatch(r"[0-9a-f]{7,64}", wanted):
        fetch = f"origin {wanted}" if re.fullmatch(r"[0-9a-f]{7,64}", wanted) else "--unshallow --tags"
        return (
            f"the clone {'is' if is_shallow else 'may be too'} shallow: git fetch {fetch}, or GIT_DEPTH: 0 in the job"
        )
    start = re.split(r"[~^]", wanted, maxsplit=1)[0]
    if start != wanted and _commit(root, start):
        return f"{start} has no such commit before it"
    references = _lines(root, "for-each-ref", "--format=%(refname:short)")
    return name_hint(wanted, ["HEAD", *references])


def _lines(root: Path, *arguments: str) -> Iterable[str]:
    return [line for line in (_run(root, *arguments) or b"").decode(errors="replace").split("\n") if line]


def _run(folder: Path, *arguments: str, stdin: bytes | None = None) -> bytes | None:
    """What git printed; None where it refused."""
    try:
        done = subprocess.run(
            [*_GIT, *arguments], cwd=folder, input=stdin, capture_output=True, check=False, timeout=_SECONDS
        )
    except FileNotFoundError as error:
        if not folder.is_dir():
            return None
        raise WorkError("git is not installed", hint="install git, or compare with a folder: cigen diff DIR") from error
    except subprocess.TimeoutExpired as error:
        raise WorkError(f"git {arguments[0]} took longer than {_SECONDS} seconds") from error
    return done.stdout if done.returncode == 0 else None
