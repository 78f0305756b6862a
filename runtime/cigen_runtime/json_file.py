"""Writes JSON files whole or not at all, with no secret in them."""

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cigen_runtime.redact import Redactor


def write_json(path: Path, content: Mapping[str, object], redactor: Redactor) -> None:
    """Write a file that never exists by half: the job after this one may start from what is there.

    Of two that write it at once, the later one's stays, whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_native_id()}.part")
    try:
        part.write_text(json_text(content, redactor), encoding="utf-8")
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def json_text(content: Mapping[str, object], redactor: Redactor) -> str:
    """The text of such a file."""
    return redactor.clean(json.dumps(content, indent=2, ensure_ascii=False)) + "\n"
