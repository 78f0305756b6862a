"""The variables of a `variables:` mapping, as texts."""

from collections.abc import Callable, Iterator, Mapping

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


class Layers(Mapping[str, str]):
    """Variables from several places: the first that has a name wins, and the last is made when it comes to it."""

    __slots__ = ("_last", "_layers", "_made")

    def __init__(self, *layers: Mapping[str, str], last: Callable[[], Mapping[str, str]]) -> None:
        self._layers = layers
        self._last = last
        self._made: Mapping[str, str] | None = None

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """The value of a variable."""
        for layer in self._layers:
            if name in layer:
                return layer[name]
        return self._lowest().get(name, default)

    def _lowest(self) -> Mapping[str, str]:
        if self._made is None:
            self._made = self._last()
        return self._made

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for layer in (*self._layers, self._lowest()) for name in layer})

    def __len__(self) -> int:
        return sum(1 for _ in self)
