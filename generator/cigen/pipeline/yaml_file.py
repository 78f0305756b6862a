"""A YAML text as nodes: read by libyaml, the parser under GitLab's own, and understood as Psych understands it.

The parser's events are taken one by one, without recursion, so that no depth of nesting and no number of aliases takes
more than bounded time: an alias shares the node it points to, and what it would unfold to is only counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Mapping, Node, Place, Plain, Reference, Scalar, Sequence
from cigen.pipeline.plain_scalar import RefusedScalarError, plain_value
from cigen.pipeline.yaml_fault import YamlRefusedError, refused_tag, syntax_fault
from cigen.pipeline.yaml_nodes import mapping_of, reference_of, tagged_value

MAX_DEPTH = 100
"""GitLab's default for how deep YAML may nest."""
MAX_MEMORY = 2 * 1024 * 1024
"""GitLab's default for what one file may take in its memory, once unfolded."""
_MAX_UNFOLDED = 16 * MAX_MEMORY
"""From here on not even we go on."""

_MAX_EVENTS = 500_000
"""Keys, values, begins and ends; reading on would take longer than anyone waits."""
_SLOTS = (40, 80, 160, 320, 640)
"""The sizes in which Ruby keeps small objects; 24 bytes of each and the end of the text are its own."""
_MAPPING_MEMORY, _LIST_MEMORY = 160, 40

Locate = Callable[[int, int], tuple[int, int]]
"""From a line and column of the text that was parsed to those of the file."""


@dataclass(frozen=True, slots=True)
class Document:
    """The first document of a text; a text without one has no root."""

    root: Node | None
    faults: tuple[Fault, ...] = ()


def read_document(path: str, text: str, locate: Locate | None = None) -> Document:
    """What Psych makes of a text: its first document, and what is wrong with it."""
    reader = _Reader(path, locate)
    try:
        root = reader.read(CParser(text))
    except YamlRefusedError as error:
        return Document(None, (error.fault,))
    except UnicodeEncodeError:
        message = "the text has a character that UTF-8 cannot carry (half of a surrogate pair)"
        return Document(None, (Fault(FaultKind.YAML_SYNTAX, Place(path, 0, 0, 0, 0), message),))
    except yaml.YAMLError as error:
        return Document(None, (syntax_fault(path, text, error, locate),))
    return Document(root, tuple(reader.faults))


class _Open:
    """A list or mapping whose end has not been read yet; of a mapping, items has its keys and values in turn."""

    __slots__ = ("aliases", "height", "items", "memory", "start")

    def __init__(self, start: MappingStartEvent | SequenceStartEvent) -> None:
        self.start = start
        self.items: list[Node] = []
        self.aliases: set[int] | None = None
        """Which of the items came through an alias."""
        self.memory = 0
        self.height = 1
        """How deep it nests, itself counted."""

    @property
    def is_merge(self) -> bool:
        """Whether what comes next is merged into this mapping, by `<<`."""
        items = self.items
        if len(items) % 2 == 0 or type(self.start) is not MappingStartEvent:
            return False
        key = items[-1]
        return isinstance(key, Scalar) and key.value == "<<"


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for, and how much that is."""

    node: Node
    memory: int
    height: int


class _Reader:
    """Turns the events of one document into nodes."""

    def __init__(self, path: str, locate: Locate | None) -> None:
        self.path = path
        self.locate = locate
        self.faults: list[Fault] = []
        self.anchors: dict[str, _Anchored | None] = {}
        """None stands for one whose node is still open."""
        self.stack: list[_Open] = []

    def read(self, parser: CParser) -> Node | None:
        """The root of the first document; what comes behind it is not looked at, as Psych does not."""
        root: Node | None = None
        path, stack, is_plain_path = self.path, self.stack, self.locate is None
        for _ in range(_MAX_EVENTS):
            event: Any = parser.get_event()
            kind = type(event)
            if kind is ScalarEvent:
                text = event.value
                if event.tag or event.anchor or not stack or not is_plain_path:
                    scalar = self._scalar(event)
                    root = self._add(scalar, event.anchor, _text_memory(len(text)), 0)
                    continue
                first, last = event.start_mark, event.end_mark
                place = Place(path, first.line, first.column, last.line, last.column)
                value = text if event.style else self._plain(text, place)
                parent = stack[-1]
                parent.items.append(Scalar(value, place, text, bool(event.style)))
                if value.__class__ is str:
                    parent.memory += 40 if len(text) < 16 else _text_memory(len(text))
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                root = self._close(event)
            elif kind is AliasEvent:
                root = self._alias(event)
            elif kind is DocumentEndEvent or kind is StreamEndEvent or event is None:
                return root
        message = f"the file has more than {_MAX_EVENTS:,} values; GitLab refuses far smaller ones"
        raise YamlRefusedError(Fault(FaultKind.FILE_TOO_LARGE, Place(path, 0, 0, 0, 0), message))

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        if event.anchor:
            self.anchors[event.anchor] = None
        if len(self.stack) >= MAX_DEPTH:
            message = f"the YAML nests deeper than {MAX_DEPTH} levels"
            raise YamlRefusedError(Fault(FaultKind.FILE_TOO_LARGE, self._place(event, event), message))
        self.stack.append(_Open(event))

    def _close(self, event: MappingEndEvent | SequenceEndEvent) -> Node:
        done = self.stack.pop()
        node = self._mapping(done, event) if type(done.start) is MappingStartEvent else self._sequence(done, event)
        own = _MAPPING_MEMORY if type(done.start) is MappingStartEvent else _LIST_MEMORY
        return self._add(node, done.start.anchor, done.memory + own, done.height)

    def _alias(self, event: AliasEvent) -> Node:
        place = self._place(event, event)
        if event.anchor not in self.anchors:
            message = f"no anchor '&{event.anchor}' stands above this alias"
            hint = "anchors do not reach across files or documents: use `!reference` or `extends` for that"
            raise YamlRefusedError(Fault(FaultKind.ANCHOR_UNDEFINED, place, message, hint))
        anchored = self.anchors[event.anchor]
        if anchored is None:
            message = f"the alias '*{event.anchor}' stands inside of what it points to"
            raise YamlRefusedError(Fault(FaultKind.FILE_TOO_LARGE, place, message))
        if self.stack:
            parent = self.stack[-1]
            parent.aliases = {*(parent.aliases or ()), len(parent.items)}
        return self._add(anchored.node, None, anchored.memory, anchored.height)

    def _add(self, node: Node, anchor: str | None, memory: int, height: int) -> Node:
        if anchor:
            self.anchors[anchor] = _Anchored(node, memory, height)
        if self.stack:
            parent = self.stack[-1]
            if parent.is_merge:
                height -= 1 if isinstance(node, Mapping) else 2
                memory = max(0, memory - _MAPPING_MEMORY - 40)
            parent.items.append(node)
            parent.memory += memory
            if height >= parent.height:
                parent.height = height + 1
        if memory > MAX_MEMORY or height > MAX_DEPTH:
            self._refuse_size(node, memory, height)
        return node

    def _refuse_size(self, node: Node, memory: int, height: int) -> None:
        message = (
            f"the YAML nests deeper than {MAX_DEPTH} levels, its aliases unfolded"
            if height > MAX_DEPTH
            else f"the YAML takes more than {MAX_MEMORY // 1024 // 1024} MB in GitLab's memory, its aliases unfolded"
        )
        hint = "split the file with `include`, or raise `max_yaml_size_bytes` in GitLab's settings"
        fault = Fault(FaultKind.FILE_TOO_LARGE, node.place, message, "" if height > MAX_DEPTH else hint)
        if height > MAX_DEPTH or memory > _MAX_UNFOLDED:
            raise YamlRefusedError(fault)
        if not self.faults:
            self.faults.append(fault)

    def _place(self, start: Event, end: Event) -> Place:
        first, last = start.start_mark, end.end_mark
        if first is None or last is None:
            return Place(self.path, 0, 0, 0, 0)
        if self.locate is None:
            return Place(self.path, first.line, first.column, last.line, last.column)
        return Place(self.path, *self.locate(first.line, first.column), *self.locate(last.line, last.column))

    def _scalar(self, event: ScalarEvent) -> Scalar | Reference:
        text, place = event.value, self._place(event, event)
        tag = event.tag
        if tag:
            if tag == "!reference":
                return Reference((), place, f"it stands before the text {text!r}, not before a list")
            return Scalar(self._tagged(tag, text, place), text=text, place=place, is_quoted=bool(event.style))
        if event.style:
            return Scalar(text, place, text, True)
        return Scalar(self._plain(text, place), place, text)

    def _plain(self, text: str, place: Place) -> Plain:
        try:
            return plain_value(text)
        except RefusedScalarError as error:
            what = "a date" if str(error) == "Date" else "a time"
            message = f"YAML reads {text} as {what}, which GitLab does not take"
            raise YamlRefusedError(
                Fault(FaultKind.YAML_SYNTAX, place, message, f'put it in quotes: "{text}"')
            ) from error

    def _tagged(self, tag: str, text: str, place: Place) -> Plain:
        if reason := refused_tag(tag):
            raise YamlRefusedError(Fault(FaultKind.YAML_SYNTAX, place, reason, "remove the tag"))
        return tagged_value(tag, text, lambda: self._plain(text, place))

    def _sequence(self, done: _Open, end: Event) -> Node:
        place, tag = self._place(done.start, end), done.start.tag
        if tag == "!reference":
            return reference_of(done.items, place)
        if tag and (reason := refused_tag(tag)):
            raise YamlRefusedError(Fault(FaultKind.YAML_SYNTAX, place, reason, "remove the tag"))
        return Sequence(tuple(done.items), place)

    def _mapping(self, done: _Open, end: Event) -> Node:
        place, tag = self._place(done.start, end), done.start.tag
        if tag == "!reference":
            return Reference((), place, "it stands before a mapping, not before a list")
        if tag and (reason := refused_tag(tag)):
            raise YamlRefusedError(Fault(FaultKind.YAML_SYNTAX, place, reason, "remove the tag"))
        return mapping_of(done.items, done.aliases or set(), place)


def _text_memory(length: int) -> int:
    """What a text takes in Ruby, which is what GitLab counts."""
    return next((slot for slot in _SLOTS if length + 25 <= slot), length + 41)
