"""Writes JSON files with no secret in them."""

import json
from collections.abc import Mapping
from pathlib import Path

from cigen_runtime.redact import Redactor
from cigen_runtime.whole_file import write_whole


def write_json(path: Path, content: Mapping[str, object], redactor: Redactor) -> None:
    """Write a file that never exists by half: the job after this one may start from what is there."""
    write_whole(path, json_text(content, redactor))


def json_text(content: Mapping[str, object], redactor: Redactor) -> str:
    """The text of such a file."""
    return redactor.clean(json.dumps(content, indent=2, ensure_ascii=False)) + "\n"
