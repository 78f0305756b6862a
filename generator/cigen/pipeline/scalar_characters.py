"""Where each character of a scalar stands in its file, whatever style it is written in."""

import re
from collections.abc import Callable, Iterator

from cigen.pipeline.node import Place, Scalar

Line = Callable[[int], str]
"""One line of the file, counted from 0; empty behind the last."""
Character = tuple[str, int, int]
"""A character of the value, with its line and column; a line break stands where its line ends."""

_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]+)+")
_HEADER = re.compile(r"[|>](?:[+-]?([1-9])?[+-]?)")
_BLANK = " \t"
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


def characters(scalar: Scalar, line: Line) -> tuple[tuple[int, int], ...] | None:
    """The line and column of every character of the value; None where the file does not hold it as it is.

    That is so where a value was filled in, or another node refers to it. What was found is compared with the value.
    """
    if not isinstance(scalar.value, str):
        return None
    found = tuple(_characters(scalar.place, line))
    text = "".join(character for character, _, _ in found)
    if not text.startswith(scalar.value):
        return None
    return tuple((row, column) for _, row, column in found[: len(scalar.value)])


def _characters(place: Place, line: Line) -> Iterator[Character]:
    source = line(place.line)
    properties = _PROPERTIES.match(source, place.column)
    column = properties.end() if properties else place.column
    match source[column : column + 1]:
        case "|" | ">" as style if header := _HEADER.match(source, column):
            yield from _block(place, line, int(header[1] or 0), is_folded=style == ">")
        case '"':
            yield from _folded_lines(_double_quoted, place, line, column + 1)
        case "'":
            yield from _folded_lines(_single_quoted, place, line, column + 1)
        case _:
            yield from _folded_lines(_plain, place, line, column)


def _block(place: Place, line: Line, indicated: int, *, is_folded: bool) -> Iterator[Character]:
    """A literal or folded block: its indentation is that of the first line that has a text, unless it is indicated."""
    end = place.end_line + (1 if place.end_column else 0)
    texts = {row: line(row) for row in range(place.line + 1, end)}
    written = next((text for text in texts.values() if text.strip(" ")), "")
    indent = len(written) - len(written.lstrip(" "))
    if indicated:
        parent = len(line(place.line)) - len(line(place.line).lstrip(" "))
        indent = next((width for width in range(parent + indicated, 0, -1) if written[:width].isspace()), indent)
    before: list[Character] = []
    is_plain_before = False
    has_begun = False
    for row, text in texts.items():
        content = text[indent:]
        is_plain = bool(content) and content[0] not in _BLANK
        if content:
            yield from _joined(before, is_folded=is_folded and is_plain and is_plain_before and has_begun)
            before = []
            yield from ((character, row, indent + at) for at, character in enumerate(content))
            is_plain_before, has_begun = is_plain, True
        before.append(("\n", row, len(text)))
    yield from before


def _joined(breaks: list[Character], *, is_folded: bool) -> Iterator[Character]:
    """What the breaks between two lines become: one is a blank where lines are folded, and of more the first goes."""
    if not is_folded or not breaks:
        yield from breaks
    elif len(breaks) == 1:
        yield (" ", *breaks[0][1:])
    else:
        yield from breaks[1:]


_Part = tuple[str, int, int]
"""One character as it is written: what it means, where it begins in its line, and where it ends."""


def _folded_lines(
    parts: Callable[[str, int], Iterator[_Part]], place: Place, line: Line, column: int
) -> Iterator[Character]:
    """A scalar over several lines, which are folded; blanks around a break do not count."""
    breaks: list[Character] = []
    for row in range(place.line, place.end_line + 1):
        source = line(row)
        end = min(place.end_column, len(source)) if row == place.end_line else len(source)
        start = column if row == place.line else len(source) - len(source.lstrip(_BLANK))
        written = [(text, at) for text, at, stop in parts(source[:end], start) if stop <= end]
        is_escaped_break = bool(written) and written[-1][0] == "\\\n"
        if is_escaped_break:
            written.pop()
        elif row != place.end_line:
            while written and written[-1][0] in _BLANK and source[written[-1][1]] in _BLANK:
                written.pop()
        if written or row == place.end_line or is_escaped_break:
            yield from _joined(breaks, is_folded=True)
            breaks = []
        yield from ((text, row, at) for text, at in written)
        if not is_escaped_break:
            breaks.append(("\n", row, end))


def _plain(source: str, start: int) -> Iterator[_Part]:
    return ((source[at], at, at + 1) for at in range(start, len(source)))


def _single_quoted(source: str, start: int) -> Iterator[_Part]:
    at = start
    while at < len(source):
        if source[at] != "'":
            yield source[at], at, at + 1
            at += 1
        elif source.startswith("''", at):
            yield "'", at, at + 2
            at += 2
        else:
            return


def _double_quoted(source: str, start: int) -> Iterator[_Part]:
    at = start
    while at < len(source) and source[at] != '"':
        if source[at] != "\\":
            yield source[at], at, at + 1
            at += 1
        elif at + 1 == len(source):
            yield "\\\n", at, at + 1
            at += 1
        else:
            text, length = _escaped(source, at)
            yield text, at, at + length
            at += length


def _escaped(source: str, at: int) -> tuple[str, int]:
    letter = source[at + 1]
    digits = _HEX_DIGITS.get(letter, 0)
    code = source[at + 2 : at + 2 + digits]
    if digits and re.fullmatch(r"[0-9A-Fa-f]+", code) and len(code) == digits and int(code, 16) < 0x110000:
        return chr(int(code, 16)), 2 + digits
    return _ESCAPES.get(letter, letter), 2
