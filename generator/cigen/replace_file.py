"""A file that gets new contents in one step: whoever looks sees the old ones or the new ones, never half of them."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cigen.errors import WorkError

_MARK = b"\xef\xbb\xbf"


def replace_file(path: Path, content: bytes) -> None:
    """Write a new file beside the old one, and put it in its place; a link leads to the place, its target changes."""
    place = path.resolve()
    try:
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".cigen-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(place.stat().st_mode & 0o777 if place.exists() else 0o644)
            Path(temporary).replace(place)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise WorkError(f"{path}: cannot be written: {error.strerror}", hint="nothing was changed") from error


def replace_text(path: Path, text: str) -> None:
    """The same with a text; the file keeps the byte order mark that it may begin with."""
    try:
        with path.open("rb") as file:
            mark = _MARK if file.read(len(_MARK)) == _MARK else b""
    except OSError as error:
        raise WorkError(f"{path}: cannot be read: {error.strerror}", hint="nothing was changed") from error
    replace_file(path, mark + text.encode())
