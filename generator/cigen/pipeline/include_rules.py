"""`include:rules`: whether a file is included, as far as what is known decides it."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Values
from dataclasses import dataclass, field

from cigen.nearest import name_hint
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.inputs import Condition
from cigen.pipeline.interpolation import Value
from cigen.pipeline.node import Mapping, Node, Scalar, Sequence
from cigen.pipeline.reference import flattened
from cigen.pipeline.sources import Found, Sources, Unknown


def _not_known(condition: str, inputs: dict[str, Value]) -> bool | None:  # noqa: ARG001
    return None


def _nothing_known(condition: str) -> bool | None:  # noqa: ARG001
    return None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known about the pipeline when its files are read."""

    variables: Values[str, str] = field(default_factory=dict)
    """Variables whose value is known, such as CI_PROJECT_PATH."""
    condition: Callable[[str], bool | None] = _nothing_known
    """Whether an `if` holds; None where it depends on what is not known."""
    input_rule: Condition = _not_known
    """The same for the `if` of an input's rule."""
    is_library: bool = False
    """Whether others include the files: an input that they must give is made up, and nothing is wrong about it."""


_RULE_KEYS = ("if", "exists", "when", "changes")
_WHENS = ("always", "never")


def rule_faults(rules: Node | None) -> Iterator[Fault]:
    """What GitLab refuses about the rules of an include."""
    if rules is None or (isinstance(rules, Scalar) and rules.value is None):
        return
    if not isinstance(rules, Sequence):
        yield Fault(FaultKind.INCLUDE_INVALID, rules.place, "`rules` of an include have to be a list")
        return
    for rule in flattened(rules):
        if not isinstance(rule, Mapping):
            yield Fault(FaultKind.INCLUDE_INVALID, rule.place, "a rule of an include has to be a mapping")
            continue
        for entry in rule:
            name = str(entry.key.value)
            if name not in _RULE_KEYS:
                message = f"a rule of an include has no '{name}'"
                yield Fault(FaultKind.INCLUDE_INVALID, entry.key.place, message, name_hint(name, _RULE_KEYS))
        when = rule.get("when")
        is_set = when is not None and not (isinstance(when, Scalar) and when.value is None)
        if when is not None and is_set and not (isinstance(when, Scalar) and when.value in _WHENS):
            message = f"`when` in a rule of an include may be {' or '.join(_WHENS)}"
            yield Fault(FaultKind.INCLUDE_INVALID, when.place, message)


def is_included(rules: Node | None, sources: Sources, knowledge: Knowledge) -> bool | None:
    """Whether the rules let a file in; None where that is not known."""
    if rules is None or (isinstance(rules, Scalar) and rules.value is None):
        return True
    results: set[bool] = set()
    for rule in flattened(rules):
        holds = _holds(rule, sources, knowledge) if isinstance(rule, Mapping) else None
        when = rule.get("when") if isinstance(rule, Mapping) else None
        result = not (isinstance(when, Scalar) and when.value == "never")
        if holds is not False:
            results.add(result)
        if holds is True:
            break
    else:
        results.add(False)
    return results.pop() if len(results) == 1 else None


def _holds(rule: Mapping, sources: Sources, knowledge: Knowledge) -> bool | None:
    """Whether each clause of a rule holds."""
    answers: list[bool | None] = []
    condition = rule.get("if")
    if isinstance(condition, Scalar) and isinstance(condition.value, str):
        answers.append(knowledge.condition(condition.value))
    if rule.get("exists") is not None:
        answers.append(_exists(rule.get("exists"), sources))
    if rule.get("changes") is not None:
        answers.append(None)
    if False in answers:
        return False
    return None if None in answers else True


def _exists(exists: Node | None, sources: Sources) -> bool | None:
    paths = exists.get("paths") if isinstance(exists, Mapping) else exists
    answers: list[bool | None] = []
    for item in flattened(paths):
        path = item.value if isinstance(item, Scalar) else None
        if not isinstance(path, str) or "$" in path or any(mark in path for mark in "*?[{"):
            answers.append(None)
            continue
        answer = sources.local(path)
        answers.append(None if isinstance(answer, Unknown) else isinstance(answer, Found))
    if isinstance(exists, Mapping) and "project" in exists:
        return None
    if True in answers:
        return True
    return None if None in answers else False
