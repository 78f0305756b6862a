"""The variables of a `variables:` mapping, as texts."""

from cigen.pipeline import node
from cigen.pipeline.node import Node, Scalar, Sequence


def variables_of(written: Node | None) -> dict[str, str]:
    """Name and value of each; where a mapping describes one, its `value`."""
    if not isinstance(written, node.Mapping):
        return {}
    return {str(entry.key.value): value_of(entry.value) for entry in written}


def value_of(written: Node | None) -> str:
    """The text that GitLab makes of a value: nothing for null, `true` for a truth value."""
    match written:
        case node.Mapping():
            return value_of(written.get("value"))
        case Scalar(value=bool() as value):
            return str(value).lower()
        case Scalar(value=value):
            return "" if value is None else str(value)
        case Sequence():
            return ", ".join(value_of(item) for item in written.items)
        case _:
            return ""
