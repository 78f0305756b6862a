"""What the regions of one environment have in common: the same jobs, with the same gates."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cigen.lint.conditions import rules_of
from cigen.lint.production import deploys_to_production
from cigen.lint.subject import Job, Subject
from cigen.lint.target_mismatches import mismatches
from cigen.lint.whereabouts import Worker, known_regions, other_region, workers
from cigen.pipeline.needs import read_needs
from cigen.pipeline.node import Place, plain
from cigen.pipeline.scope import without_region

_COMPARED = (
    "stage",
    "script",
    "resource_group",
    "allow_failure",
    "interruptible",
    "retry",
    "environment.name",
    "environment.deployment_tier",
    "environment.action",
)
_DECIDING = ("if", "changes", "exists")

_Group = Mapping[str, Mapping[str, Worker]]
"""The jobs by their name without the region, and then by region."""


@dataclass(frozen=True, slots=True)
class MissingJob:
    """A job that one region has and another has not."""

    name: str
    environment: str
    region: str
    other: str
    """A region that has it."""
    model: Job
    place: Place
    """Where it would stand: at the first job of its region."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A keyword that the same job has otherwise in two regions."""

    job: Job
    model: Job
    keyword: str


def missing_jobs(subject: Subject) -> Iterator[MissingJob]:
    """Every job that some regions of a group lack."""
    for environment, group in _groups(subject):
        regions = dict.fromkeys(region for by_region in group.values() for region in by_region)
        for family, by_region in group.items():
            model = next(iter(by_region.values()))
            for region in regions:
                if region not in by_region:
                    first = next(found[region].job for found in group.values() if region in found)
                    name = family.replace(without_region(model.region, model.region), region)
                    yield MissingJob(name, environment, region, model.region, model.job, first.place)


def differences(subject: Subject) -> Iterator[Difference]:
    """Every keyword in which a region is not like most of the others."""
    regions = known_regions(subject)
    told_already = {each.place for each in mismatches(subject)}
    for _, group in _groups(subject):
        for by_region in group.values():
            those = list(by_region.values())
            looks = [_looks(worker, regions) for worker in those] if len(those) > 1 else []
            for keyword in looks[0] if looks else ():
                usual = Counter(look[keyword] for look in looks).most_common(1)[0][0]
                model = next(each for each, look in zip(those, looks, strict=True) if look[keyword] == usual)
                for worker, look in zip(those, looks, strict=True):
                    if look[keyword] != usual and not _is_told(subject, worker.job, model.job, keyword, told_already):
                        yield Difference(worker.job, model.job, keyword)


def _is_told(subject: Subject, job: Job, model: Job, keyword: str, told_already: set[Place]) -> bool:
    """Whether another rule says more of it: what names the wrong region, a lock that a deployment lacks."""
    keys = keyword.split(".")
    is_unlocked = keyword == "resource_group" and job.get(keyword) is None and deploys_to_production(subject, job)
    return is_unlocked or not told_already.isdisjoint({job.place_of(*keys), model.place_of(*keys)})


def _groups(subject: Subject) -> Iterator[tuple[str, _Group]]:
    """The jobs of the files that are written once for each region; those of one file together."""
    groups: dict[tuple[str, str], dict[str, dict[str, Worker]]] = defaultdict(lambda: defaultdict(dict))
    for worker in workers(subject):
        family = without_region(worker.job.name, worker.region) if worker.region else worker.job.name
        if family != worker.job.name:
            file = without_region(worker.job.place.path, worker.region)
            groups[worker.environment, file][family][worker.region] = worker
    for (environment, _), group in groups.items():
        yield environment, group


def _looks(worker: Worker, regions: frozenset[str]) -> Mapping[str, str]:
    """What counts of a job, with a placeholder in the place of its region."""
    job = worker.job
    told = {
        keyword: "" if (node := job.get(*keyword.split("."))) is None else repr(plain(node)) for keyword in _COMPARED
    }
    rules = [tuple(repr(plain(node)) for key in _DECIDING if (node := rule.get(key))) for rule in rules_of(job)]
    needed = [need.job for need in read_needs(job.get("needs"))]
    own = sorted(name for name in needed if not other_region(name, worker.region, regions))
    told |= {"rules": repr([rule for rule in rules if rule]), "needs": repr(own)}
    return {keyword: without_region(text, worker.region) for keyword, text in told.items()}
