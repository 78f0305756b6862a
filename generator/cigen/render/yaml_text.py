"""Values as YAML text, for templates: what PyYAML reads back is what went in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

_PLAIN = re.compile(r"[A-Za-z_./$][A-Za-z0-9_./$@+=~ -]*(?:[:][A-Za-z0-9_./$@+=~ -]+)*")
_NUMBER_LIKE = re.compile(r"[-+.]?[0-9]")
_OTHER_PARSERS = {"y", "Y", "n", "N"}
"""Plain texts that some parsers take for booleans, though PyYAML does not."""

_TEXT_TAG = "tag:yaml.org,2002:str"

LEFT_OUT = "\0left out\0"
"""Marks a line that the engine drops."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\ufeff]")


class YamlText(str):
    """Text that is YAML already: a filter made it, and a hole takes it as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """GitLab's `!reference`: what stands at a path of keys, such as the rules of a hidden job."""

    path: tuple[str, ...]


def yaml(value: Any) -> YamlText:
    """The value on one line: a scalar, or a list or mapping in brackets."""
    return YamlText(_inline(value, in_brackets=False))


def block(value: Any, indent: int) -> YamlText:
    """A list or mapping over several lines, `indent` columns in; brackets on the same line when it is empty."""
    if not isinstance(value, Mapping | list | tuple):
        raise TypeError(f"`block` takes a list or a mapping, not {_kind(value)}: use `yaml`")
    if not value:
        return yaml(value)
    margin = " " * indent
    return YamlText("".join(f"\n{margin}{line}" for line in _lines(value)))


def optional(value: Any, indent: int) -> YamlText:
    """As `block` or `yaml`; the whole line with its key is left out when there is nothing to say."""
    if value is None or (isinstance(value, str | Mapping | list | tuple) and not value):
        return YamlText(LEFT_OUT)
    return block(value, indent) if isinstance(value, Mapping | list | tuple) else yaml(value)


def comment(value: str) -> YamlText:
    """A text for a line that is a comment already, where any characters but line breaks are safe."""
    return YamlText(" ".join(value.split()))


def _lines(value: Any) -> Iterator[str]:
    """The lines of a list or mapping that is not empty."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            name = _inline(_key(key), in_brackets=False)
            if _has_lines(child):
                yield f"{name}:"
                yield from (f"  {line}" for line in _lines(child))
            else:
                yield f"{name}: {_inline(child, in_brackets=False)}"
    else:
        for child in value:
            lines = _lines(child) if _has_lines(child) else iter([_inline(child, in_brackets=False)])
            for number, line in enumerate(lines):
                yield f"{'  ' if number else '- '}{line}"


def _has_lines(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple) and bool(value)


def _inline(value: Any, *, in_brackets: bool) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return _float(value)
        case str():
            return _text(str(value), in_brackets=in_brackets)
        case Mapping():
            pairs = (
                f"{_inline(_key(key), in_brackets=True)}: {_inline(child, in_brackets=True)}"
                for key, child in value.items()
            )
            return "{" + ", ".join(pairs) + "}"
        case Reference():
            return f"!reference {_inline(value.path, in_brackets=in_brackets)}"
        case list() | tuple():
            return "[" + ", ".join(_inline(child, in_brackets=True) for child in value) + "]"
        case _:
            raise TypeError(f"{_kind(value)} cannot be written as YAML")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{key!r} as a key cannot be written as YAML: only texts can")
    return key


def _text(value: str, *, in_brackets: bool) -> str:
    return value if _is_plain(value, in_brackets=in_brackets) else _quoted(value)


def _is_plain(value: str, *, in_brackets: bool) -> bool:
    """Whether the text may stand without quotes and still be a text."""
    return (
        _PLAIN.fullmatch(value) is not None
        and not _NUMBER_LIKE.match(value)
        and not value.endswith(" ")
        and ": " not in value
        and not (in_brackets and ":" in value)
        and value not in _OTHER_PARSERS
        and value not in {"---", "..."}
        and not value.startswith(("... ", "--- "))
        and _RESOLVER.resolve(ScalarNode, value, (True, False)) == _TEXT_TAG  # type: ignore[no-untyped-call]
    )


def _quoted(value: str) -> str:
    """In double quotes, with JSON's escapes and YAML's; JSON itself stands in single ones, where it needs none."""
    if '"' in value and "'" not in value and value.isprintable() and value.strip() == value:
        return f"'{value}'"
    return _UNPRINTABLE.sub(_escape, json.dumps(value, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _float(value: float) -> str:
    if value != value or value in {float("inf"), float("-inf")}:
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}[str(value)]
    text = repr(value)
    return text if "." in text or "e" not in text else text.replace("e", ".0e")


def _kind(value: Any) -> str:
    return f"a value of type {type(value).__name__}"


_RESOLVER = Resolver()
