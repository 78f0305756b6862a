"""Writes JSON files whole or not at all, with no secret in them."""

import json
from collections.abc import Mapping
from pathlib import Path

from cigen_runtime.redact import Redactor


def write_json(path: Path, content: Mapping[str, object], redactor: Redactor) -> None:
    """Write a file that never exists by half: the job after this one may start from what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json_text(content, redactor), encoding="utf-8")
    part.replace(path)


def json_text(content: Mapping[str, object], redactor: Redactor) -> str:
    """The text of such a file."""
    return redactor.clean(json.dumps(content, indent=2, ensure_ascii=False)) + "\n"
