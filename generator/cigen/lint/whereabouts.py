"""What jobs say of the environment and the region that they work for: by variables, and by all sorts of names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from cigen.lint.calls import Call, calling_jobs
from cigen.lint.contract_files import regions_told
from cigen.lint.subject import Job, Subject
from cigen.lint.told import Told, told
from cigen.pipeline.node import Place
from cigen.pipeline.scope import without_region
from cigen_runtime.contract.identity import ENVIRONMENT, REGION

_NOT_PRODUCTION = re.compile(r"(?<![a-z0-9])(?:pre|non|not)[-_.]?prod(?:uction)?(?![a-z0-9])", re.IGNORECASE)
_AWS_REGION = re.compile(
    r"(?<![a-z0-9])(?:af|ap|ca|cn|eu|il|me|mx|sa|us)-(?:gov-|iso[a-z]?-)?"
    r"(?:north|south|east|west|central)(?:north|south|east|west)?-\d(?![0-9])"
)
_WORD = re.compile(r"[a-z0-9]+")
_ENVIRONMENT_WORDS: Mapping[str, frozenset[str]] = {
    "prod": frozenset({"prod", "production", "prd"}),
    "staging": frozenset({"staging", "stage", "stg"}),
}


@dataclass(frozen=True, slots=True)
class Worker:
    """A job that calls commands, and the place that its variables name."""

    job: Job
    calls: tuple[Call, ...]
    told: Told
    environment: str
    region: str
    """Empty for a job that works for all regions of its environment, or of which it is not known."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something in the file that says another place than a job works for."""

    place: Place
    what: str
    says: str
    expected: str
    job: Job
    hint: str = ""


def workers(subject: Subject) -> tuple[Worker, ...]:
    """The jobs that call commands and are told an environment."""
    return subject.once(_workers)


def known_regions(subject: Subject) -> frozenset[str]:
    """The regions that any job is told."""
    return subject.once(_known_regions)


def _workers(subject: Subject) -> tuple[Worker, ...]:
    found = []
    for job, calls in calling_jobs(subject):
        known = told(subject, job)
        if not job.is_template and (environment := known.value(ENVIRONMENT)):
            found.append(Worker(job, calls, known, environment, known.value(REGION)))
    return tuple(found)


def _known_regions(subject: Subject) -> frozenset[str]:
    own = {worker.region for worker in workers(subject)}
    listed = {region for worker in workers(subject) for region in regions_told(worker.told)}
    return frozenset(own | listed) - {""}


def other_region(text: str, own: str, known: Iterable[str]) -> str:
    """The one of the known regions that a text names in the place of the own one; empty where it does not."""
    if not own or _mentions(text, own):
        return ""
    return next((region for region in sorted(known) if region != own and _mentions(text, region)), "")


def other_environment(text: str, own: str) -> str:
    """The environment that a text names in the place of the own one; empty where it names none, or both."""
    named = environments_in(text)
    return "" if not named or own in named else min(named)


@lru_cache(maxsize=4096)
def environments_in(text: str) -> frozenset[str]:
    """The environments whose names stand in a text as words; `pre-prod` is neither."""
    words = set(_WORD.findall(_NOT_PRODUCTION.sub("", text.lower())))
    return frozenset(name for name, own in _ENVIRONMENT_WORDS.items() if words & own)


def aws_regions_in(text: str) -> frozenset[str]:
    """The AWS regions that a text names."""
    return frozenset(_AWS_REGION.findall(text)) if "-" in text else frozenset()


def grouped(found: Iterable[Disagreement]) -> Iterator[tuple[Disagreement, int]]:
    """Each fault once, with the number of further jobs that have it from the same place in the file."""
    by_fault: dict[tuple[Place, str, str], list[Disagreement]] = defaultdict(list)
    for each in found:
        by_fault[each.place, each.what, each.expected].append(each)
    for group in by_fault.values():
        yield group[0], len({each.job.name for each in group}) - 1


def jobs_named(first: Disagreement, more: int) -> str:
    """The jobs of a group of disagreements, for a sentence."""
    return first.job.name + (f" and {more} more job{'s' if more > 1 else ''}" if more else "")


@lru_cache(maxsize=8192)
def _mentions(text: str, region: str) -> bool:
    return without_region(text, region) != text
