"""`variables`, at the top, in a job, in a rule and for a service."""

from collections.abc import Iterator

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.shapes import (
    FLAG,
    NAME,
    SCALAR,
    TEXTS,
    Either,
    Fields,
    Keyword,
    MappingOf,
    Shape,
    key,
)
from cigen.pipeline.keywords.where import Where, described, is_null
from cigen.pipeline.node import Mapping, Node, Scalar, Sequence


def _value_is_an_option(node: Node, where: Where) -> Iterator[Fault]:
    """Where there are options, the value is one of them."""
    if not isinstance(node, Mapping) or not isinstance(options := node.get("options"), Sequence) or not options.items:
        return
    value = node.get("value")
    known = [item.value for item in options.items if isinstance(item, Scalar) and isinstance(item.value, str)]
    if isinstance(value, Scalar) and isinstance(value.value, str) and value.value in known:
        return
    at = options if is_null(value) or value is None else value
    said = (
        "has options, but no value"
        if is_null(value) or value is None
        else f"must be one of its options ({', '.join(known)}), and is {described(value)}"
    )
    yield where.under("value").fault(FaultKind.BAD_ENUM, at, said, "the value is the option that is chosen at first")


def _variables(wanted: str, *keywords: Keyword, null_is: Shape | None = None) -> Shape:
    return MappingOf(
        Either(
            (
                ("text", SCALAR),
                ("number", SCALAR),
                ("flag", SCALAR),
                *((("mapping", Fields(keywords, checks=(_value_is_an_option,))),) if keywords else ()),
            ),
            wanted,
        ),
        NAME,
        null_is=null_is,
    )


_VALUE = key("value", SCALAR, "The value.", at="variables")
_EXPAND = key("expand", FLAG, "Whether `$NAME` in it is replaced.", since="15.6", at="variablesexpand")

PLAIN_VARIABLES = _variables("text or a number", null_is=SCALAR)
"""Variables that are only a value each, as in rules and services."""
JOB_VARIABLES = _variables("text, a number, or a mapping with 'value'", _VALUE, _EXPAND)
VARIABLES = _variables(
    "text, a number, or a mapping with 'value'",
    _VALUE,
    _EXPAND,
    key(
        "description",
        NAME,
        "What the page that starts a pipeline says about it.",
        since="13.7",
        at="variablesdescription",
    ),
    key("options", TEXTS, "The values to choose from on that page.", since="15.7", at="variablesoptions"),
)
