"""Which environment and region a job works for, and its name without them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cigen.pipeline.model import Job
from cigen.pipeline.node import Mapping, Scalar
from cigen_runtime.contract.identity import ENVIRONMENT, REGION

PLACEHOLDER = "<region>"
ENVIRONMENTS = ("staging", "prod")
"""In the order of a release."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """What a job is for; empty where it is for all."""

    environment: str = ""
    region: str = ""


def scope_of(job: Job) -> Scope:
    """From the variables that tell the job itself; else from its environment, or the file it stands in."""
    environment, region = _variable(job, ENVIRONMENT.name), _variable(job, REGION.name)
    if environment:
        return Scope(environment, region)
    named = _environment(job)
    if named:
        first, _, second = named.partition("/")
        return Scope(first, second)
    name = job.key.place.path.rsplit("/", 1)[-1]
    return Scope(next((known for known in ENVIRONMENTS if name.startswith(f"{known}-")), ""))


def without_region(text: str, region: str) -> str:
    """The text with a placeholder where it names the region, so that the same change elsewhere reads the same."""
    return _expression(region).sub(PLACEHOLDER, text) if region else text


def braced(names: Iterable[str]) -> str:
    """Names that differ in one word as one: `deploy-lambda-staging-{eu,us}`."""
    groups: dict[tuple[str, str], list[str]] = {}
    left = sorted(names)
    for name in left:
        head, _, tail = name.rpartition("-")
        groups.setdefault((head, ""), []).append(tail)
    told = []
    for (head, _), tails in groups.items():
        joined = tails[0] if len(tails) == 1 else "{" + ",".join(tails) + "}"
        told.append(f"{head}-{joined}" if head else joined if len(tails) == 1 else ", ".join(tails))
    return ", ".join(told)


@lru_cache(maxsize=8192)
def regions_named(text: str, regions: frozenset[str]) -> frozenset[str]:
    """Those of the regions that a text names."""
    return frozenset(_expression(*regions).findall(text)) if regions else frozenset()


@lru_cache(maxsize=256)
def _expression(*regions: str) -> re.Pattern[str]:
    """Any of the regions as a word; `eu` in `eu-west-2` is AWS's word."""
    aws = r"-(?:gov-|iso[a-z]?-)?(?:north|south|east|west|central)[a-z]*-\d"
    longest_first = sorted(map(re.escape, regions), key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(longest_first)})(?![A-Za-z0-9])(?!{aws})")


def _variable(job: Job, name: str) -> str:
    own = job.own_variables
    node = own.get(name) if own else None
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _environment(job: Job) -> str:
    node = job.get("environment")
    if isinstance(node, Mapping):
        node = node.get("name")
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) and "$" not in node.value else ""
