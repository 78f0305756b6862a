"""Which job that went is which job that came, under another name: a guess, from what they have in common."""

from collections.abc import Mapping
from difflib import SequenceMatcher

from cigen.diff.values import facts_of
from cigen.pipeline.model import Job
from cigen.pipeline.scope import Scope, scope_of

_ALIKE = 0.75
"""The share of two jobs' keys that must be the same."""

_Key = tuple[str, str]


def renames(gone: Mapping[_Key, Job], come: Mapping[_Key, Job]) -> dict[_Key, _Key]:
    """Each job that went with the one that most likely took its place: in the same entry file, for the same region."""
    old, new = ({key: _described(job) for key, job in jobs.items()} for jobs in (gone, come))
    scored = sorted(
        (
            (-_likeness(old[key][2], new[other][2]), -_alike_names(key[1], other[1]), key, other)
            for key in old
            for other in new
            if key[0] == other[0] and old[key][:2] == new[other][:2]
        ),
    )
    pairs: dict[_Key, _Key] = {}
    for likeness, _, key, other in scored:
        if -likeness >= _ALIKE and key not in pairs and other not in pairs.values():
            pairs[key] = other
    return pairs


def _described(job: Job) -> tuple[Scope, str, frozenset[str]]:
    return scope_of(job), job.stage_name, facts_of(job)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _alike_names(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
