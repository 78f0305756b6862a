"""A YAML file as plain values, with the place of every key and every value."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from cigen.errors import ConfigError, Problem

Location = tuple[str | int, ...]
"""The way from the top of the file to a value: keys, and positions in lists."""

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]

_TAG: Final = "tag:yaml.org,2002:"
_TRUE: Final = ("true", "True", "TRUE")


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """What stands in the file, and where."""

    path: str
    lines: list[str]
    value: Plain = None
    keys: dict[Location, Place] = field(default_factory=dict)
    values: dict[Location, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with the file as YAML, such as a key that stands there twice."""

    def at(self, location: Location) -> Plain:
        """The value at a location; None where there is none."""
        value = self.value
        for step in location:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def key_place(self, location: Location) -> Place:
        """Where the key of a value stands, or the nearest enclosing one that the file has."""
        for length in range(len(location), 0, -1):
            for places in (self.keys, self.values):
                if location[:length] in places:
                    return places[location[:length]]
        return self.values.get((), Place(1, 1))

    def value_place(self, location: Location) -> Place:
        """Where a value stands."""
        return self.values.get(location) or self.key_place(location)

    def problem(self, place: Place, message: str, hint: str = "") -> Problem:
        """A problem at a place of this file, with its line."""
        source = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        return Problem(self.path, place.line, place.column, message, hint, source)


def parse(path: str, text: str) -> Document:
    """The document in a text; raises when the text is not YAML at all."""
    document = Document(path, text.splitlines())
    try:
        root = YAML(typ="rt").compose(text)
    except (MarkedYAMLError, ReaderError) as error:
        raise ConfigError([_syntax_problem(document, text, error)]) from error
    except (YAMLError, RecursionError) as error:
        raise ConfigError([Problem(path, 0, 0, f"not YAML: {error}")]) from error
    if root is not None:
        document.value = _Reader(document).plain(root, (), ())
    return document


class _Reader:
    """Turns nodes into plain values and writes down where they stand."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def plain(self, node: Node, location: Location, above: tuple[Node, ...]) -> Plain:
        place = self._place_of_value(node, location)
        self.document.values[location] = place
        if any(node is other for other in above):
            self._report(place, "a value that contains itself")
            return None
        match node:
            case MappingNode():
                return self._mapping(node, location, (*above, node))
            case SequenceNode():
                return [self.plain(child, (*location, index), (*above, node)) for index, child in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node, place)
            case _:
                return None

    def _place_of_value(self, node: Node, location: Location) -> Place:
        """Where the value stands; the parser puts a value that is left out in the next line, we at its key."""
        is_left_out = isinstance(node, ScalarNode) and not node.value and not node.style
        return self.document.keys.get(location, _place(node)) if is_left_out else _place(node)

    def _mapping(self, node: MappingNode, location: Location, above: tuple[Node, ...]) -> dict[str, Plain]:
        result: dict[str, Plain] = {}
        merged: list[Node] = []
        first: dict[str, Place] = {}
        for key, child in node.value:
            if str(key.tag) == f"{_TAG}merge":
                merged.append(child)
                continue
            name = self._key(key)
            if name is None:
                continue
            if name in first:
                self._report(_place(key), f"duplicate key '{name}'", f"it stands in line {first[name].line} already")
                continue
            first[name] = self.document.keys[(*location, name)] = _place(key)
            result[name] = self.plain(child, (*location, name), above)
        for name, key, child in _merged_entries(merged):
            if name not in result:
                self.document.keys[(*location, name)] = _place(key)
                result[name] = self.plain(child, (*location, name), above)
        return result

    def _key(self, key: Node) -> str | None:
        if not isinstance(key, ScalarNode):
            self._report(_place(key), "a key must be a text")
            return None
        if str(key.tag) != f"{_TAG}str":
            self._report(_place(key), f"the key {key.value or 'null'} is not a text", f'write "{key.value}", in quotes')
        return str(key.value)

    def _scalar(self, node: ScalarNode, place: Place) -> Plain:
        tag, text = str(node.tag), str(node.value)
        match tag.removeprefix(_TAG):
            case "str" | "timestamp":
                return text
            case "int":
                return _integer(text)
            case "float":
                return _float(text)
            case "bool":
                return text in _TRUE
            case "null":
                return None
            case _:
                self._report(place, f"the tag {tag} has no meaning here")
                return text

    def _report(self, place: Place, message: str, hint: str = "") -> None:
        self.document.problems.append(self.document.problem(place, message, hint))


def _merged_entries(merged: list[Node]) -> Iterator[tuple[str, Node, Node]]:
    """The entries that `<<` brings in; the first of several wins."""
    for node in merged:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        for source in sources:
            if isinstance(source, MappingNode):
                yield from ((str(key.value), key, child) for key, child in source.value)


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _integer(text: str) -> int | str:
    digits = text.replace("_", "")
    try:
        return int(digits, 0) if digits.lstrip("+-").lower().startswith(("0x", "0o", "0b")) else int(digits)
    except ValueError:
        return text


def _float(text: str) -> float | str:
    try:
        return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text


def _syntax_problem(document: Document, text: str, error: MarkedYAMLError | ReaderError) -> Problem:
    if isinstance(error, ReaderError):
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        return document.problem(place, f"the character #x{_code(error):04x} may not stand in a YAML file")
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Problem(document.path, 0, 0, f"not YAML: {error.problem or error.context}")
    place = Place(mark.line + 1, mark.column + 1)
    if "'\\t'" in str(error.problem) or "\t" in document.lines[mark.line : mark.line + 1][:1]:
        return document.problem(place, "a tab where only spaces may stand", "indent with spaces")
    if "expected a single document" in str(error.context):
        return document.problem(place, "a second document starts here", "keep one: remove the line '---'")
    while place.line > len(document.lines) and place.line > 1:
        place = Place(place.line - 1, 1)
    return document.problem(place, f"not YAML: {error.problem}", str(error.context or ""))


def _code(error: ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character)
