"""What differs between two versions of a job, key by key, each value in short."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from cigen.pipeline.model import Job
from cigen.pipeline.needs import Need, read_needs
from cigen.pipeline.node import Mapping, Node, plain
from cigen.pipeline.reference import flattened

_WIDTH = 72
_CONTEXT = 14
_OPENED = frozenset({"variables", "environment", "artifacts", "retry", "inherit", "id_tokens", "cache", "secrets"})
"""Keywords whose own keys are compared one by one."""
_IGNORED = frozenset({"extends"})
"""How a job gets its keywords; what it gets is compared."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One key that changed: what was, and what is; an empty text where there was or is nothing."""

    key: str
    before: str = ""
    after: str = ""
    removed: tuple[str, ...] = ()
    """Of a list: the lines that went."""
    added: tuple[str, ...] = ()


def changes_of(before: Job, after: Job) -> tuple[Change, ...]:
    """What differs between two jobs, with what they get from templates and defaults."""
    return tuple(_changes(before.effective, after.effective))


def changes_between(before: Mapping | None, after: Mapping | None) -> tuple[Change, ...]:
    """What differs between two mappings such as the top-level variables."""
    empty: dict[object, Node] = {}
    old = {entry.key.value: entry.value for entry in before} if before else empty
    new = {entry.key.value: entry.value for entry in after} if after else empty
    return tuple(
        _valued(str(key), old.get(key), new.get(key))
        for key in dict.fromkeys([*old, *new])
        if _plain(old.get(key)) != _plain(new.get(key))
    )


def facts_of(job: Job) -> frozenset[str]:
    """The job as a set of statements, to tell how alike two jobs are."""
    return frozenset(f"{key}={value}" for key, value in _flat("", plain(job.effective)) if key != "extends")


def _changes(before: Mapping, after: Mapping) -> Iterator[Change]:
    names = [str(entry.key.value) for entry in (*before, *after)]
    for name in dict.fromkeys(names):
        old, new = before.get(name), after.get(name)
        if name in _IGNORED or _plain(old) == _plain(new):
            continue
        if name == "needs":
            yield from _needs(old, new)
        elif name in _OPENED and _can_be_opened(name, old, new):
            for change in changes_between(_mapping(old), _mapping(new)):
                yield replace(change, key=f"{name}.{change.key}")
        else:
            yield _valued(name, old, new)


def _can_be_opened(name: str, old: Node | None, new: Node | None) -> bool:
    """Whether both are mappings; `variables` may come or go as a whole, each is told by its name."""
    are_mappings = all(isinstance(node, Mapping) or node is None for node in (old, new))
    return are_mappings and (name == "variables" or not (old is None or new is None))


def _mapping(node: Node | None) -> Mapping | None:
    return node if isinstance(node, Mapping) else None


def _needs(before: Node | None, after: Node | None) -> Iterator[Change]:
    if before is None or after is None:
        yield Change("needs", _all_needs(before), _all_needs(after))
        return
    old, new = ({need.job: _need(need) for need in read_needs(node)} for node in (before, after))
    removed = tuple(old[job] for job in old if old[job] != new.get(job))
    added = tuple(new[job] for job in new if new[job] != old.get(job))
    if removed or added:
        yield Change("needs", removed=removed, added=added)
    elif list(old) != list(new):
        yield Change("needs", "another order", "another order")


def _all_needs(node: Node | None) -> str:
    if node is None:
        return "none: it waits for the stages before"
    return ", ".join(_need(need) for need in read_needs(node)) or "[]: it starts at once"


def _need(need: Need) -> str:
    told = [*(["with its files"] if need.has_artifacts else []), *(["if it is there"] if need.is_optional else [])]
    told += [f"of {need.elsewhere}"] if need.elsewhere else []
    return need.job + (f" ({', '.join(told)})" if told else "")


def _valued(key: str, before: Node | None, after: Node | None) -> Change:
    """A change of one value; of two lists, the lines that differ."""
    old, new = _plain(before), _plain(after)
    if isinstance(old, list) and isinstance(new, list) and (len(old) > 1 or len(new) > 1):
        olds, news = [_written(item) for item in old], [_written(item) for item in new]
        removed, added = _lines(olds, news)
        return Change(key, removed=removed, added=added)
    told = [("" if node is None else _written(value)) for node, value in ((before, old), (after, new))]
    return Change(key, *_window(told[0], told[1]))


def _lines(old: list[str], new: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    removed: list[str] = []
    added: list[str] = []
    for tag, start, end, other_start, other_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += old[start:end]
            added += new[other_start:other_end]
    if len(removed) == len(added):
        pairs = [_window(before, after) for before, after in zip(removed, added, strict=True)]
        return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    return tuple(map(_shortened, removed)), tuple(map(_shortened, added))


def _window(before: str, after: str) -> tuple[str, str]:
    """Two long texts around the place where they differ."""
    if max(len(before), len(after)) <= _WIDTH:
        return before, after
    if not before or not after:
        return _shortened(before), _shortened(after)
    shortest = min(len(before), len(after))
    start = next((at for at in range(shortest) if before[at] != after[at]), shortest)
    tail = next((at for at in range(shortest - start) if before[-1 - at] != after[-1 - at]), shortest - start)
    return _cut(before, start, tail), _cut(after, start, tail)


def _cut(text: str, start: int, tail: int) -> str:
    first, last = max(start - _CONTEXT, 0), min(len(text) - tail + _CONTEXT, len(text))
    middle = _shortened(text[first:last], _WIDTH + 2 * _CONTEXT)
    return ("…" if first else "") + middle + ("…" if last < len(text) else "")


def _shortened(text: str, width: int = _WIDTH) -> str:
    return text if len(text) <= width else text[: width // 2] + " … " + text[len(text) - width // 2 + 3 :]


def _plain(node: Node | None) -> object:
    """The value for comparing; lists in lists, as `!reference` leaves them, are one list for GitLab."""
    if node is None:
        return None
    value = plain(node)
    return [plain(item) for item in flattened(node)] if isinstance(value, list) else value


def _written(value: object) -> str:
    if isinstance(value, str):
        return (
            value if value.strip() == value and value and "\n" not in value else json.dumps(value, ensure_ascii=False)
        )
    return json.dumps(value, ensure_ascii=False, default=str)


def _flat(key: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(f"{key}.{name}" if key else str(name), item)
    elif isinstance(value, list):
        for item in value:
            yield from _flat(key, item)
    else:
        yield key, str(value)
