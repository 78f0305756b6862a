"""Several layers of one config file become one: the more specific layer wins, key by key."""

import fnmatch
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cigen_runtime.configs.documents import Entry, Items, Node, Place, Scalar, Table, parse, wrong
from cigen_runtime.contract.config_layers import RULES_FILE
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError, JobError

_EXAMPLE = """\
lists:
  "routes.yml:endpoints": by name   # file:path of the list; `*` stands for any text; the first line that fits decides
  "*": replace                      # or append
nulls: keep                         # or remove: null in a more specific layer takes the key away"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What `configs/merge.yml` says; without it a list replaces a list, and null is a value like any other."""

    lists: tuple[tuple[str, str], ...] = ()
    """Patterns of `file:path`, each with replace, append or `by <key>`."""
    nulls_remove: bool = False

    def for_list(self, name: str, path: str) -> str:
        """What happens when two layers have this list."""
        for pattern, strategy in self.lists:
            file, _, below = pattern.partition(":")
            if fnmatch.fnmatchcase(name, file) and fnmatch.fnmatchcase(path, below or "*"):
                return strategy
        return "replace"


def read_rules(content: bytes | None) -> Rules:
    """The rules of a service repo; raises ConfigurationError with the line."""
    root = parse(RULES_FILE, content) if content else None
    if root is None:
        return Rules()
    remedy = f"It looks so:\n{_EXAMPLE}"
    if not isinstance(root, Table):
        raise wrong(root.place, "it is no mapping", remedy)
    for key, entry in root.entries.items():
        if key not in {"lists", "nulls"}:
            raise wrong(entry.place, f"unknown key {key!r}", remedy)
    nulls = root.entries.get("nulls")
    if nulls and not (isinstance(nulls.value, Scalar) and nulls.value.text in {"keep", "remove"}):
        raise wrong(nulls.place, "nulls is neither keep nor remove", remedy)
    lists = root.entries.get("lists")
    if lists and not isinstance(lists.value, Table):
        raise wrong(lists.place, "lists is no mapping", remedy)
    strategies: list[tuple[str, str]] = []
    for pattern, entry in lists.value.entries.items() if lists and isinstance(lists.value, Table) else ():
        text = entry.value.text if isinstance(entry.value, Scalar) else ""
        if text not in {"replace", "append"} and not (text.startswith("by ") and text[3:].strip()):
            raise wrong(entry.place, f"{text or 'this'!r} is neither replace, append nor 'by <key>'", remedy)
        strategies.append((pattern, text))
    is_remove = nulls is not None and isinstance(nulls.value, Scalar) and nulls.value.text == "remove"
    return Rules(tuple(strategies), is_remove)


def merge(name: str, layers: Sequence[Node], rules: Rules) -> tuple[Node, list[JobError]]:
    """The layers of the file `name`, the least specific first, as one, and everything that stands against it."""
    merger = _Merger(name, rules)
    result = layers[0]
    for layer in layers[1:]:
        result = merger.merged(result, layer, "")
    return result, merger.problems


class _Merger:
    """Merges two layers; goes on after a problem, so that all are told at once."""

    def __init__(self, name: str, rules: Rules) -> None:
        self._name = name
        self._rules = rules
        self.problems: list[JobError] = []

    def merged(self, below: Node, above: Node, path: str) -> Node:
        match below, above:
            case Table(), Table():
                return self._tables(below, above, path)
            case Items(), Items():
                return self._lists(below, above, path)
        if _kind(below) != _kind(above) and not is_null(below) and not is_null(above):
            self.problems.append(
                ConfigurationError(
                    f"{above.place}: {path or 'the file'} is {_kind(above)}, and {_kind(below)} in {below.place}",
                    remedy="One key has one kind of value in all layers: give one of the two another name.",
                    branch=Branch.S3,
                )
            )
        return above

    def _tables(self, below: Table, above: Table, path: str) -> Table:
        entries = dict(below.entries)
        for key, entry in above.entries.items():
            inner = joined(path, key)
            lower = entries.get(key)
            if self._rules.nulls_remove and is_null(entry.value):
                entries.pop(key, None)
            elif lower is None:
                entries[key] = entry
            else:
                entries[key] = Entry(entry.place, lower.style, self.merged(lower.value, entry.value, inner))
        return Table(above.place, entries, below.in_a_row)

    def _lists(self, below: Items, above: Items, path: str) -> Items:
        match self._rules.for_list(self._name, path).partition(" "):
            case "append", _, _:
                return Items(above.place, below.items + above.items, below.in_a_row)
            case "by", _, key:
                return self._by_key(below, above, path, key.strip())
        return above

    def _by_key(self, below: Items, above: Items, path: str, key: str) -> Items:
        lower, upper = self._keyed(below, path, key), self._keyed(above, path, key)
        if lower is None or upper is None:
            return above
        result: dict[tuple[str, str], Node] = dict(lower)
        for name, item in upper.items():
            inner = f"{path}[{name[1]}]"
            result[name] = self.merged(lower[name], item, inner) if name in lower else item
        return Items(above.place, tuple(result.values()), below.in_a_row)

    def _keyed(self, items: Items, path: str, key: str) -> dict[tuple[str, str], Node] | None:
        result: dict[tuple[str, str], Node] = {}
        for item in items.items:
            entry = item.entries.get(key) if isinstance(item, Table) else None
            if entry is None or not isinstance(entry.value, Scalar):
                self.problems.append(
                    wrong(item.place, f"an item of {path} has no {key}, and the list merges by it", f"Give it a {key}.")
                )
                return None
            name = (entry.value.type, entry.value.text)
            if name in result:
                self.problems.append(
                    wrong(
                        item.place,
                        f"two items of {path} have {key} {entry.value.text!r}, first in line {result[name].place.line}",
                        "Leave one of them.",
                    )
                )
                return None
            result[name] = item
        return result


def origins(node: Node, path: str = "") -> Iterator[tuple[str, str]]:
    """Which file and line each key of a merged tree came from; a list that one file gave whole counts as one value."""
    match node:
        case Table() if node.entries:
            for key, entry in node.entries.items():
                yield from origins(entry.value, joined(path, key))
        case Items() if len({place.path for place in _places(node)}) > 1:
            for number, item in enumerate(node.items):
                yield from origins(item, f"{path}[{number}]")
        case _:
            yield path, str(node.place)


def _places(node: Node) -> Iterator[Place]:
    match node:
        case Table():
            for entry in node.entries.values():
                yield from _places(entry.value)
        case Items():
            for item in node.items:
                yield from _places(item)
        case _:
            yield node.place


def joined(path: str, key: str) -> str:
    """The path of a key below another path; a key that has a dot itself stands in quotes."""
    shown = key if key and not set(key) & set('.[]"') else json.dumps(key, ensure_ascii=False)
    return f"{path}.{shown}" if path else shown


def is_null(node: Node) -> bool:
    """Whether it is null, which may stand for any kind of value."""
    return isinstance(node, Scalar) and node.type == "null"


def _kind(node: Node) -> str:
    match node:
        case Table():
            return "a mapping"
        case Items():
            return "a list"
        case Scalar():
            return "a value"
