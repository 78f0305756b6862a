"""The header of a CI file, `spec:`: which inputs it takes, and what GitLab refuses about their declaration."""

from collections.abc import Iterator
from dataclasses import dataclass

from cigen.nearest import name_hint
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Entry, Mapping, Node, Reference, Scalar, Sequence

INPUT_TYPES = ("array", "boolean", "number", "string")
COMPONENT_FACTS = ("name", "sha", "version", "reference")
MAX_OPTIONS = 50

INPUTS_SINCE = "15.11"
"""The GitLab version that brought inputs."""

INPUT_KEYS_SINCE = {"description": "16.5", "regex": "16.5", "options": "16.6", "rules": "18.7"}
"""The GitLab versions that brought what else may be said of an input."""

INPUT_TYPES_SINCE = {"array": "16.11"}

_SPEC_KEYS = ("inputs", "include", "component")
_INPUT_KEYS = ("default", "description", "options", "regex", "type", "rules")
_RULE_KEYS = ("if", "options", "default")


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the second `---`."""

    inputs: dict[str, Entry]
    """The declaration of each input, in order."""
    include: Node | None
    """`spec:include`: where more inputs are declared."""
    component_facts: tuple[str, ...]
    faults: tuple[Fault, ...]
    broken: frozenset[str] = frozenset()
    """Inputs whose declaration is refused, so that there is no use in looking at their values."""


def read_header(document: Mapping) -> Header:
    """The header that stands in the first document."""
    faults = [*_unknown(document, ("spec",), "the header")]
    spec = document.get("spec")
    if not isinstance(spec, Mapping):
        if not _is_null(spec):
            faults.append(_fault(spec or document, "`spec` has to be a mapping"))
        return Header({}, None, (), tuple(faults))
    faults.extend(_unknown(spec, _SPEC_KEYS, "`spec`"))
    faults.extend(_component_faults(spec.get("component")))
    inputs = declared_inputs(spec.get("inputs"))
    faults.extend(_inputs_faults(spec.get("inputs"), inputs))
    broken = frozenset(name for name, entry in inputs.items() if any(input_faults(name, entry)))
    return Header(inputs, spec.get("include"), _facts(spec.get("component")), tuple(faults), broken)


def declared_inputs(inputs: Node | None) -> dict[str, Entry]:
    """The declarations of an `inputs` mapping by name."""
    return {str(entry.key.value): entry for entry in inputs} if isinstance(inputs, Mapping) else {}


def _inputs_faults(inputs: Node | None, declared: dict[str, Entry]) -> Iterator[Fault]:
    if inputs is not None and not isinstance(inputs, Mapping) and not _is_null(inputs):
        yield _fault(inputs, "`spec:inputs` has to be a mapping of names to declarations")
    for name, entry in declared.items():
        yield from input_faults(name, entry)


def input_faults(name: str, entry: Entry) -> Iterator[Fault]:
    """What GitLab refuses about one declaration."""
    declaration = entry.value
    if _is_null(declaration):
        return
    if not isinstance(declaration, Mapping):
        yield _fault(declaration, f"the declaration of input '{name}' has to be a mapping")
        return
    what = f"input '{name}'"
    yield from _unknown(declaration, _INPUT_KEYS, what)
    yield from _shape_faults(declaration, what)
    for other in ("options", "default"):
        if "rules" in declaration and other in declaration:
            yield _fault(declaration.entries[other].key, f"{what} has `rules`, and then no `{other}` beside them")
    yield from _options_faults(declaration.get("options"), what)
    rules = declaration.get("rules")
    if isinstance(rules, Sequence):
        for rule in rules.items:
            yield from _rule_faults(rule, what)
    elif rules is not None and not _is_null(rules):
        yield _fault(rules, f"`rules` of {what} have to be a list")


def _shape_faults(declaration: Mapping, what: str) -> Iterator[Fault]:
    kind, regex, description = (declaration.get(key) for key in ("type", "regex", "description"))
    if kind is not None and not _is_null(kind) and not (isinstance(kind, Scalar) and kind.value in INPUT_TYPES):
        hint = name_hint(kind.text, INPUT_TYPES) if isinstance(kind, Scalar) else ""
        yield _fault(kind, f"`type` of {what} has to be one of {', '.join(INPUT_TYPES)}", hint)
    if regex is not None and not _is_null(regex) and not _is_text(regex):
        yield _fault(regex, f"`regex` of {what} has to be a text", "put it in quotes")
    if description is not None and not _is_null(description) and not _is_text_or_number(description):
        yield _fault(description, f"`description` of {what} has to be a text")


def _options_faults(options: Node | None, what: str) -> Iterator[Fault]:
    if options is None or _is_null(options):
        return
    if not isinstance(options, Sequence):
        yield _fault(options, f"`options` of {what} have to be a list")
        return
    if len(options.items) > MAX_OPTIONS:
        yield _fault(options, f"{what} has {len(options.items)} options; GitLab takes {MAX_OPTIONS}")
    for option in options.items:
        if _is_null(option):
            yield _fault(option, f"an option of {what} is empty")


def _rule_faults(rule: Node, what: str) -> Iterator[Fault]:
    if not isinstance(rule, Mapping) or not rule.entries:
        yield _fault(rule, f"a rule of {what} has to be a mapping with `default`, and `options` or `if`")
        return
    unknown = list(_unknown(rule, _RULE_KEYS, f"a rule of {what}"))
    yield from unknown
    condition, options = rule.get("if"), rule.get("options")
    if condition is not None and not _is_null(condition) and not _is_text(condition):
        yield _fault(condition, f"`if` in a rule of {what} has to be a text")
        return
    if options is not None and not _is_null(options) and not isinstance(options, Sequence):
        yield _fault(options, f"`options` in a rule of {what} have to be a list")
        return
    if not unknown:
        yield from _rule_content_faults(rule, options, what)


def _rule_content_faults(rule: Mapping, options: Node | None, what: str) -> Iterator[Fault]:
    items = options.items if isinstance(options, Sequence) else ()
    if len(items) > MAX_OPTIONS:
        yield _fault(rule, f"a rule of {what} has {len(items)} options; GitLab takes {MAX_OPTIONS}")
    if "default" not in rule:
        yield _fault(rule, f"a rule of {what} needs a `default`, which is one of its `options`")
        return
    default = rule.get("default")
    values = [item.value for item in items if isinstance(item, Scalar)]
    is_option = isinstance(default, Scalar) and default.value in values
    if any(value not in {None, False} for value in values) and not is_option:
        shown = default.text if isinstance(default, Scalar) else "it"
        yield _fault(default or rule, f"the default '{shown}' in a rule of {what} is not one of its options")


def _component_faults(component: Node | None) -> Iterator[Fault]:
    if component is None or _is_null(component):
        return
    if not isinstance(component, Sequence):
        yield _fault(component, f"`spec:component` has to be a list of {', '.join(COMPONENT_FACTS)}")
        return
    for item in component.items:
        if not (isinstance(item, Scalar) and item.value in COMPONENT_FACTS):
            hint = name_hint(item.text, COMPONENT_FACTS) if isinstance(item, Scalar) else ""
            yield _fault(item, f"`spec:component` knows {', '.join(COMPONENT_FACTS)} only", hint)


def _facts(component: Node | None) -> tuple[str, ...]:
    items = component.items if isinstance(component, Sequence) else ()
    return tuple(item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, str))


def _unknown(mapping: Mapping, known: tuple[str, ...], what: str) -> Iterator[Fault]:
    for entry in mapping:
        if entry.key.value not in known:
            name = str(entry.key.value)
            yield _fault(entry.key, f"{what} has no '{name}'", name_hint(name, known))


def _is_null(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _is_text(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str)


def _is_text_or_number(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str | int) and not isinstance(node.value, bool)


def _fault(node: Node, message: str, hint: str = "") -> Fault:
    if isinstance(node, Reference):
        hint = "`!reference` is not resolved in the header"
    return Fault(FaultKind.INPUT_MISMATCH, node.place, message, hint)
