"""Writes files whole or not at all, however many runs write them at once; nothing stays of a run that was killed."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_ANYBODY = 0o666
"""What the umask leaves of it, as for any new file."""
_OWNER_ALONE = 0o600


def write_whole(path: Path, text: str, *, for_owner_alone: bool = False) -> None:
    """Put a file in its place in one step; of two that write it at once, the later one's stays.

    It is written beside its place, in a file that no other run takes and that is locked meanwhile: a lock ends with
    its process, so what nobody holds was left by a run that was killed, and goes. `for_owner_alone` is true of the file
    from its first byte on.
    """
    content = text.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_what_was_left(path)
    part, file = _locked_part(path, _OWNER_ALONE if for_owner_alone else _ANYBODY)
    with file:
        try:
            file.write(content)
            file.flush()
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


def _remove_what_was_left(path: Path) -> None:
    for part in list(_parts(path)):
        try:
            file = part.open("rb+")
        except OSError:  # put in its place by now, or another user's
            continue
        with file:
            if _is_lockable(file):
                part.unlink(missing_ok=True)


def _parts(path: Path) -> Iterator[Path]:
    name = re.compile(rf"{re.escape(path.name)}\.[0-9a-f]{{16}}\.part")
    return (each for each in path.parent.iterdir() if name.fullmatch(each.name))


def _locked_part(path: Path, mode: int) -> tuple[Path, BinaryIO]:
    """A new file beside the place: another run that sees it before it is locked takes it for one that was left."""
    while True:
        part = path.with_name(f"{path.name}.{os.urandom(8).hex()}.part")
        file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), "wb")
        with suppress(OSError):  # a file system without locks: nothing is ever taken for left there
            fcntl.flock(file, fcntl.LOCK_EX)
        if part.exists():
            return part, file
        file.close()


def _is_lockable(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
