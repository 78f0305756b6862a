"""The one Jinja environment: templates are YAML before they are rendered, and holes take only what is safe there."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Undefined, UndefinedError
from jinja2.utils import missing

from cigen.render.yaml_text import YamlText, block, yaml

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\"'\\]|:(?:\s|$)|\s#|^\s|\s$")
_INDICATORS = tuple("&*!|>%@`[]{},#?")


class HoleError(Exception):
    """A hole got a value that would not stay itself in YAML."""


class UnknownName(UndefinedError):
    """A template uses a name that does not exist; `known` are those that do, where they can be listed."""

    def __init__(self, name: str, owner: object) -> None:
        super().__init__(f"undefined name '{name}'" if owner is missing else f"there is no '{name}' in {_kind(owner)}")
        self.name = name
        self.known: tuple[str, ...] | None = None if owner is missing else tuple(_names_in(owner))


class NamedUndefined(StrictUndefined):
    """Like StrictUndefined, with an error that knows which name was meant and what there is."""

    __slots__ = ()

    def __init__(self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: Any = None) -> None:
        super().__init__(hint, obj, name)
        if name is not None:
            self._undefined_exception: Any = lambda _: UnknownName(str(name), obj)


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
    fields = getattr(type(owner), "model_fields", None) or getattr(type(owner), "__dataclass_fields__", ())
    return list(fields)
