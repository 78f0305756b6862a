"""JSON in which no key stands twice: JSON allows it, and which of the two was meant is not for us to guess."""

import json
from typing import Any


class DoubleKeyError(Exception):
    """A key that stands twice in one object; `args` holds it."""


def parse_strictly(text: str) -> Any:
    """What a JSON text says; raises json.JSONDecodeError, or DoubleKeyError."""
    return json.loads(text, object_pairs_hook=_single)


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise DoubleKeyError(key)
        result[key] = value
    return result
