"""The bytes of a file as text, or the fault that they are."""

import errno
import os
from pathlib import Path

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Place

MAX_BYTES = 10 * 1024 * 1024
"""More than any GitLab takes for one file; a larger one is not read at all."""


def read_file(path: Path) -> bytes:
    """The bytes of a file, one more at most than are looked at; a pipe or a device may never end, and is refused."""
    if path.exists() and not path.is_file():
        code = errno.EISDIR if path.is_dir() else errno.EINVAL
        raise OSError(code, os.strerror(code) if path.is_dir() else "it is no regular file", str(path))
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def read_text(path: str, content: str | bytes) -> str | Fault:
    """The text of a file."""
    if len(content) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES // 1024 // 1024} MB; GitLab refuses far smaller ones"
        return Fault(FaultKind.FILE_TOO_LARGE, Place(path, 0, 0, 0, 0), message)
    if isinstance(content, str):
        return content
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        message, hint = "the file is UTF-16", "save it as UTF-8"
        return Fault(FaultKind.YAML_SYNTAX, Place(path, 0, 0, 0, 0), message, hint)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        place = Place(path, line, column, line, column + 1)
        message = f"the file is not UTF-8: byte 0x{content[error.start]:02x} is no character"
        return Fault(FaultKind.YAML_SYNTAX, place, message, "is it a text at all? if so, save it as UTF-8")
