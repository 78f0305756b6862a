"""Two mappings as one, as GitLab merges files and extended jobs: mappings deeply, everything else replaced."""

from collections.abc import Hashable

from cigen.pipeline.node import Entry, Mapping


def merged(under: Mapping, over: Mapping) -> Mapping:
    """What both say; where they differ, the second counts. Keys keep the order in which they first appear."""
    entries: dict[Hashable, Entry] = dict(under.entries)
    for name, entry in over.entries.items():
        below = entries.get(name)
        if below is not None and isinstance(below.value, Mapping) and isinstance(entry.value, Mapping):
            entries[name] = Entry(entry.key, merged(below.value, entry.value))
        else:
            entries[name] = entry
    return Mapping(entries, over.place)
