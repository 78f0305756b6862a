"""Which rule of a list matches, and what it decides: `rules` of a job, of `workflow` and of an `include`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cigen.pipeline import expressions, node
from cigen.pipeline.contexts import Context
from cigen.pipeline.expand import expand
from cigen.pipeline.fault import Fault
from cigen.pipeline.globs import matches_any
from cigen.pipeline.node import Node, Place, Scalar, Sequence
from cigen.pipeline.variables import variables_of

MAX_COMPARISONS = 50_000
"""Of paths with patterns; with more, GitLab takes a rule's `changes` or `exists` for matched."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a list of rules says for one pipeline."""

    when: str
    """`never` for a job that is not in the pipeline."""
    reason: str
    """Which rule it was, in words."""
    place: Place | None = None
    """Where that rule stands."""
    start_in: str = ""
    allow_failure: bool | None = None
    """None where the rule leaves it to the job."""
    variables: Mapping[str, str] = field(default_factory=dict)
    needs: Node | None = None
    """What the job needs instead of its own `needs`."""
    asks_for_files: bool = False
    """It matches only where certain files changed or exist, and nobody said which ones do."""
    faults: tuple[Fault, ...] = ()

    @property
    def is_in(self) -> bool:
        """Is the job, or the pipeline, made?"""
        return self.when != "never"


def decide(rules: Node, context: Context, variables: Mapping[str, str], default_when: str = "on_success") -> Decision:
    """What the first rule that matches says; where none does, the job is not in the pipeline."""
    faults: list[Fault] = []
    for number, rule in enumerate(each_rule(rules), start=1):
        match = _Match(rule, context, variables)
        if match.is_met:
            return _decision(number, match, default_when)
        if match.fault:
            faults.append(match.fault)
    return Decision("never", "no rule matches", rules.place, faults=tuple(faults))


def each_rule(rules: Node) -> Iterator[node.Mapping]:
    """The rules of a list, those that `!reference` put in as a list of their own too."""
    match rules:
        case Sequence():
            for item in rules.items:
                yield from each_rule(item)
        case node.Mapping():
            yield rules


def read_condition(condition: Node) -> expressions.Expression | Fault:
    """The condition of an `if`, or what is wrong with it and where."""
    text = str(node.plain(condition))
    try:
        return expressions.parse(text)
    except expressions.ExpressionError as error:
        return Fault(error.kind, _place_of(condition, error.column), f"`{text}`: {error.message}", error.hint)


def _place_of(condition: Node, column: int) -> Place:
    """The place inside a text that stands on one line; of any other text its beginning."""
    place = condition.place
    if place.line != place.end_line:
        return place
    start = place.column + column + (isinstance(condition, Scalar) and condition.is_quoted)
    start = min(start, max(place.end_column - 1, place.column))
    return Place(place.path, place.line, start, place.line, start + 1)


class _Match:
    """One rule held against one pipeline."""

    def __init__(self, rule: node.Mapping, context: Context, variables: Mapping[str, str]) -> None:
        self.rule = rule
        self.fault: Fault | None = None
        self.asks_for_files = False
        self._context = context
        self._variables = variables
        self.is_met = self._condition() and self._changes() and self._exists()

    def _condition(self) -> bool:
        condition = self.rule.get("if")
        if condition is None or node.plain(condition) is None:
            return True
        read = read_condition(condition)
        if isinstance(read, Fault):
            self.fault = read
            return False
        return read.evaluate(self._variables)

    def _changes(self) -> bool:
        clause = self.rule.get("changes")
        if clause is None:
            return True
        has_base = isinstance(clause, node.Mapping) and "compare_to" in clause
        if not (self._context.has_diff or has_base):
            return True
        return self._any_matches(clause, self._context.changed)

    def _exists(self) -> bool:
        clause = self.rule.get("exists")
        if clause is None:
            return True
        is_elsewhere = isinstance(clause, node.Mapping) and "project" in clause
        return self._any_matches(clause, None if is_elsewhere else self._context.files)

    def _any_matches(self, clause: Node, paths: tuple[str, ...] | None) -> bool:
        if paths is None:
            self.asks_for_files = True
            return True
        written = clause.get("paths") if isinstance(clause, node.Mapping) else clause
        patterns = [expand(text, self._variables) for text in texts_of(written)]
        return len(patterns) * len(paths) > MAX_COMPARISONS or matches_any(patterns, paths)


def _decision(number: int, match: _Match, default_when: str) -> Decision:
    rule = match.rule
    allow_failure = node.plain(rule.get("allow_failure") or _NOTHING)
    return Decision(
        when=str(node.plain(rule.get("when") or _NOTHING) or default_when),
        reason=f"rule {number}" + _condition_told(rule),
        place=rule.place,
        start_in=str(node.plain(rule.get("start_in") or _NOTHING) or ""),
        allow_failure=allow_failure if isinstance(allow_failure, bool) else None,
        variables=variables_of(rule.get("variables")),
        needs=rule.get("needs"),
        asks_for_files=match.asks_for_files,
    )


def _condition_told(rule: node.Mapping) -> str:
    condition = rule.get("if")
    told = [" ".join(str(node.plain(condition)).split())] if condition is not None else []
    told += [key for key in ("changes", "exists") if key in rule]
    return ": " + " and ".join(told) if told else ""


def texts_of(written: Node | None) -> list[str]:
    """The texts of a list, of lists in it, or of one text that stands for a list."""
    match written:
        case Sequence():
            return [text for item in written.items for text in texts_of(item)]
        case Scalar():
            return [] if written.value is None else [str(written.value)]
        case _:
            return []


_NOTHING = Scalar(None, Place("", 0, 0, 0, 0))
