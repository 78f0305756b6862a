"""The values of a pipeline file, each with the place it was written.

Merging, extending and referencing build new mappings out of old nodes and never change one: a value that a job got from
a template still says where the template has it.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cigen.findings import Span

Plain = None | bool | int | float | str
"""What a scalar may be."""


class Symbol(str):
    """A plain scalar that begins with a colon, `:name`; GitLab's parser reads it as a name and not as a text."""

    __slots__ = ()


class Place(NamedTuple):
    """Where a node begins and ends; lines and columns count from 0, as the parser has them.

    A tuple, not a dataclass: every node of a file has one, and this is twice as fast to make.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def span(self) -> Span:
        """The same for a person, counted from 1."""
        return Span(self.path, self.line + 1, self.column + 1, self.end_line + 1, self.end_column + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A single value."""

    value: Plain
    place: Place
    text: str = ""
    """As it was written, before YAML made a number or a boolean of it."""
    is_quoted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One key of a mapping with its value."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True, eq=False)
class Duplicate:
    """A key that stands twice in a mapping: the value that is lost, and the one that counts."""

    lost: Entry
    counts: Entry


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A mapping; of a key that stands there twice the last counts, as for GitLab."""

    entries: dict[Hashable, Entry]
    place: Place
    duplicates: tuple[Duplicate, ...] = ()
    """Keys that this mapping has twice; empty for one that was merged."""

    def get(self, key: Hashable) -> "Node | None":
        """The value of a key, or None where it is not there."""
        entry = self.entries.get(key)
        return entry.value if entry else None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __contains__(self, key: Hashable) -> bool:
        return key in self.entries


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """`!reference [job, key, …]`, until it is resolved."""

    path: tuple[str, ...]
    place: Place
    problem: str = ""
    """Why it cannot be a reference at all, such as a number in its path."""


Node = Scalar | Sequence | Mapping | Reference


def plain(node: Node) -> object:
    """The node as Python's own values, for comparing and printing."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {entry.key.value: plain(entry.value) for entry in node}
        case Reference():
            return {"!reference": list(node.path)}
