"""The one Jinja environment: templates are YAML before they are rendered, and holes take only what is safe there."""

import re
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Undefined, UndefinedError
from jinja2.utils import missing
from pydantic import BaseModel

from cigen.render.yaml_text import YamlText, block, comment, optional, yaml

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\"'\\]|:(?:\s|$)|\s#|^\s|\s$")
_INDICATORS = tuple("&*!|>%@`[]{},#?")


class HoleError(Exception):
    """A hole got a value that would not stay itself in YAML."""


class UnknownNameError(UndefinedError):
    """A template uses a name that does not exist; `known` are those that do, where they can be listed."""

    def __init__(self, name: str, owner: object) -> None:
        super().__init__(f"undefined name '{name}'" if owner is missing else f"there is no '{name}' in {_kind(owner)}")
        self.name = name
        self.known: tuple[str, ...] | None = None if owner is missing else tuple(_names_in(owner))


class NamedUndefined(StrictUndefined):
    """Like StrictUndefined, with an error that knows which name was meant and what there is."""

    __slots__ = ()

    def __init__(self, hint: str | None = None, obj: Any = missing, name: str | None = None, *exception: Any) -> None:
        super().__init__(hint, obj, name, *exception)
        if name is not None:
            self._undefined_exception: Any = lambda _: UnknownNameError(str(name), obj)


@cache
def environment_for(*, is_yaml: bool) -> Environment:
    """The environment of YAML templates, or that of all others: these take any text in a hole."""
    environment = Environment(
        variable_start_string="<%",
        variable_end_string="%>",
        block_start_string="<%@",
        block_end_string="@%>",
        comment_start_string="<%#",
        comment_end_string="#%>",
        line_statement_prefix="#%",
        undefined=NamedUndefined,
        finalize=yaml_hole if is_yaml else text_hole,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - what is rendered is YAML, not HTML
        auto_reload=False,
    )
    environment.filters["yaml"] = yaml
    environment.filters["block"] = block
    environment.filters["optional"] = optional
    environment.filters["comment"] = comment
    return environment


def yaml_hole(value: Any) -> str:
    """What a bare hole of a YAML template may hold: a text or number that needs no quotes, or a filter's YAML."""
    if isinstance(value, YamlText):
        return str(value)
    text = text_hole(value)
    if not text:
        raise HoleError("an empty text in a bare hole: use `| yaml`")
    if _UNSAFE.search(text) or text.startswith(_INDICATORS) or text.startswith(("- ", ": ")):
        raise HoleError(f"{text!r} is not safe in a bare hole: use `| yaml`")
    return text


def text_hole(value: Any) -> str:
    """What any hole may hold: a text or a whole number."""
    if isinstance(value, Undefined):
        return str(value)  # raises, and names what is undefined
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise HoleError(f"{_kind(value)} in a bare hole: use `| yaml`")
    return str(value)


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "true or false"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return f"a {type(value).__name__}"


def _names_in(owner: object) -> list[str]:
    if isinstance(owner, dict):
        return [str(key) for key in owner]
    if isinstance(owner, BaseModel):
        return list(type(owner).model_fields)
    return [field.name for field in fields(owner)] if is_dataclass(owner) and not isinstance(owner, type) else []
