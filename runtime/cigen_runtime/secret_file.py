"""Writes files with credentials in them, whole or not at all, that their owner alone may read."""

import os
from contextlib import suppress
from pathlib import Path


def write_secret(path: Path, text: str) -> None:
    """Write a file that never is readable for others, not even while it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
