"""Lists of nodes as what Psych makes of them: mappings with their merges, references, values with a tag."""

import base64
import binascii
from collections.abc import Callable, Hashable

from cigen.pipeline.node import Duplicate, Entry, Mapping, Node, Place, Plain, Reference, Scalar, Sequence, Symbol


def mapping_of(items: list[Node], aliases: set[int], place: Place) -> Mapping:
    """A mapping of keys and values in turn; `aliases` says which of them came through an alias."""
    entries: dict[Hashable, Entry] = {}
    duplicates: list[Duplicate] = []
    for index in range(0, len(items), 2):
        key, value = items[index], items[index + 1]
        name = key if type(key) is Scalar else _key_of(key)
        if name.value == "<<" and _merge(entries, value, is_alias=index + 1 in aliases):
            continue
        entry = Entry(name, value)
        before = entries.get(name.value)
        if before is not None and before.key.place[:3] >= place[:3]:
            duplicates.append(Duplicate(before, entry))
        entries[name.value] = entry
    return Mapping(entries, place, tuple(duplicates))


def reference_of(items: list[Node], place: Place) -> Reference:
    """`!reference` before a list."""
    values = [item.value for item in items if isinstance(item, Scalar)]
    names = tuple(str(value) for value in values)
    if not items:
        return Reference((), place, "its list is empty")
    if len(values) < len(items) or not all(isinstance(value, str) and type(value) is not Symbol for value in values):
        return Reference(names, place, "its list may have texts only")
    return Reference(names, place)


def tagged_value(tag: str, text: str, plain: Callable[[], Plain]) -> Plain:
    """A scalar with a tag; one that Psych does not know changes nothing."""
    if tag in {"!str", "tag:yaml.org,2002:str"} or tag.startswith(("!str:", "!ruby/string")):
        return text
    if tag in {"!binary", "tag:yaml.org,2002:binary"}:
        return _decoded(text)
    if tag.startswith("!ruby/sym"):
        return Symbol(text)
    value = plain()
    if tag in {"!float", "tag:yaml.org,2002:float"} and isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    return value


def _merge(entries: dict[Hashable, Entry], value: Node, *, is_alias: bool) -> bool:
    """Take over what `<<` points to; as in Psych it beats what stands above it. False where it is a plain key."""
    if isinstance(value, Mapping):
        entries.update(value.entries)
        return True
    if not isinstance(value, Sequence) or is_alias:
        return False
    mappings = [item for item in value.items if isinstance(item, Mapping)]
    if len(mappings) < len(value.items):
        return False
    for mapping in reversed(mappings):
        entries.update(mapping.entries)
    return True


def _key_of(key: Node) -> Scalar:
    """A key that is no scalar, by the words it has."""
    if isinstance(key, Scalar):
        return key
    return Scalar(f"{type(key).__name__.lower()} at line {key.place.line + 1}", key.place)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
