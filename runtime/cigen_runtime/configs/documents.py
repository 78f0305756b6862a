"""A config file as a tree that remembers the line of every key, and every value as it was written.

No value becomes a Python value on the way: `1.10` would become 1.1, and what `no` means depends on the reader. YAML is
read as YAML 1.2, in which `no` is a text, by ruamel.yaml; PyYAML knows 1.1 alone, and calls the country `no` false.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from cigen_runtime.contract.config_layers import YAML_ENDINGS
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError

DEPTH_LIMIT = 100
NODES_LIMIT = 100_000
"""More than any config has, less than what a few nested aliases can stand for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was written."""

    place: Place
    type: str
    """str, int, float, bool, null or timestamp."""
    text: str
    """A text without its quotes, anything else as it stands in the file."""
    style: str | None = None
    """The kind of quotes, in YAML."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: tuple["Node", ...]
    in_a_row: bool = False
    """Whether it stands in brackets, in YAML."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping, how it is quoted in YAML, and its value."""

    place: Place
    style: str | None
    value: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in the order of the file."""

    place: Place
    entries: dict[str, Entry]
    in_a_row: bool = False


Node = Scalar | Items | Table


def merges(path: str) -> bool:
    """Whether files of this name are merged key by key; any other is taken whole."""
    return PurePosixPath(path).suffix in {".json", *YAML_ENDINGS}


def parse(path: str, content: bytes) -> Node | None:
    """The tree of a JSON or YAML file, None where it holds nothing; raises ConfigurationError with the line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong(Place(path, content[: error.start].count(b"\n") + 1), "it is not UTF-8 text") from None
    if PurePosixPath(path).suffix == ".json":
        return _Json(path, text).document()
    return _Yaml(path).document(text)


def wrong(place: Place, what: str, remedy: str = "Correct the file.") -> ConfigurationError:
    """The error for a place in a config file."""
    return ConfigurationError(f"{place}: {what}", remedy=remedy, branch=Branch.S3)


def _add(entries: dict[str, Entry], key: str, entry: Entry) -> None:
    if key in entries:
        raise wrong(entry.place, f"{key!r} stands twice, first in line {entries[key].place.line}", "Leave one of them.")
    entries[key] = entry


_TOKEN = re.compile(
    r"[ \t\r\n]*(?:(?P<mark>[{}\[\],:])|(?P<quote>\")"
    r"|(?P<float>-?(?:0|[1-9]\d*)(?:\.\d+[eE][-+]?\d+|\.\d+|[eE][-+]?\d+))|(?P<int>-?(?:0|[1-9]\d*))"
    r"|(?P<bool>true\b|false\b)|(?P<null>null\b))"
)


class _Json:
    """JSON as RFC 8259 has it, which Python's own parser reads without saying where anything stands."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        """Up to where the lines are counted: counting from the start each time would take the square of the time."""

    def document(self) -> Node | None:
        if not self._text.strip():
            return None
        node = self._node(*self._next(), depth=0)
        if self._text[self._at :].strip(" \t\r\n"):
            raise self._unexpected("the end of the file")
        return node

    def _next(self) -> tuple[str, str, Place]:
        """The kind of the next token, its text, and its place."""
        found = _TOKEN.match(self._text, self._at)
        if not found:
            raise self._unexpected("a value")
        kind = str(found.lastgroup)
        place = self._place(found.start(kind))
        self._at = found.end()
        if kind != "quote":
            return kind, found[kind], place
        try:
            text, self._at = json.JSONDecoder().raw_decode(self._text, self._at - 1)
            text.encode()
        except json.JSONDecodeError as error:
            raise wrong(place, f"it is not JSON: {error.msg}") from None
        except UnicodeEncodeError:
            raise wrong(place, "it holds half a character: a surrogate without its other half") from None
        return "str", text, place

    def _node(self, kind: str, text: str, place: Place, depth: int) -> Node:
        if depth > DEPTH_LIMIT:
            raise wrong(place, f"it is nested deeper than {DEPTH_LIMIT} levels")
        match kind, text:
            case "mark", "{":
                return Table(place, self._entries(depth))
            case "mark", "[":
                return Items(place, tuple(self._items(depth)))
            case "mark", _:
                raise wrong(place, f"it is not JSON: a value is expected, not {text!r}")
        return Scalar(place, kind, text)

    def _entries(self, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while True:
            kind, key, place = self._next()
            if (kind, key) == ("mark", "}") and not entries:
                return entries
            if kind != "str":
                raise wrong(place, f"it is not JSON: a key in quotes is expected, not {key!r}")
            self._expect(":")
            _add(entries, key, Entry(place, None, self._node(*self._next(), depth + 1)))
            if self._expect(",", "}") == "}":
                return entries

    def _items(self, depth: int) -> Iterator[Node]:
        kind, text, place = self._next()
        if (kind, text) == ("mark", "]"):
            return
        yield self._node(kind, text, place, depth + 1)
        while self._expect(",", "]") == ",":
            yield self._node(*self._next(), depth + 1)

    def _expect(self, *marks: str) -> str:
        kind, text, place = self._next()
        if kind != "mark" or text not in marks:
            raise wrong(place, f"it is not JSON: {' or '.join(map(repr, marks))} is expected, not {text!r}")
        return text

    def _place(self, offset: int) -> Place:
        self._line += self._text.count("\n", self._counted, offset)
        self._counted = offset
        return Place(self._path, self._line)

    def _unexpected(self, expected: str) -> ConfigurationError:
        rest = self._text[self._at :].lstrip(" \t\r\n")
        place = self._place(len(self._text) - len(rest))
        if not rest:
            return wrong(place, "it is not JSON: the file ends before it is complete")
        return wrong(place, f"it is not JSON: {expected} is expected, not {rest.split(maxsplit=1)[0][:20]!r}")


class _Yaml:
    """YAML 1.2 without what would make a merge ambiguous: own tags, keys that are no texts, several documents."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._left = NODES_LIMIT

    def document(self, text: str) -> Node | None:
        from ruamel.yaml import YAML  # imported where YAML is read: most commands read none
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        if text.startswith("%"):
            raise wrong(Place(self._path, 1), "a YAML directive", "Take it out: every file is read as YAML 1.2.")
        try:
            root = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Place(self._path, mark.line + 1 if mark else 1)
            raise wrong(place, f"it is not YAML: {error.problem or error.context}") from None
        except (YAMLError, RecursionError, ValueError) as error:
            raise wrong(Place(self._path, 1), f"it is not YAML: {type(error).__name__}") from None
        return None if root is None else self._node(root, 0)

    def _node(self, node: object, depth: int) -> Node:
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        if not isinstance(node, (MappingNode, ScalarNode, SequenceNode)):
            raise TypeError(f"ruamel.yaml composed a {type(node).__name__}")
        place = Place(self._path, node.start_mark.line + 1)
        self._left -= 1
        if depth > DEPTH_LIMIT or self._left < 0:
            raise wrong(place, "it is nested too deeply, or its aliases stand for too much")
        kind = str(node.tag).removeprefix("tag:yaml.org,2002:")
        match kind, node:
            case "map", MappingNode():
                return Table(place, self._entries(node, depth), bool(node.flow_style))
            case "seq", SequenceNode():
                return Items(place, tuple(self._node(item, depth + 1) for item in node.value), bool(node.flow_style))
            case (("str" | "int" | "float" | "bool" | "null" | "timestamp"), ScalarNode()):
                if kind == "float" and re.fullmatch(r"[-+]?\.(nan|inf)", node.value, re.IGNORECASE):
                    raise wrong(place, f"{node.value} is no number that a config can hold")
                return Scalar(place, kind, node.value, node.style)
        raise wrong(place, f"the tag {node.tag}", "Write the value without a tag.")

    def _entries(self, node: object, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        inherited: list[Node] = []
        for key, value in getattr(node, "value", ()):
            place = Place(self._path, key.start_mark.line + 1)
            match str(key.tag).removeprefix("tag:yaml.org,2002:"):
                case "str":
                    _add(entries, key.value, Entry(place, key.style, self._node(value, depth + 1)))
                case "merge":
                    found = self._node(value, depth + 1)
                    inherited += found.items if isinstance(found, Items) else [found]
                case _:
                    shown = repr(key.value) if isinstance(key.value, str) else "a list or a mapping"
                    raise wrong(place, f"the key {shown} is no text", "Put it in quotes.")
        for table in inherited:
            if not isinstance(table, Table):
                raise wrong(table.place, "'<<' stands before what is no mapping")
            entries = {**table.entries, **entries}
        return entries
