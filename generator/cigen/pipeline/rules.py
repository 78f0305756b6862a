"""Which rule of a list matches, and what it decides: `rules` of a job, of `workflow` and of an `include`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cigen.pipeline import expressions, node
from cigen.pipeline.contexts import Context
from cigen.pipeline.expand import expand
from cigen.pipeline.fault import Fault, FaultKind
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


class Rule:
    """One rule of a list, read once for all the pipelines that it is held against."""

    __slots__ = ("_decision", "changes", "condition", "exists", "mapping", "number")

    def __init__(self, number: int, mapping: node.Mapping) -> None:
        self.number = number
        self.mapping = mapping
        self.changes = mapping.get("changes")
        self.exists = mapping.get("exists")
        written = mapping.get("if")
        self.condition = None if written is None or node.plain(written) is None else read_condition(written)
        self._decision: Decision | None = None

    def decision(self, default_when: str, *, asks_for_files: bool) -> Decision:
        """What it says where it matches."""
        if self._decision is None:
            self._decision = _decision(self.number, self.mapping)
        when = self._decision.when or default_when
        if when == self._decision.when and not asks_for_files:
            return self._decision
        return replace(self._decision, when=when, asks_for_files=asks_for_files)


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """A list of rules, read."""

    place: Place
    rules: tuple[Rule, ...]


def read_rules(written: Node) -> Rules:
    """The rules of a list, those that `!reference` put in as a list of their own too."""
    return Rules(written.place, tuple(Rule(number, rule) for number, rule in enumerate(each_rule(written), start=1)))


def decide(
    rules: Rules | Node, context: Context, variables: Mapping[str, str], default_when: str = "on_success"
) -> Decision:
    """What the first rule that matches says; where none does, the job is not in the pipeline."""
    known = rules if isinstance(rules, Rules) else read_rules(rules)
    faults: list[Fault] = []
    for rule in known.rules:
        if isinstance(rule.condition, Fault):
            faults.append(rule.condition)
            continue
        if rule.condition is not None and not rule.condition.evaluate(variables):
            continue
        is_met, asks_for_files = _files_match(rule, context, variables)
        if is_met:
            return rule.decision(default_when, asks_for_files=asks_for_files)
    return Decision("never", "no rule matches", known.place, faults=tuple(faults))


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
    if not isinstance(condition, Scalar) or not isinstance(condition.value, str):
        return Fault(FaultKind.IF_SYNTAX, condition.place, "a condition has to be one text", "put it in quotes")
    try:
        return expressions.parse(condition.value)
    except expressions.ExpressionError as error:
        place = _place_of(condition, error.column)
        return Fault(error.kind, place, f"`{condition.value}`: {error.message}", error.hint)


def _place_of(condition: Scalar, column: int) -> Place:
    """The place inside a text that stands on one line; of any other text its beginning."""
    place = condition.place
    if place.line != place.end_line:
        return place
    start = place.column + column + condition.is_quoted
    start = min(start, max(place.end_column - 1, place.column))
    return Place(place.path, place.line, start, place.line, start + 1)


def _files_match(rule: Rule, context: Context, variables: Mapping[str, str]) -> tuple[bool, bool]:
    """Do `changes` and `exists` hold, and is that only so as long as nobody says which files there are?"""
    asks_for_files = False
    for clause, paths in (
        (rule.changes, _changed(rule.changes, context)),
        (rule.exists, _existing(rule.exists, context)),
    ):
        if clause is None or paths is _EVERY:
            continue
        if paths is None:
            asks_for_files = True
        elif not _any_matches(clause, paths, variables):
            return False, False
    return True, asks_for_files


_EVERY = ("**/*",)
"""Instead of paths: the clause matches, whatever it asks for."""


def _changed(clause: Node | None, context: Context) -> tuple[str, ...] | None:
    has_base = isinstance(clause, node.Mapping) and "compare_to" in clause
    return context.changed if context.has_diff or has_base else _EVERY


def _existing(clause: Node | None, context: Context) -> tuple[str, ...] | None:
    is_elsewhere = isinstance(clause, node.Mapping) and "project" in clause
    return None if is_elsewhere else context.files


def _any_matches(clause: Node, paths: tuple[str, ...], variables: Mapping[str, str]) -> bool:
    written = clause.get("paths") if isinstance(clause, node.Mapping) else clause
    patterns = [expand(text, variables) for text in texts_of(written)]
    return len(patterns) * len(paths) > MAX_COMPARISONS or matches_any(patterns, paths)


def _decision(number: int, rule: node.Mapping) -> Decision:
    allow_failure = node.plain(rule.get("allow_failure") or _NOTHING)
    return Decision(
        when=str(node.plain(rule.get("when") or _NOTHING) or ""),
        reason=f"rule {number}" + _condition_told(rule),
        place=rule.place,
        start_in=str(node.plain(rule.get("start_in") or _NOTHING) or ""),
        allow_failure=allow_failure if isinstance(allow_failure, bool) else None,
        variables=variables_of(rule.get("variables")),
        needs=rule.get("needs"),
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
