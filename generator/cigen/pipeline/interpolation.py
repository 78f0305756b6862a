"""`$[[ inputs.name | function ]]`: a text with its values filled in, and the way back to where each part was written.

GitLab fills in the text before YAML reads it, so that a value may become any YAML: a list, a number, a key.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cigen.nearest import name_hint

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
"""What an input may hold."""
Context = Mapping[str, Mapping[str, Value]]
"""The words that may begin an access, `inputs` and `component`, and what they hold."""

MAX_FUNCTIONS = 3
MAX_BLOCKS = 10_000
_MAX_ACCESS_PARTS = 5
_MAX_ACCESS_BYTES = 1024
_MAX_INDEXES = 5
_MAX_LENGTH = 4_000_000

_OPENING, _CLOSING = "$[[", "]]"
_SPACE = " \t\r\n\f\v"
_INDEXED = re.compile(r"(\w*)((?:\[\d+\])+)\Z", re.ASCII)


class InterpolationError(ValueError):
    """An access or a function that GitLab refuses."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Mistake:
    """A block that could not be filled in, and where it stands in the text."""

    start: int
    end: int
    message: str
    hint: str


@dataclass(slots=True)
class Interpolated:
    """A text with its values, and how its offsets lie to those of the original."""

    text: str
    mistakes: tuple[Mistake, ...] = ()
    _starts: list[int] = field(default_factory=lambda: [0])
    _origins: list[tuple[int, bool]] = field(default_factory=lambda: [(0, False)])
    """For each stretch of the new text: where it began, and whether it is a value that was filled in."""

    @property
    def is_too_large(self) -> bool:
        """Whether it grew beyond anything that GitLab takes, and was cut off."""
        return len(self.text) > _MAX_LENGTH

    @property
    def changes(self) -> bool:
        """Whether there was any block."""
        return len(self._starts) > 1 or bool(self.mistakes)

    def origin(self, offset: int) -> int:
        """The offset in the original; of a value that was filled in, where its block begins."""
        index = bisect_right(self._starts, offset) - 1
        start, is_value = self._origins[index]
        return start if is_value else start + offset - self._starts[index]


def interpolate(text: str, context: Context) -> Interpolated:
    """Fill in every block; a mistake leaves its block as it stands."""
    parts: list[str] = []
    starts, origins = [0], [(0, False)]
    mistakes: list[Mistake] = []
    known: dict[str, str | Mistake] = {}
    at = length = 0
    for start, end, data in _blocks(text):
        block = text[start:end]
        if block not in known:
            if len(known) >= MAX_BLOCKS:
                mistakes.append(Mistake(start, end, f"more than {MAX_BLOCKS:,} interpolations", ""))
                break
            known[block] = _filled(start, block, data, context)
            if isinstance(mistake := known[block], Mistake):
                mistakes.append(mistake)
        value = known[block]
        shown = value if isinstance(value, str) else block
        parts += [text[at:start], shown]
        length += start - at
        starts += [length, length + len(shown)]
        origins += [(start, True), (end, False)]
        length, at = length + len(shown), end
        if length > _MAX_LENGTH:
            break
    return Interpolated("".join([*parts, text[at:]]), tuple(mistakes), starts, origins)


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each block begins and ends, and what stands in it: at least two characters, all on one line.

    Not by a regular expression, which takes quadratic time where thousands of blocks are opened and none is closed.
    """
    closing = line_end = -1
    start = text.find(_OPENING)
    while start >= 0:
        inner = start + len(_OPENING)
        while inner < len(text) and text[inner] in _SPACE:
            inner += 1
        if closing < inner + 2:
            closing = text.find(_CLOSING, inner + 2)
        while closing >= 0 and not text[inner + 1 : closing].strip(_SPACE):
            closing = text.find(_CLOSING, closing + 1)
        if closing < 0:
            return
        if line_end < inner:
            line_end = text.find("\n", inner)
            line_end = len(text) if line_end < 0 else line_end
        if closing <= line_end or not text[line_end:closing].strip(_SPACE):
            end = closing + len(_CLOSING)
            yield start, end, text[inner:closing].rstrip(_SPACE)
            start = text.find(_OPENING, end)
        else:
            start = text.find(_OPENING, inner)


def _filled(start: int, block: str, data: str, context: Context) -> str | Mistake:
    try:
        value = _value(block, data, context)
    except InterpolationError as error:
        return Mistake(start, start + len(block), str(error), error.hint)
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _value(block: str, data: str, context: Context) -> Value:
    access, *functions = [part.strip() for part in data.split("|")]
    if access.split(".")[0] == "matrix":
        return block
    value = _accessed(access, context)
    if len(functions) > MAX_FUNCTIONS:
        raise InterpolationError(f"{len(functions)} functions stand in one interpolation; GitLab takes {MAX_FUNCTIONS}")
    for function in functions:
        value = _applied(function, value)
    return value


def _accessed(access: str, context: Context) -> Value:
    parts = access.split(".", _MAX_ACCESS_PARTS - 1)
    if len(parts) < 2:
        raise InterpolationError(f"'{access}' is no access to an input", "write $[[ inputs.name ]]")
    if len(access.encode("utf-8", "replace")) > _MAX_ACCESS_BYTES:
        raise InterpolationError(f"an interpolation is longer than {_MAX_ACCESS_BYTES} bytes")
    value: object = context
    for part in parts:
        name, indexes = _indexed(part, access) if "[" in part else (part, [])
        if not isinstance(value, Mapping) or name not in value:
            known = [str(key) for key in value] if isinstance(value, Mapping) else []
            raise InterpolationError(f"'{access}' means nothing: there is no '{name}'", name_hint(name, known))
        value = value[name]
        for index in indexes:
            if not isinstance(value, list):
                raise InterpolationError(f"'{access}' asks for item {index} of what is no list")
            if index >= len(value):
                raise InterpolationError(f"'{access}' asks for item {index} of a list with {len(value)} items")
            value = value[index]
    return value  # type: ignore[return-value]  # the context holds values below its two levels


def _indexed(part: str, access: str) -> tuple[str, list[int]]:
    match = _INDEXED.match(part)
    if not match or not match[1]:
        raise InterpolationError(f"'{access}' has no index that can be read", "write $[[ inputs.name[0] ]]")
    indexes = re.findall(r"\d+", match[2])
    if len(indexes) > _MAX_INDEXES or any(len(index) > 9 for index in indexes):
        raise InterpolationError(f"'{access}' has more indexes than the {_MAX_INDEXES} that GitLab takes")
    return match[1], [int(index) for index in indexes]


def _applied(expression: str, value: Value) -> Value:
    for name, pattern, function in _FUNCTIONS:
        if match := pattern.match(expression):
            if not isinstance(value, str):
                raise InterpolationError(f"`{name}` takes a text; this input is none")
            return function(value, match)
    hint = name_hint(re.split(r"\W", expression)[0], [name for name, _, _ in _FUNCTIONS])
    raise InterpolationError(f"there is no function `{expression}`, or not with these arguments", hint)


def _truncated(value: str, match: re.Match[str]) -> Value:
    offset, length = int(match[1][:9]), int(match[2][:9])
    return value[offset : offset + length]


def _escaped(value: str, _: re.Match[str]) -> Value:
    """As a POSIX shell wants it, one backslash per character, which is how GitLab escapes."""
    return re.sub(r"([^A-Za-z0-9_\-.,:+/@\n])", r"\\\1", value).replace("\n", "'\n'") or "''"


def _unchanged(value: str, _: re.Match[str]) -> Value:
    """Variables stay as they are: their values are not known before the pipeline is made."""
    return value


def _split(value: str, match: re.Match[str]) -> Value:
    if not match[1]:
        raise InterpolationError("`split` needs a separator")
    return list(_words(value.split(match[1])))


def _words(parts: list[str]) -> Iterator[str]:
    return (part.strip() for part in parts if part.strip())


_Function = Callable[[str, "re.Match[str]"], Value]
_FUNCTIONS: tuple[tuple[str, re.Pattern[str], _Function], ...] = (
    ("expand_vars", re.compile(r"expand_vars\Z"), _unchanged),
    ("truncate", re.compile(r"truncate\(\s*(\d+)\s*,\s*(\d+)\s*\)?\Z", re.ASCII), _truncated),
    ("posix_escape", re.compile(r"posix_escape\Z"), _escaped),
    ("split", re.compile(r"split\('([^']*)'\)\Z"), _split),
)
