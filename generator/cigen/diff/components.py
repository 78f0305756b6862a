"""What became of the inputs that the repo's GitLab CI/CD components take."""

from collections.abc import Iterator, Mapping

from cigen.diff.model import OfComponents
from cigen.diff.values import Change, changes_between
from cigen.pipeline import node
from cigen.pipeline.tree import Components

_ALWAYS_FINE = frozenset({"default", "description"})
"""What may change in an input's declaration without a service noticing: the value that it gives is taken as before."""


def changes_of_components(before: Components, after: Components) -> Iterator[OfComponents]:
    """What changed in the inputs of components that both have; what is the same in several is told once."""
    found: dict[tuple[Change, bool], list[str]] = {}
    for name in before:
        if name in after:
            for told in _changes(before[name], after[name]):
                found.setdefault(told, []).append(name)
    for (change, is_break), names in found.items():
        yield OfComponents(tuple(names), change, is_break)


def _changes(before: Mapping[str, node.Node], after: Mapping[str, node.Node]) -> Iterator[tuple[Change, bool]]:
    for name in dict.fromkeys([*before, *after]):
        old, new = (side.get(name) for side in (before, after))
        if new is None:
            yield Change(f"inputs.{name}", _told(old)), True
        elif old is None:
            yield Change(f"inputs.{name}", "", _told(new)), _is_required(new)
        else:
            for change in changes_between(_mapping(old), _mapping(new)):
                if change.key != "description":
                    needs_a_value = _is_required(new) and not _is_required(old)
                    is_break = needs_a_value or change.key not in _ALWAYS_FINE
                    yield Change(f"inputs.{name}.{change.key}", change.before, change.after), is_break


def _is_required(declaration: node.Node | None) -> bool:
    mapping = _mapping(declaration)
    return mapping is None or not ("default" in mapping or "rules" in mapping)


def _told(declaration: node.Node | None) -> str:
    if _is_required(declaration):
        return "has to be given"
    mapping = _mapping(declaration)
    default = mapping.get("default") if mapping else None
    return f"{node.plain(default)} when it is not given" if default is not None else "may be given"


def _mapping(declaration: node.Node | None) -> node.Mapping | None:
    return declaration if isinstance(declaration, node.Mapping) else None
