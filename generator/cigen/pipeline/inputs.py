"""The values of a file's inputs: what was given, what is the default, and what GitLab refuses about either."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import re2

from cigen.nearest import name_hint
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.interpolation import Value
from cigen.pipeline.node import Entry, Mapping, Node, Place, Reference, Scalar, Sequence

Condition = Callable[[str, dict[str, Value]], bool | None]
"""Whether an `if` of an input's rule holds for these inputs; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The value of each input; for one that is missing, a stand-in that lets the work go on."""

    values: dict[str, Value]
    faults: tuple[Fault, ...]
    stand_ins: tuple[str, ...]
    missing: tuple[Fault, ...] = ()
    """Those of the faults that nobody gave a value for an input without a default."""


def fill_inputs(
    declared: dict[str, Entry],
    given: Node | None,
    asked_at: Place | None,
    condition: Condition,
    broken: frozenset[str] = frozenset(),
) -> Filled:
    """The values that a file is used with; `asked_at` is the include that uses it, None for a root file."""
    work = _Filling(condition)
    arguments = work.arguments(declared, given)
    for name, entry in declared.items():
        before = len(work.faults)
        work.fill(name, entry, arguments.get(name), asked_at)
        if name in broken:
            del work.faults[before:]
    return Filled(work.values, tuple(work.faults), tuple(work.stand_ins), tuple(work.missing))


def value_of(node: Node | None) -> Value:
    """A node as an input's value."""
    match node:
        case Scalar():
            return str(node.value) if isinstance(node.value, str) else node.value
        case Sequence():
            return [value_of(item) for item in node.items]
        case Mapping():
            return {str(entry.key.value): value_of(entry.value) for entry in node}
        case _:
            return None


class _Filling:
    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.values: dict[str, Value] = {}
        self.faults: list[Fault] = []
        self.stand_ins: list[str] = []
        self.missing: list[Fault] = []

    def arguments(self, declared: dict[str, Entry], given: Node | None) -> dict[str, Entry]:
        """The inputs that an include gives, those that nobody declared left out."""
        if given is None or (isinstance(given, Scalar) and given.value is None):
            return {}
        if not isinstance(given, Mapping):
            self._refuse(given.place, "`inputs` has to be a mapping of names to values")
            return {}
        arguments = {str(entry.key.value): entry for entry in given}
        for name in [name for name in arguments if name not in declared]:
            place = arguments.pop(name).key.place
            hint = name_hint(name, declared)
            self._refuse(place, f"the included file has no input '{name}'", hint or "it declares no inputs in `spec`")
        return arguments

    def fill(self, name: str, entry: Entry, argument: Entry | None, asked_at: Place | None) -> None:
        """Take over the value of one input."""
        declaration = entry.value if isinstance(entry.value, Mapping) else Mapping({}, entry.value.place)
        kind = _kind(declaration)
        given = None if argument is None else value_of(argument.value)
        default, has_default = self._default(declaration)
        if given is None and not has_default:
            self._missing(name, entry, declaration, kind, asked_at)
            return
        if given is None and default is None and "rules" in declaration:
            default = self._guess(name, declaration)
        options = self._options(declaration)
        related = ((entry.key.place, f"'{name}' declared here"),)
        if has_default and default is not None:
            for message in _mistakes(kind, _coerced(kind, default), declaration, options):
                self._refuse(entry.key.place, f"the default of input '{name}' {message}")
        if given is not None and argument is not None and not isinstance(argument.value, Reference):
            for message in _mistakes(kind, _coerced(kind, given), declaration, options):
                self._refuse(argument.value.place, f"the value of input '{name}' {message}", related=related)
        self.values[name] = _coerced(kind, default if given is None else given)

    def _missing(self, name: str, entry: Entry, declaration: Mapping, kind: str, asked_at: Place | None) -> None:
        if asked_at is None:
            message = f"input '{name}' has no default: GitLab refuses the file where nobody gives a value"
            self._refuse(entry.key.place, message, "give it a default, or lint the pipeline that includes the file")
        else:
            related = ((entry.key.place, f"'{name}' declared here"),)
            self._refuse(asked_at, f"the included file needs the input '{name}'", related=related)
        self.missing.append(self.faults[-1])
        options = self._options(declaration)
        stand_ins: dict[str, Value] = {"string": name, "number": 1, "boolean": True, "array": []}
        self.values[name] = _coerced(kind, options[0]) if options else stand_ins[kind]
        self.stand_ins.append(name)

    def _default(self, declaration: Mapping) -> tuple[Value, bool]:
        if "default" in declaration:
            return value_of(declaration.get("default")), True
        rules = [rule for rule in _rules(declaration) if isinstance(rule, Mapping)]
        has_default = any("default" in rule or "if" not in rule for rule in rules)
        rule = self._matching(rules)
        return (value_of(rule.get("default")) if rule else None), has_default

    def _guess(self, name: str, declaration: Mapping) -> Value:
        """A default of some rule, where it is not known which rule holds."""
        self.stand_ins.append(name)
        rules = (rule for rule in _rules(declaration) if isinstance(rule, Mapping) and "default" in rule)
        return next((value_of(rule.get("default")) for rule in rules), name)

    def _options(self, declaration: Mapping) -> list[Value] | None:
        rules = [rule for rule in _rules(declaration) if isinstance(rule, Mapping)]
        rule = self._matching(rules)
        node = rule.get("options") if rule else declaration.get("options")
        return [value_of(item) for item in node.items] if isinstance(node, Sequence) else None

    def _matching(self, rules: list[Mapping]) -> Mapping | None:
        """The first rule that holds; None too where it is not known which one does."""
        for rule in rules:
            condition = rule.get("if")
            if not isinstance(condition, Scalar) or condition.value is None:
                return rule
            holds = self.condition(str(condition.value), self.values)
            if holds is None:
                return None
            if holds:
                return rule
        return None

    def _refuse(self, place: Place, message: str, hint: str = "", related: tuple[tuple[Place, str], ...] = ()) -> None:
        self.faults.append(Fault(FaultKind.INPUT_MISMATCH, place, message, hint, related=related))


def _kind(declaration: Mapping) -> str:
    kind = declaration.get("type")
    value = kind.value if isinstance(kind, Scalar) else None
    return value if isinstance(value, str) and value in {"number", "boolean", "array"} else "string"


def _rules(declaration: Mapping) -> tuple[Node, ...]:
    rules = declaration.get("rules")
    return rules.items if isinstance(rules, Sequence) else ()


def _mistakes(kind: str, value: Value, declaration: Mapping, options: list[Value] | None) -> Iterator[str]:
    is_right = {
        "string": isinstance(value, str),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
    }[kind]
    if not is_right:
        yield f"is no {kind}"
        return
    if options is not None:
        yield from _option_mistakes(kind, value, options)
    regex = declaration.get("regex")
    if "regex" in declaration and kind != "string":
        yield "has a `regex`, which only a string may have"
    elif isinstance(regex, Scalar) and isinstance(regex.value, str) and isinstance(value, str):
        yield from _regex_mistakes(regex.value, value)


def _option_mistakes(kind: str, value: Value, options: list[Value]) -> Iterator[str]:
    if kind == "boolean":
        yield "has `options`, which a boolean may not have"
        return
    allowed = [_text(option) for option in options] if kind == "string" else options
    strange = [item for item in value if item not in allowed] if isinstance(value, list) else [value]
    if any(item not in allowed for item in strange):
        yield f"is {_text(strange[0])!r}, which is not one of its options: {', '.join(map(_text, options[:12]))}"


def _regex_mistakes(regex: str, value: str) -> Iterator[str]:
    options = re2.Options()
    options.log_errors = False
    try:
        if not re2.compile(regex, options).search(value):
            yield f"is {value!r}, which its regex /{regex}/ does not match"
    except re2.error:
        yield f"has the regex /{regex}/, which RE2 does not read"
    except UnicodeError:
        yield "has a character that no regex reads"


def _coerced(kind: str, value: Value) -> Value:
    if kind == "string":
        return _text(value)
    if isinstance(value, str):
        try:
            parsed: Value = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return parsed
    return value


def _text(value: Value) -> str:
    """As Ruby writes a value in a text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case list() | dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
