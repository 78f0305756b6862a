"""Changes a YAML text where a person would: everything around the change stays as it is, byte for byte.

The parser says where each value stands; what is put in follows the style of what stands beside it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from cigen.config.document import Location
from cigen.errors import WorkError

Value = str | Sequence["Value"] | Mapping[str, "Value"]
"""What can be put in: texts, in lists and mappings."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_NOT_PLAIN = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True, slots=True)
class _Child:
    """One entry of a list or mapping: where it begins and where it ends."""

    start: int
    end: int
    node: Node


class YamlEdit:
    """The text of one YAML file, and the changes to it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._changes: list[tuple[int, int, str]] = []
        self._root: Node = YAML(typ="rt").compose(text)

    def put(self, location: Location, key: str, value: Value) -> None:
        """Add a key at the end of a mapping."""
        mapping = self._node(location)
        if not isinstance(mapping, MappingNode):
            raise _cannot_edit(location)
        children = list(self._children(mapping))
        if _is_flow(mapping) or not children:
            self._into_brackets(mapping, children, f"{_inline(key)}: {_inline(value)}")
            return
        last = children[-1]
        indent = self._column(children[0].start)
        lines = [f"{' ' * indent}{_inline(key)}: {_inline(value)}"]
        if isinstance(value, Mapping) and isinstance(last.node, MappingNode) and not _is_flow(last.node):
            inner = self._column(next(self._children(last.node)).start)
            lines = [f"{' ' * indent}{_inline(key)}:"]
            lines += [f"{' ' * inner}{_inline(name)}: {_inline(each)}" for name, each in value.items()]
        self._below(last.end, lines)

    def append(self, location: Location, value: Value) -> None:
        """Add an item at the end of a list."""
        sequence = self._node(location)
        if not isinstance(sequence, SequenceNode):
            raise _cannot_edit(location)
        children = list(self._children(sequence))
        if _is_flow(sequence) or not children:
            self._into_brackets(sequence, children, _inline(value))
            return
        dash = self._text.rindex("-", 0, children[-1].start)
        self._below(children[-1].end, [f"{' ' * self._column(dash)}- {_inline(value)}"])

    def remove(self, location: Location) -> None:
        """Take an entry out of its list or mapping."""
        parent = self._node(location[:-1])
        children = list(self._children(parent))
        index = self._index(parent, location[-1])
        child = children[index]
        start = child.start if isinstance(parent, MappingNode) or _is_flow(parent) else self._dash(child.start)
        line_start, line_end = self._line_start(start), self._line_end(child.end)
        before, after = self._text[line_start:start], self._text[child.end : line_end]
        following = children[index + 1].start if index + 1 < len(children) else None
        if not before.strip() and re.fullmatch(r"\s*,?\s*(#.*)?", after.strip("\r\n")):
            self._change(line_start, line_end, "")
            if _is_flow(parent) and index and following is None and "," not in after.partition("#")[0]:
                self._without_comma(children[index - 1].end)
        elif _is_flow(parent) and index:
            self._change(children[index - 1].end, child.end, "")
        elif following is not None:
            self._change(child.start, following, "")
        elif _is_flow(parent):
            self._change(child.start, child.end, "")
        else:
            raise _cannot_edit(location)

    def _without_comma(self, end: int) -> None:
        """The last entry of a list in brackets has no comma behind it where the one before had none."""
        if comma := re.match(r"\s*,", self._text[end:]):
            self._change(end, end + comma.end(), "")

    def text(self) -> str:
        """The text with all changes made."""
        text = self._text
        for start, end, new in sorted(self._changes, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _node(self, location: Location) -> Node:
        node = self._root
        for step in location:
            found = list(self._children(node))
            node = found[self._index(node, step)].node
        return node

    def _index(self, node: Node, step: str | int) -> int:
        if isinstance(step, int):
            return step
        keys = [str(key.value) for key, _ in node.value] if isinstance(node, MappingNode) else []
        if step not in keys:  # it comes from an anchor
            raise _cannot_edit((step,))
        return keys.index(step)

    def _children(self, node: Node) -> Iterator[_Child]:
        if isinstance(node, MappingNode):
            for key, value in node.value:
                yield _Child(key.start_mark.index, max(key.end_mark.index, self._end(value)), value)
        elif isinstance(node, SequenceNode):
            for item in node.value:
                yield _Child(item.start_mark.index, self._end(item), item)

    def _end(self, node: Node) -> int:
        """Where a value ends; the parser lets those in block style end where the next one begins."""
        if isinstance(node, ScalarNode):
            if not node.value and not node.style:
                return 0  # left out: its key is all there is
            end: int = node.end_mark.index
            return len(self._text[:end].rstrip()) if node.style in {"|", ">"} else end
        if _is_flow(node) or not node.value:
            return int(node.end_mark.index)
        return max(child.end for child in self._children(node))

    def _into_brackets(self, node: Node, children: list[_Child], written: str) -> None:
        closing = int(node.end_mark.index) - 1
        if not children:
            self._change(closing, closing, written)
            return
        last = children[-1]
        rest = self._text[last.end : closing]
        comma = re.match(r"\s*,", rest)
        end = last.end + (comma.end() if comma else 0)
        line = self._text[self._line_start(last.start) : last.start]
        if "\n" in rest and not line.strip():
            if not comma:
                self._change(end, end, ",")
            self._below(end, [f"{line}{written}{',' if comma else ''}"])
        elif comma:
            self._change(end, end, f" {written},")
        else:
            self._change(end, end, f", {written}")

    def _below(self, place: int, lines: list[str]) -> None:
        """Put lines below the line of a place."""
        end = self._line_end(place)
        ended = self._text[:end].endswith("\n")
        new = self._newline.join(lines)
        self._change(end, end, f"{new}{self._newline}" if ended else f"{self._newline}{new}")

    def _change(self, start: int, end: int, new: str) -> None:
        self._changes.append((start, end, new))

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        end = self._text.find("\n", place)
        return len(self._text) if end < 0 else end + 1

    def _column(self, place: int) -> int:
        return place - self._line_start(place)

    def _dash(self, place: int) -> int:
        return self._text.rindex("-", 0, place)


def _is_flow(node: Node) -> bool:
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def _inline(value: Value) -> str:
    match value:
        case str():
            is_plain = _PLAIN.fullmatch(value) and value not in _NOT_PLAIN
            return value if is_plain else json.dumps(value, ensure_ascii=False)
        case Mapping():
            return "{" + ", ".join(f"{_inline(key)}: {_inline(child)}" for key, child in value.items()) + "}"
        case _:
            return "[" + ", ".join(_inline(child) for child in value) + "]"


def _cannot_edit(location: Location) -> WorkError:
    name = ".".join(str(step) for step in location)
    message = f"'{name}' is written in a way that cannot be edited here, such as an anchor"
    return WorkError(message, hint="edit it by hand")
