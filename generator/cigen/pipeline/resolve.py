"""From a root file to the pipeline that GitLab would make of it.

GitLab's order: each file's inputs are filled in, its includes read, all merged, then `extends`, then `!reference`.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from cigen.pipeline.document import Cache
from cigen.pipeline.extend import extend
from cigen.pipeline.fault import Fault
from cigen.pipeline.include import Including
from cigen.pipeline.include_rules import Knowledge
from cigen.pipeline.model import GLOBAL_KEYS, Job, Pipeline
from cigen.pipeline.node import Mapping, Place
from cigen.pipeline.reference import resolve_references
from cigen.pipeline.sources import NoFiles, Sources


def resolve(
    path: str,
    text: str | bytes,
    sources: Sources | None = None,
    knowledge: Knowledge | None = None,
    cache: Cache | None = None,
) -> Pipeline:
    """The pipeline of one root file; what GitLab would refuse about it is in its faults.

    Every file that is read is in the cache afterwards.
    """
    return next(resolve_all([(path, text)], sources, knowledge, cache))


def resolve_all(
    files: Iterable[tuple[str, str | bytes]],
    sources: Sources | None = None,
    knowledge: Knowledge | None = None,
    cache: Cache | None = None,
) -> Iterator[Pipeline]:
    """The pipeline of each root file; a file that several include is read once."""
    cache = {} if cache is None else cache
    for path, text in files:
        with _without_collection():
            pipeline = _resolve(path, text, sources or NoFiles(), Including(cache, knowledge or Knowledge()))
        yield pipeline


@contextmanager
def _without_collection() -> Iterator[None]:
    """Let Python not look for garbage while nodes are made: there is none, and looking takes a third of the time."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def _resolve(path: str, text: str | bytes, sources: Sources, including: Including) -> Pipeline:
    merged_root = including.root(path, text, sources)
    if merged_root is None:
        return Pipeline(path, Mapping({}, Place(path, 0, 0, 0, 0)), _each_once(including.faults), is_complete=False)
    is_complete = including.is_complete
    extended = extend(merged_root, is_complete=is_complete)
    root, broken, reference_faults = resolve_references(extended.root, is_complete=is_complete)
    pipeline = Pipeline(
        path,
        root,
        _each_once([*including.faults, *extended.faults, *reference_faults]),
        tuple(including.included),
        tuple(including.skipped),
        is_complete,
        tuple(including.stand_ins),
    )
    pipeline.set_jobs(
        tuple(
            Job(
                str(name),
                entry.key,
                entry.value,
                merged_root.entries[name].value,
                extended.bases.get(name, ()),
                name not in extended.incomplete and name not in broken,
                pipeline,
            )
            for name, entry in root.entries.items()
            if name not in GLOBAL_KEYS
        )
    )
    return pipeline


def _each_once(faults: list[Fault]) -> tuple[Fault, ...]:
    """A file that is included twice has its faults once."""
    return tuple({(fault.kind, fault.place, fault.message): fault for fault in reversed(faults)}.values())[::-1]
