"""`!reference`: what it points to, put in its place, with GitLab's errors."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from cigen.nearest import nearest
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Entry, Mapping, Node, Place, Reference, Scalar, Sequence

_MAX_NODES = 2_000_000
"""What all references may unfold to; beyond it somebody wants to use up our memory."""
_MAX_WRITTEN = 2_000_000
"""What all jobs may come to, templates written out in each; whoever walks over them has to end."""
_MAX_DEPTH = 220
"""Lists, mappings and references inside of each other, so that Python's own stack is never the limit."""


def resolve_references(root: Mapping, *, is_complete: bool) -> tuple[Mapping, frozenset[Hashable], tuple[Fault, ...]]:
    """The configuration without references, the top-level keys where one failed, and why."""
    work = _Resolving(root, is_complete)
    entries: dict[Hashable, Entry] = {}
    incomplete: set[Hashable] = set()
    for name, entry in root.entries.items():
        work.job = name
        result = work.whole(entry.value)
        entries[name] = entry if result.node is entry.value else Entry(entry.key, result.node)
        if not result.is_whole:
            incomplete.add(name)
    return Mapping(entries, root.place, root.duplicates), frozenset(incomplete), tuple(work.faults.values())


@dataclass(frozen=True, slots=True)
class _Result:
    """A node without references, how many nodes that is when written out, and whether every reference was found."""

    node: Node
    size: int = 1
    is_whole: bool = True


@dataclass(slots=True)
class _Resolving:
    root: Mapping
    is_complete: bool
    job: Hashable = ""
    depth: int = 0
    in_progress: list[tuple[str, ...]] = field(default_factory=list)
    done: dict[tuple[str, ...], _Result] = field(default_factory=dict)
    kept: dict[int, tuple[Node, _Result]] = field(default_factory=dict)
    """What a node became, by its identity; the node itself is kept so that its identity is not given away."""
    faults: dict[tuple[Place, str], Fault] = field(default_factory=dict)
    unfolded: int = 0
    written: int = 0

    def whole(self, node: Node) -> _Result:
        """A top-level value without references; once there are too many of them, nothing."""
        result = self.result(node)
        self.written += result.size
        if self.written <= _MAX_WRITTEN:
            return result
        message = f"written out, the pipeline has more than {_MAX_WRITTEN:,} values"
        fault = Fault(
            FaultKind.OVER_LIMIT, node.place, f"{message}; from here on jobs were left empty", job=str(self.job)
        )
        self.faults.setdefault((self.root.place, message), fault)
        return _Result(Mapping({}, node.place), is_whole=False)

    def result(self, node: Node) -> _Result:
        """What a node is without references."""
        if isinstance(node, Scalar):
            return _Result(node)
        if isinstance(node, Reference):
            return self._reference(node)
        found = self.kept.get(id(node))
        if found is not None:
            return found[1]
        if self.depth >= _MAX_DEPTH:
            return self._too_much(node.place, f"references and lists nest deeper than {_MAX_DEPTH} levels")
        self.depth += 1
        result = self._mapping(node) if isinstance(node, Mapping) else self._sequence(node)
        self.depth -= 1
        self.kept[id(node)] = (node, result)
        return result

    def _mapping(self, mapping: Mapping) -> _Result:
        size, is_whole, changed = 1 + len(mapping.entries), True, {}
        for name, entry in mapping.entries.items():
            value = entry.value
            if type(value) is Scalar:
                continue
            below = self.result(value)
            size += below.size
            is_whole = is_whole and below.is_whole
            if below.node is not value:
                changed[name] = Entry(entry.key, below.node)
        if not changed:
            return _Result(mapping, size, is_whole)
        return _Result(Mapping({**mapping.entries, **changed}, mapping.place, mapping.duplicates), size, is_whole)

    def _sequence(self, sequence: Sequence) -> _Result:
        size, is_whole, changed = 1 + len(sequence.items), True, {}
        for index, item in enumerate(sequence.items):
            if type(item) is Scalar:
                continue
            below = self.result(item)
            size += below.size
            is_whole = is_whole and below.is_whole
            if below.node is not item:
                changed[index] = below.node
        if not changed:
            return _Result(sequence, size, is_whole)
        items = tuple(changed.get(index, item) for index, item in enumerate(sequence.items))
        return _Result(Sequence(items, sequence.place), size, is_whole)

    def _reference(self, reference: Reference) -> _Result:
        path = reference.path
        if reference.problem:
            return self._refuse(reference, f"this `!reference` cannot be one: {reference.problem}")
        if path in self.in_progress:
            chain = [*self.in_progress[self.in_progress.index(path) :][:12], path]
            return self._refuse(reference, f"`!reference` goes in a circle: {' → '.join(map(_shown, chain))}")
        if path not in self.done:
            target = self._target(reference)
            if isinstance(target, _Result):
                return target
            if self.depth >= _MAX_DEPTH:
                return self._too_much(reference.place, f"references nest deeper than {_MAX_DEPTH} levels")
            self.in_progress.append(path)
            self.depth += 1
            self.done[path] = self.result(target)
            self.depth -= 1
            self.in_progress.pop()
        result = self.done[path]
        self.unfolded += result.size
        if self.unfolded > _MAX_NODES:
            return self._too_much(reference.place, f"the references unfold to more than {_MAX_NODES:,} values")
        return result

    def _target(self, reference: Reference) -> "Node | _Result":
        """What stands at the path; null and false count as not there, as for GitLab."""
        at: Node = self.root
        for depth, name in enumerate(reference.path):
            below = at.get(name) if isinstance(at, Mapping) else None
            if below is None:
                return self._refuse_missing(reference, depth, at)
            at = below
        if isinstance(at, Scalar) and (at.value is None or at.value is False):
            word = "null" if at.value is None else "false"
            return self._refuse(reference, f"{_shown(reference.path)} is {word}, which GitLab takes for not there")
        return at

    def _refuse_missing(self, reference: Reference, depth: int, at: Node) -> _Result:
        if not self.is_complete:
            return _Result(Scalar(None, reference.place), is_whole=False)
        name, way = reference.path[depth], ".".join(reference.path[:depth])
        where = f"'{way}' has no '{name}'" if depth else f"there is no '{name}'"
        if isinstance(at, Reference):
            where = f"'{way}' is itself a reference, which GitLab does not look into"
        meant = nearest(name, [str(key) for key in at.entries]) if isinstance(at, Mapping) else None
        hint = f"did you mean '{meant}'?" if meant else ""
        return self._refuse(reference, f"{_shown(reference.path)} could not be found: {where}", hint)

    def _refuse(self, reference: Reference, message: str, hint: str = "") -> _Result:
        fault = Fault(FaultKind.REFERENCE_UNDEFINED, reference.place, message, hint, str(self.job))
        self.faults.setdefault((reference.place, message), fault)
        return _Result(Scalar(None, reference.place), is_whole=False)

    def _too_much(self, place: Place, message: str) -> _Result:
        fault = Fault(FaultKind.OVER_LIMIT, place, f"{message}; from here on they were not followed", job=str(self.job))
        self.faults.setdefault((self.root.place, message), fault)
        return _Result(Scalar(None, place), is_whole=False)


def flattened(node: Node | None) -> Iterable[Node]:
    """The items of a list and of the lists in it, as GitLab flattens script, rules and stages after `!reference`."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from flattened(item)
    elif node is not None:
        yield node


def _shown(path: Iterable[str]) -> str:
    return f"!reference [{', '.join(path)}]"
