"""In which kinds of pipeline a job can be: decided where the kind alone decides it, and open everywhere else.

Simulating needs the value of every variable; a rule that calls something impossible must be right for all of them. So
a condition is true, false or open here: what a person, a setting or the name of a branch decides is open.
"""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from functools import lru_cache

from cigen.lint.conditions import rules_of
from cigen.lint.subject import Job, Subject, items_of, text_of
from cigen.pipeline.contexts import Context, contexts
from cigen.pipeline.expressions import ExpressionError, Literal, Name, Node, Operation, is_truthy, parse
from cigen.pipeline.node import Mapping
from cigen.pipeline.patterns import Pattern
from cigen.pipeline.predefined import PREDEFINED, Where

KINDS: MappingOf[str, Context] = contexts()
"""Every kind of pipeline by its name."""

_SOURCE = "CI_PIPELINE_SOURCE"
_SOURCES = frozenset(context.source for context in KINDS.values())
_BY_KIND = frozenset(
    {
        Where.BRANCH,
        Where.TAG,
        Where.MERGE_REQUEST,
        Where.MERGED_RESULTS,
        Where.SCHEDULE,
        Where.TRIGGER,
        Where.DOWNSTREAM,
    }
)
"""The kinds that decide whether a variable is there."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Whether a job, or the pipeline, is made."""

    is_possible: bool
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """A value that is there, and that nobody knows."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A value that may be anything, or missing."""


_Guess = None | bool | str | Pattern | _Text | _Open


def possible_kinds(subject: Subject, job: Job) -> frozenset[str]:
    """The kinds of pipeline in which a job can be."""
    return frozenset(name for name, chance in chances(subject, job).items() if chance.is_possible)


def chances(subject: Subject, job: Job) -> MappingOf[str, Chance]:
    """For each kind of pipeline, whether a job is in it."""
    return subject.once(_chances_of_all)[job.name]


def _chances_of_all(subject: Subject) -> MappingOf[str, MappingOf[str, Chance]]:
    workflow = subject.section("workflow")
    gate = items_of(workflow.get("rules")) if isinstance(workflow, Mapping) else ()
    gates = tuple(rule for rule in gate if isinstance(rule, Mapping))
    made = {name: _decided(gates, context) if gates else Chance(True, True) for name, context in KINDS.items()}
    known: dict[tuple[int, ...] | bool, MappingOf[str, Chance]] = {}
    result = {}
    for name, job in subject.jobs.items():
        own = _own_conditions(job)
        mark = tuple(map(id, own)) if isinstance(own, tuple) else own
        if mark not in known:
            known[mark] = _chances(own, made, has_workflow=bool(gates))
        result[name] = known[mark]
    return result


def _own_conditions(job: Job) -> tuple[Mapping, ...] | bool:
    """The rules of a job; without them, whether it has conditions of the old kind."""
    if job.get("rules") is not None:
        return rules_of(job)
    return job.get("only") is not None or job.get("except") is not None


def _chances(
    own: tuple[Mapping, ...] | bool, made: MappingOf[str, Chance], *, has_workflow: bool
) -> MappingOf[str, Chance]:
    result: dict[str, Chance] = {}
    for name, context in KINDS.items():
        chance = _of_conditions(own, context, has_workflow=has_workflow)
        pipeline = made[name]
        result[name] = Chance(pipeline.is_possible and chance.is_possible, pipeline.is_certain and chance.is_certain)
    return result


def sets(context: Context, variable: str) -> bool | None:
    """Whether GitLab sets one of its own variables in a kind of pipeline; None where something else decides."""
    known = PREDEFINED.get(variable)
    if known is None:
        return None
    if known.where is Where.ALWAYS:
        return True
    return known.where in context.wheres if known.where in _BY_KIND else None


def is_set_by_kind(variable: str) -> bool:
    """Whether it is one of GitLab's own that only some kinds of pipeline have."""
    known = PREDEFINED.get(variable)
    return known is not None and known.where in _BY_KIND


def _of_conditions(own: tuple[Mapping, ...] | bool, context: Context, *, has_workflow: bool) -> Chance:
    if isinstance(own, tuple):
        return _decided(own, context)
    if own:
        return Chance(True)
    is_merge_request = Where.MERGE_REQUEST in context.wheres
    return Chance(False) if is_merge_request and not has_workflow else Chance(True, True)


def _decided(rules: tuple[Mapping, ...], context: Context) -> Chance:
    is_possible, is_open = False, False
    for rule in rules:
        holds = _holds(text_of(rule.get("if")), context.name)
        if holds is None or (holds and any(rule.get(key) is not None for key in ("changes", "exists"))):
            is_open = True
            is_possible |= text_of(rule.get("when")) != "never"
        elif holds:
            runs = text_of(rule.get("when")) != "never"
            return Chance(is_possible or runs, runs and not is_open)
    return Chance(is_possible)


@lru_cache(maxsize=4096)
def _holds(condition: str, kind: str) -> bool | None:
    if not condition:
        return True
    try:
        return _truth(_guess(parse(condition).root, KINDS[kind]))
    except ExpressionError:
        return None


def _truth(guess: _Guess) -> bool | None:
    match guess:
        case _Text() | _Open():
            return None if isinstance(guess, _Open) else True
        case _:
            return is_truthy(guess)


def _guess(node: Node, context: Context) -> _Guess:
    match node:
        case Literal():
            return node.value
        case Name():
            return _Open() if node.is_input else _of_variable(node.name, context.name)
        case Operation(left=None):
            truth = _truth(_guess(node.right, context))
            return _Open() if truth is None else not truth
        case Operation():
            return _operated(node, context)


@lru_cache(maxsize=4096)
def _of_variable(name: str, kind: str) -> _Guess:
    context = KINDS[kind]
    if name == _SOURCE:
        return context.source
    match sets(context, name):
        case True:
            return _Text()
        case False:
            return None
        case None:
            return _Open()


def _operated(node: Operation, context: Context) -> _Guess:
    left, right = _guess(node.left or node.right, context), _guess(node.right, context)
    match node.operator:
        case "&&" | "||":
            return _joined(node.operator, _truth(left), _truth(right))
        case "==" | "!=":
            equal = _is_equal(left, right, is_source=_mentions_source(node))
            return _Open() if equal is None else equal is (node.operator == "==")
        case _:
            if isinstance(right, Pattern) and (left is None or (isinstance(left, str) and not _mentions_source(node))):
                return right.found_in(left or "") is (node.operator == "=~")
            return _Open()


def _joined(operator: str, left: bool | None, right: bool | None) -> _Guess:
    decisive = operator == "||"
    if decisive in (left, right):
        return decisive
    return _Open() if None in (left, right) else not decisive


def _is_equal(left: _Guess, right: _Guess, *, is_source: bool) -> bool | None:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, _Open):
            return None
        if isinstance(one, _Text):
            return False if other is None else None
        if is_source and isinstance(one, str) and one not in _SOURCES:
            return None
    return left == right


def _mentions_source(node: Operation) -> bool:
    return any(isinstance(side, Name) and side.name == _SOURCE for side in (node.left, node.right))
