"""Single values judged by their shape: texts, choices, numbers, durations, patterns and conditions."""

from collections.abc import Iterator
from functools import lru_cache

from cigen.nearest import nearest
from cigen.pipeline.durations import DurationError, seconds
from cigen.pipeline.expressions import ExpressionError, parse
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.shapes import (
    Choice,
    Command,
    Condition,
    Duration,
    Flag,
    Pattern,
    Ref,
    Text,
    Value,
    WholeNumber,
)
from cigen.pipeline.keywords.where import Where, described, is_text, text_of
from cigen.pipeline.node import Mapping, Node, Place, Scalar
from cigen.pipeline.patterns import NotSlashedError, PatternError, read_pattern

_SCRIPTS = frozenset({"script", "before_script", "after_script"})


def text_faults(shape: Text, node: Node, where: Where) -> Iterator[Fault]:
    """A text that is none, says nothing, is too long, or has something wrong in it."""
    if not is_text(node):
        yield _wrong(shape.wanted, node, where)
        return
    text = text_of(node)
    if not shape.is_blank_allowed and not text.strip():
        yield where.fault(FaultKind.WRONG_SHAPE, node, "must not be empty")
    elif shape.longest is not None and len(text) > shape.longest:
        yield where.fault(FaultKind.OVER_LIMIT, node, f"may have {shape.longest} characters, and has {len(text)}")
    elif shape.complaint and (complaint := shape.complaint(text)):
        yield where.fault(FaultKind.WRONG_SHAPE, node, f"{complaint}: it is {described(node)}")


def command_faults(shape: Command, node: Node, where: Where) -> Iterator[Fault]:
    """A line of a script that is no text, most often because a colon made a mapping of it."""
    if isinstance(node, Mapping) and node.entries:
        first = next(iter(node)).key
        hint = "a colon and a blank make a mapping: put the whole command in quotes, or write it under '- |'"
        if first.value in _SCRIPTS:
            hint = f"a !reference has to name the script too, such as [.job, {first.value}]"
        yield where.fault(
            FaultKind.SCRIPT_PARSED_AS_MAP,
            Place(first.place.path, first.place.line, first.place.column, node.place.end_line, node.place.end_column),
            f"has a command that YAML reads as a mapping with the key {described(first)}",
            hint,
        )
    elif not is_text(node):
        yield _wrong(shape.wanted, node, where)


def flag_faults(shape: Flag, node: Node, where: Where) -> Iterator[Fault]:
    """What is neither true nor false; the words in quotes are texts."""
    if isinstance(node, Scalar) and isinstance(node.value, bool) and shape.only in (None, node.value):
        return
    quoted = text_of(node).lower() in ("true", "false", "yes", "no")
    yield where.fault(
        FaultKind.WRONG_SHAPE,
        node,
        f"must be {shape.wanted}, and is {described(node)}",
        "leave the quotes out: in quotes it is text" if quoted else "",
    )


def choice_faults(shape: Choice, node: Node, where: Where) -> Iterator[Fault]:
    """A word that is none of those allowed."""
    if is_text(node) and text_of(node) in shape.values:
        return
    meant = nearest(text_of(node), shape.values) if text_of(node) else None
    hint = f"did you mean '{meant}'?" if meant else f"such as: {', '.join(shape.values[:6])}" if shape.called else ""
    kind = FaultKind.BAD_ENUM if is_text(node) else FaultKind.WRONG_SHAPE
    yield where.fault(kind, node, f"must be {shape.wanted}, and is {described(node)}", hint)


def number_faults(shape: WholeNumber, node: Node, where: Where) -> Iterator[Fault]:
    """What is no whole number, or is out of its range."""
    number = _whole_number(node, is_text_allowed=shape.is_text_allowed)
    if number is None:
        yield _wrong(shape.wanted, node, where)
    elif (shape.least is not None and number < shape.least) or (shape.most is not None and number > shape.most):
        yield where.fault(FaultKind.OVER_LIMIT, node, f"must be {shape.wanted}, and is {number}")


def value_faults(shape: Value, node: Node, where: Where) -> Iterator[Fault]:
    """A value of a kind that may not stand here."""
    value = node.value if isinstance(node, Scalar) else None
    match value:
        case bool():
            fits = "flag" in shape.kinds
        case int():
            fits = "number" in shape.kinds
        case float():
            fits = shape.may_be_fraction
        case str():
            fits = "text" in shape.kinds
        case _:
            fits = isinstance(node, Scalar) and "nothing" in shape.kinds
    if not fits:
        yield _wrong(shape.wanted, node, where)


def duration_faults(shape: Duration, node: Node, where: Where) -> Iterator[Fault]:
    """What is no length of time, or one that is too long."""
    if not is_text(node):
        hint = "put the number and its unit in quotes" if isinstance(node, Scalar) and node.value is not None else ""
        yield where.fault(FaultKind.BAD_DURATION, node, f"must be {shape.wanted}, and is {described(node)}", hint)
        return
    text = text_of(node)
    if shape.may_be_never and text.lower() == "never":
        return
    length = _length(text)
    if isinstance(length, DurationError):
        yield where.fault(FaultKind.BAD_DURATION, node, f"must be {shape.wanted}, and is {described(node)}: {length}")
        return
    if shape.most is not None and length > shape.most:
        yield where.fault(
            FaultKind.BAD_DURATION, node, f"must not be longer than {shape.limit}, and is {described(node)}"
        )


def pattern_faults(shape: Pattern, node: Node, where: Where) -> Iterator[Fault]:
    """What is no regular expression, or none that RE2 reads."""
    if not is_text(node):
        yield _wrong(shape.wanted, node, where)
        return
    problem = _pattern_problem(text_of(node))
    if problem is not None:
        said = f"must be {shape.wanted}, and is {described(node)}: {problem.message}"
        yield where.fault(FaultKind.REGEX_NOT_RE2, node, said, problem.hint)


def ref_faults(shape: Ref, node: Node, where: Where) -> Iterator[Fault]:
    """A ref that is no text, or that looks like a regular expression and is none."""
    if not is_text(node):
        yield _wrong(shape.wanted, node, where)
        return
    problem = _pattern_problem(text_of(node))
    if problem is not None and not isinstance(problem, NotSlashedError):
        said = f"has the pattern {described(node)}: {problem.message}"
        yield where.fault(FaultKind.REGEX_NOT_RE2, node, said, problem.hint)


def condition_faults(shape: Condition, node: Node, where: Where) -> Iterator[Fault]:
    """A condition that GitLab cannot read, with the place in it."""
    if not is_text(node):
        yield _wrong(shape.wanted, node, where, FaultKind.IF_SYNTAX)
        return
    problem = _condition_problem(text_of(node))
    if problem is not None:
        place = _place_in(node, problem.column)
        yield where.fault(problem.kind, place, f"is no condition that GitLab reads: {problem.message}", problem.hint)


@lru_cache(maxsize=1024)
def _length(text: str) -> float | DurationError:
    try:
        return seconds(text)
    except DurationError as error:
        return error


@lru_cache(maxsize=4096)
def _condition_problem(text: str) -> ExpressionError | None:
    try:
        parse(text)
    except ExpressionError as error:
        return error
    return None


@lru_cache(maxsize=4096)
def _pattern_problem(text: str) -> PatternError | None:
    try:
        read_pattern(text)
    except PatternError as error:
        return error
    return None


def _place_in(node: Node, column: int) -> Place:
    """The place inside a text of one line; that of the whole text where it has more."""
    place = node.place
    if not isinstance(node, Scalar) or place.line != place.end_line:
        return place
    begin = place.column + column + (1 if node.is_quoted else 0)
    return Place(place.path, place.line, min(begin, place.end_column), place.end_line, place.end_column)


def _whole_number(node: Node, *, is_text_allowed: bool) -> int | None:
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return None
    if isinstance(node.value, int):
        return node.value
    if is_text_allowed and isinstance(node.value, str):
        digits = node.value.removeprefix("-").removeprefix("+")
        return int(node.value) if digits.isdecimal() and digits.isascii() else None
    return None


def _wrong(wanted: str, node: Node, where: Where, kind: FaultKind = FaultKind.WRONG_SHAPE) -> Fault:
    return where.fault(kind, node, f"must be {wanted}, and is {described(node)}")
