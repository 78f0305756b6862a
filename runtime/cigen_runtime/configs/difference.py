"""What a sync would change inside a file: the keys, never their values, which not everybody may be meant to read."""

from collections.abc import Iterator

from cigen_runtime.configs.documents import Items, Node, Scalar, Table, merges, parse
from cigen_runtime.configs.merge import joined
from cigen_runtime.errors import JobError

SHOWN = 20


def changed_keys(name: str, before: bytes, after: bytes) -> Iterator[str]:
    """Lines such as `~ database.host`, `+ database.port` and `- database.socket`; sizes where keys cannot be told."""
    try:
        old, new = (_values(parse(name, content)) if merges(name) else None for content in (before, after))
    except JobError:  # what somebody else put there need not be what we would accept
        old = new = None
    if old is None or new is None:
        yield f"{len(before)} -> {len(after)} bytes"
        return
    lines = [
        f"{'+' if key not in old else '-' if key not in new else '~'} {key or '(the whole file)'}"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield f"and {len(lines) - SHOWN} more keys"
    if not lines:
        yield "no value, only how it is written"


def _values(root: Node | None) -> dict[str, object]:
    return {} if root is None else dict(_leaves(root, ""))


def _leaves(node: Node, path: str) -> Iterator[tuple[str, object]]:
    match node:
        case Table() if node.entries:
            for key, entry in node.entries.items():
                yield from _leaves(entry.value, joined(path, key))
        case Items() if node.items:
            for number, item in enumerate(node.items):
                yield from _leaves(item, f"{path}[{number}]")
        case Scalar():
            yield path, (node.type, node.text)
        case _:
            yield path, type(node)
