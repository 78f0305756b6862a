"""A CI file as GitLab splits it: an optional header with `spec:`, and the configuration."""

from dataclasses import dataclass

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Mapping, Place
from cigen.pipeline.yaml_file import read_document


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's configuration with its inputs filled in; no root where GitLab would go no further."""

    root: Mapping | None
    faults: tuple[Fault, ...] = ()


def load(path: str, text: str | bytes, cache: dict[tuple[str, str | bytes], Loaded], *, is_root: bool) -> Loaded:
    """Read a file; the same text under the same path is read once."""
    key = (path, text)
    if key not in cache:
        cache[key] = _load(path, text)
    return cache[key]


def _load(path: str, text: str | bytes) -> Loaded:
    document = read_document(path, text if isinstance(text, str) else text.decode("utf-8", "replace"))
    if document.root is None and document.faults:
        return Loaded(None, document.faults)
    if not isinstance(document.root, Mapping):
        place = document.root.place if document.root else Place(path, 0, 0, 0, 0)
        return Loaded(None, (Fault(FaultKind.WRONG_SHAPE, place, "the file is no mapping of keywords and jobs"),))
    return Loaded(document.root, document.faults)
