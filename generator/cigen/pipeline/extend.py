"""`extends`: a job over its templates, in GitLab's order, with its limit of depth and its errors."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from cigen.nearest import nearest
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.merge import merged
from cigen.pipeline.node import Entry, Mapping, Node, Place, Scalar, Sequence

MAX_LEVELS = 11
"""How many jobs may stand in a chain above one: GitLab's 10 ancestors and the one they end in."""
_MOST_SHOWN = 12
_MAX_MERGED_KEYS = 3_000_000
"""Far more than any pipeline has; beyond it somebody wants to use up our memory."""


@dataclass(frozen=True, slots=True)
class Base:
    """One name of an `extends` list."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Extended:
    """All top-level keys after `extends`."""

    root: Mapping
    bases: dict[Hashable, tuple[Base, ...]]
    """What each key extends directly, as far as it exists."""
    incomplete: frozenset[Hashable]
    """Keys that lack something: a template that is not there, or a cycle."""
    faults: tuple[Fault, ...]


def extend(root: Mapping, *, is_complete: bool) -> Extended:
    """Each top-level mapping over those it extends; an unknown name is no fault where an include was skipped."""
    work = _Extending(root, is_complete)
    for name, entry in root.entries.items():
        work.result(name)
        if work.heights.get(name, 0) == MAX_LEVELS + 1 and name not in work.circular:
            message = f"'{name}' extends {MAX_LEVELS + 1} jobs in a row; GitLab takes {MAX_LEVELS}"
            work.fault(FaultKind.OVER_LIMIT, _extends_place(entry), message, name)
    entries = {name: Entry(entry.key, work.results.get(name, entry.value)) for name, entry in root.entries.items()}
    extended = replace(root, entries=entries)
    return Extended(extended, work.bases, frozenset(work.incomplete), tuple(work.faults))


@dataclass(slots=True)
class _Extending:
    root: Mapping
    is_complete: bool
    results: dict[Hashable, Mapping] = field(default_factory=dict)
    heights: dict[Hashable, int] = field(default_factory=dict)
    bases: dict[Hashable, tuple[Base, ...]] = field(default_factory=dict)
    incomplete: set[Hashable] = field(default_factory=set)
    circular: set[Hashable] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    merged_keys: int = 0

    def result(self, name: Hashable) -> None:
        """Work out one key and all it extends, without recursion: a chain may be as long as the file."""
        waiting: list[Hashable] = [name]
        on_the_way: dict[Hashable, None] = {}
        while waiting:
            current = waiting[-1]
            value = self.root.entries[current].value
            if current in self.heights or not _extends(value):
                waiting.pop()
                continue
            if current not in on_the_way:
                on_the_way[current] = None
                self.bases[current] = self._known_bases(current, value)
                missing = [base for base in self.bases[current] if self._is_open(base.name)]
                cycle = next((base for base in missing if base.name in on_the_way), None)
                if cycle is not None:
                    self._refuse_cycle(current, cycle, list(on_the_way))
                waiting.extend(base.name for base in missing if base.name not in on_the_way)
                continue
            waiting.pop()
            del on_the_way[current]
            self._finish(current, value)

    def fault(self, kind: FaultKind, place: Place, message: str, job: Hashable, hint: str = "") -> None:
        self.faults.append(Fault(kind, place, message, hint, str(job)))
        self.incomplete.add(job)

    def _is_open(self, name: str) -> bool:
        return name not in self.heights and _extends(self.root.entries[name].value)

    def _finish(self, name: Hashable, value: Node) -> None:
        result = Mapping({}, value.place)
        height = 0
        for base in self.bases[name]:
            under = self.results.get(base.name, self.root.entries[base.name].value)
            if isinstance(under, Mapping) and self._has_room(name, base, len(under.entries)):
                result = merged(result, under)
            height = max(height, self.heights.get(base.name, 0))
            if base.name in self.incomplete:
                self.incomplete.add(name)
        self.heights[name] = height + 1
        if isinstance(value, Mapping):
            self.results[name] = replace(merged(result, value), duplicates=value.duplicates)

    def _has_room(self, name: Hashable, base: Base, keys: int) -> bool:
        self.merged_keys += keys
        if self.merged_keys <= _MAX_MERGED_KEYS:
            return True
        if self.merged_keys - keys <= _MAX_MERGED_KEYS:
            message = f"the jobs extend more than {_MAX_MERGED_KEYS:,} keys; from here on `extends` was not followed"
            self.fault(FaultKind.OVER_LIMIT, base.place, message, name)
        self.incomplete.add(name)
        return False

    def _known_bases(self, name: Hashable, value: Node) -> tuple[Base, ...]:
        known = []
        for base in _names(value):
            entry = self.root.entries.get(base.name)
            if entry is None:
                self._refuse_unknown(name, base)
            elif not isinstance(entry.value, Mapping):
                message = f"'{name}' extends '{base.name}', which is no job: its value is no mapping"
                self.fault(FaultKind.EXTENDS_UNDEFINED, base.place, message, name)
            else:
                known.append(base)
        return tuple(known)

    def _refuse_unknown(self, name: Hashable, base: Base) -> None:
        self.incomplete.add(name)
        if not self.is_complete:
            return
        meant = nearest(base.name, self._others(name))
        hint = f"did you mean '{meant}'?" if meant else ""
        message = f"'{name}' extends '{base.name}', which is not defined"
        self.fault(FaultKind.EXTENDS_UNDEFINED, base.place, message, name, hint)

    def _others(self, name: Hashable) -> list[str]:
        """The names that could have been meant: jobs other than the one itself."""
        entries = self.root.entries.items()
        return [
            key for key, entry in entries if isinstance(key, str) and isinstance(entry.value, Mapping) and key != name
        ]

    def _refuse_cycle(self, name: Hashable, base: Base, on_the_way: list[Hashable]) -> None:
        cycle = [str(key) for key in on_the_way[on_the_way.index(base.name) :]]
        shown = cycle if len(cycle) <= _MOST_SHOWN else [*cycle[: _MOST_SHOWN - 1], "…"]
        message = f"'{name}' extends itself: {' → '.join([*shown, base.name])}"
        self.fault(FaultKind.EXTENDS_CYCLE, base.place, message, name)
        self.bases[name] = tuple(other for other in self.bases[name] if other is not base)
        self.circular.update(cycle)


def _extends(value: Node) -> bool:
    return isinstance(value, Mapping) and "extends" in value.entries


def _extends_place(entry: Entry) -> Place:
    value = entry.value
    return value.entries["extends"].key.place if isinstance(value, Mapping) else value.place


def _names(value: Node) -> list[Base]:
    """The names in `extends`: what is no text is turned into one, as GitLab does, and then is not found."""
    extends = value.get("extends") if isinstance(value, Mapping) else None
    match extends:
        case None:
            return []
        case Scalar(value=None):
            return []
        case Sequence():
            return [_base(item) for item in extends.items]
        case _:
            return [_base(extends)]


def _base(node: Node) -> Base:
    if isinstance(node, Scalar):
        value = node.value
        text = value if isinstance(value, str) else node.text
        return Base(str(text), node.place)
    return Base(f"({type(node).__name__.lower()})", node.place)
