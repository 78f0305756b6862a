"""A value judged by its shape: every fault in it, where GitLab stops at the first."""

from collections.abc import Callable, Generator, Iterator
from functools import lru_cache
from typing import Any

from cigen.nearest import name_hint, nearest
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords import scalars
from cigen.pipeline.keywords.shapes import (
    Anything,
    Choice,
    Command,
    Condition,
    Duration,
    Either,
    Fields,
    Flag,
    Kind,
    ListOf,
    MappingOf,
    Pattern,
    Ref,
    Shape,
    Text,
    Value,
    Variants,
    WholeNumber,
)
from cigen.pipeline.keywords.where import Where, described, is_null
from cigen.pipeline.node import Mapping, Node, Reference, Scalar, Sequence


def look(shape: Shape, node: Node, where: Where) -> Iterator[Fault]:
    """Each fault of a value that is there; of a reference that was not resolved others have told."""
    if isinstance(node, Scalar):
        return iter(()) if _plainly_fits(shape, node) else _LOOKS[type(shape)](shape, node, where)
    if isinstance(node, Reference):
        return iter(())
    return _look_inside(shape, node, where)


def look_at_job(shape: Fields, job: Node, where: Where) -> Iterator[Fault]:
    """The same for a whole job, which is judged by its name too: two that are one by an alias are looked at twice."""
    return _fields(shape, job, where)


def _look_inside(shape: Shape, node: Node, where: Where) -> Iterator[Fault]:
    """Jobs share what they extend: a list or mapping that was found fine once is not looked at again."""
    fine = where.fine
    mark = (id(shape), id(node))
    if fine is not None and mark in fine:
        return
    is_fine = True
    for fault in _LOOKS[type(shape)](shape, node, where):
        is_fine = False
        yield fault
    if is_fine and fine is not None:
        fine.add(mark)


def _plainly_fits(shape: Shape, node: Scalar) -> bool:
    """The quick answer for what nearly all values are."""
    value = node.value
    match shape:
        case Text(longest=None, complaint=None):
            return isinstance(value, str) and (shape.is_blank_allowed or bool(value.strip()))
        case Command():
            return isinstance(value, str)
        case Choice():
            return isinstance(value, str) and value in shape.values
        case Flag(only=None):
            return isinstance(value, bool)
        case _:
            return False


def _anything(_shape: Anything, _node: Node, _where: Where) -> Iterator[Fault]:
    return iter(())


def _list(shape: ListOf, node: Node, where: Where) -> Iterator[Fault]:
    if not isinstance(node, Sequence):
        yield _wrong(shape.wanted, node, where)
        return
    if not node.items and not shape.may_be_empty:
        yield where.fault(FaultKind.WRONG_SHAPE, node, "must not be an empty list")
    if len(node.items) < shape.least:
        yield where.fault(FaultKind.WRONG_SHAPE, node, f"must have at least {shape.least} item")
    if shape.most is not None and len(node.items) > shape.most:
        yield where.fault(
            FaultKind.OVER_LIMIT, node.items[shape.most], f"may have {shape.most} items, and has {len(node.items)}"
        )
    yield from _items(shape, node, where, 1)
    for check in shape.checks:
        yield from check(node, where)


def _items(shape: ListOf, node: Sequence, where: Where, level: int) -> Iterator[Fault]:
    for item in node.items:
        if isinstance(item, Sequence) and shape.levels != 1:
            if shape.levels is None or level < shape.levels:
                yield from _items(shape, item, where, level + 1)
            else:
                yield where.fault(
                    FaultKind.OVER_LIMIT, item, f"may have lists in lists {shape.levels} deep, not deeper"
                )
        elif not (shape.may_hold_nothing and is_null(item)):
            yield from look(shape.item, item, where.item)


def _fields(shape: Fields, node: Node, where: Where) -> Iterator[Fault]:
    if not isinstance(node, Mapping):
        yield _wrong(shape.wanted, node, where)
        return
    if not node.entries and not shape.may_be_empty:
        yield where.fault(FaultKind.WRONG_SHAPE, node, "must not be empty")
        return
    if not node.entries and shape.is_nothing_when_empty:
        return
    told = yield from _exclusive(shape, node, where)
    yield from _one_of(shape, node, where)
    yield from _missing(shape, node, where)
    for entry in node.entries.values():
        keyword = shape.by_name.get(entry.key.value)  # type: ignore[arg-type]
        value = entry.value
        if keyword is None:
            if entry.key.value not in told:
                yield _unknown(shape, entry.key, where)
        elif not isinstance(value, Scalar):
            yield from look(keyword.shape, value, where.under(keyword.name))
        elif value.value is None:
            if not keyword.may_be_null:
                yield _wrong(getattr(keyword.shape, "wanted", "a value"), value, where.under(keyword.name))
        elif not _plainly_fits(keyword.shape, value):
            yield from look(keyword.shape, value, where.under(keyword.name))
    for check in shape.checks:
        yield from check(node, where)


def _exclusive(shape: Fields, node: Mapping, where: Where) -> Generator[Fault, None, set[object]]:
    """The keys that exclude each other are told, and returned: they are not told again as unknown."""
    told: set[object] = set()
    for group in shape.exclusive:
        both = [name for name in group if name in node.entries]
        if len(both) > 1:
            told.update(both)
            yield where.fault(
                FaultKind.CONFLICTING_KEYWORDS,
                node.entries[both[1]].key,
                f"has both '{both[0]}' and '{both[1]}', which exclude each other",
            )
    return told


def _missing(shape: Fields, node: Mapping, where: Where) -> Iterator[Fault]:
    for name in shape.required if where.is_complete else ():
        if name not in node.entries:
            unknown = [str(entry.key.value) for entry in node if entry.key.value not in shape.by_name]
            if nearest(name, unknown) is None:  # a misspelt one is told as unknown
                yield where.fault(FaultKind.WRONG_SHAPE, node, f"needs '{name}'")


def _one_of(shape: Fields, node: Mapping, where: Where) -> Iterator[Fault]:
    if not shape.exactly_one:
        return
    present = [name for name in shape.exactly_one if name in node]
    if not present:
        if not where.is_complete:
            return
        yield where.fault(FaultKind.CONFLICTING_KEYWORDS, node, f"needs one of {', '.join(shape.exactly_one)}")
    elif len(present) > 1:
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS,
            node.entries[present[1]].key,
            f"must have only one of {', '.join(shape.exactly_one)}",
        )


def _unknown(shape: Fields, name: Scalar, where: Where) -> Fault:
    if name.value in shape.elsewhere:
        return where.fault(FaultKind.UNKNOWN_KEYWORD, name, f"cannot have '{name.value}'", shape.elsewhere_hint)
    said = f"has the unknown keyword {described(name)}"
    return where.fault(FaultKind.UNKNOWN_KEYWORD, name, said, _known_name(str(name.value), shape))


@lru_cache(maxsize=1024)
def _known_name(name: str, shape: Fields) -> str:
    return name_hint(name, shape.by_name) if shape.by_name else ""


def _mapping(shape: MappingOf, node: Node, where: Where) -> Iterator[Fault]:
    if not isinstance(node, Mapping):
        yield _wrong(shape.wanted, node, where)
        return
    if not node.entries and not shape.may_be_empty:
        yield where.fault(FaultKind.WRONG_SHAPE, node, "must not be empty")
    for entry in node:
        inside = where.under(entry.key.value)
        for fault in scalars.value_faults(shape.key, entry.key, inside):
            yield where.fault(
                fault.kind,
                entry.key,
                f"has the key {described(entry.key)}; keys must be {shape.key.wanted}",
                "put the key in quotes",
            )
        if not is_null(entry.value):
            yield from look(shape.value, entry.value, inside)
        elif shape.null_is is not None:
            yield _wrong(getattr(shape.null_is, "wanted", "a value"), entry.value, inside)
    for check in shape.checks:
        yield from check(node, where)


def _either(shape: Either, node: Node, where: Where) -> Iterator[Fault]:
    kind = kind_of(node)
    for case, inner in shape.cases:
        if case == kind:
            yield from look(inner, node, where)
            return
    yield _wrong(shape.wanted, node, where)


def _variants(shape: Variants, node: Node, where: Where) -> Iterator[Fault]:
    if not isinstance(node, Mapping):
        yield _wrong(shape.wanted, node, where)
        return
    if not node.entries and not shape.may_be_empty:
        yield where.fault(FaultKind.WRONG_SHAPE, node, "must not be empty")
        return
    fitting = next((variant for variant in shape.variants if variant.fits(node)), None)
    if fitting is None:
        yield where.fault(FaultKind.WRONG_SHAPE, node, f"must be {shape.wanted}")
        return
    yield from look(fitting.shape, node, where)
    for check in shape.checks:
        yield from check(node, where)


def kind_of(node: Node) -> Kind:
    """What a value is to YAML."""
    match node:
        case Sequence():
            return "list"
        case Mapping():
            return "mapping"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return "flag"
        case Scalar(value=int() | float()):
            return "number"
        case _:
            return "text"


def _wrong(wanted: str, node: Node, where: Where) -> Fault:
    return where.fault(FaultKind.WRONG_SHAPE, node, f"must be {wanted}, and is {described(node)}")


_LOOKS: dict[type, Callable[[Any, Node, Where], Iterator[Fault]]] = {
    Anything: _anything,
    Text: scalars.text_faults,
    Command: scalars.command_faults,
    Pattern: scalars.pattern_faults,
    Ref: scalars.ref_faults,
    Condition: scalars.condition_faults,
    Choice: scalars.choice_faults,
    WholeNumber: scalars.number_faults,
    Flag: scalars.flag_faults,
    Value: scalars.value_faults,
    Duration: scalars.duration_faults,
    ListOf: _list,
    Fields: _fields,
    MappingOf: _mapping,
    Either: _either,
    Variants: _variants,
}
