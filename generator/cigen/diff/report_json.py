"""A diff for programs."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum

from cigen.diff.model import Diff

SCHEMA = 1


def document(diff: Diff) -> str:
    """Everything as JSON; the keys are those of the model."""
    told = {"schema": SCHEMA, "changed_anything": not diff.is_empty, "step": diff.step.name.lower()}
    told |= {field.name: _value(getattr(diff, field.name)) for field in fields(diff)}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _value(value: object) -> object:
    match value:
        case Enum():
            return value.name.lower()
        case tuple() | list():
            return [_value(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: _value(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
