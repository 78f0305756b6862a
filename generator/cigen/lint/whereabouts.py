"""What jobs say of the environment and the region that they work for: by variables, and by all sorts of names."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from cigen.lint.calls import Call, calling_jobs
from cigen.lint.subject import Job, Subject
from cigen.lint.told import Told, told
from cigen.pipeline.expand import expand
from cigen.pipeline.scope import regions_named
from cigen_runtime.contract.identity import ENVIRONMENT, ENVIRONMENT_NAME, REGION
from cigen_runtime.contract.model import Variable

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
class Names:
    """What one of the two variables of a job should be, by the names around the job; empty where they agree."""

    job_name: str
    environment_name: str
    resource_group: str

    @property
    def usual(self) -> str:
        """What at least two of the names say against the variable: then the variable is wrong."""
        said, count = Counter((self.job_name, self.environment_name, self.resource_group)).most_common(1)[0]
        return said if count > 1 else ""


@dataclass(frozen=True, slots=True)
class Worker:
    """A job that calls commands, and the place that its variables name."""

    job: Job
    calls: tuple[Call, ...]
    told: Told
    environment: str
    region: str
    """Empty for a job that works for all regions of its environment, or of which it is not known."""
    environment_name: str
    """The name of its GitLab environment; empty where it is not known."""

    @property
    def works_as(self) -> str:
        """The region that it logs in for: a job for all of them does so as the one that its environment names."""
        return self.region or self.environment_name.partition("/")[2]

    @property
    def is_refused(self) -> bool:
        """Whether the runtime refuses to start, since GitLab's environment is another than the variables say."""
        checking = [call.command for call in self.calls if ENVIRONMENT_NAME in call.command.variables]
        if not self.environment_name or not checking:
            return False
        if self.region and any(REGION in command.variables for command in checking):
            return self.environment_name != f"{self.environment}/{self.region}"
        return self.environment_name.partition("/")[0] != self.environment


def workers(subject: Subject) -> tuple[Worker, ...]:
    """The jobs that call commands and are told an environment."""
    return subject.once(_workers)


def known_regions(subject: Subject) -> frozenset[str]:
    """The regions that any job is told."""
    return subject.once(_known_regions)


def misplaced(subject: Subject) -> frozenset[str]:
    """The jobs whose variables name another place than everything around them: the rest about them only follows."""
    return subject.once(_misplaced)


def names_around(worker: Worker, regions: frozenset[str]) -> tuple[tuple[Variable, str, Names], ...]:
    """The environment and the region of a job, each with what the names around it say against it."""
    group = expand(worker.job.text("resource_group"), worker.told.values)
    environment, _, region = worker.environment_name.partition("/")
    by_environment = [other_environment(text, worker.environment) for text in (worker.job.name, environment, group)]
    by_region = [other_region(text, worker.region, regions) for text in (worker.job.name, region, group)]
    return (
        (ENVIRONMENT, worker.environment, Names(*by_environment)),
        (REGION, worker.region, Names(*by_region)),
    )


def _workers(subject: Subject) -> tuple[Worker, ...]:
    return tuple(_each_worker(subject))


def _each_worker(subject: Subject) -> Iterator[Worker]:
    for job, calls in calling_jobs(subject):
        known = told(subject, job)
        if not job.is_template and (environment := known.value(ENVIRONMENT)):
            name = expand(job.text("environment", "name") or job.text("environment"), known.values)
            yield Worker(job, calls, known, environment, known.value(REGION), "" if "$" in name else name)


def _known_regions(subject: Subject) -> frozenset[str]:
    own = {worker.region for worker in workers(subject)}
    listed = {region for worker in workers(subject) for region in worker.told.regions}
    return frozenset(own | listed) - {""}


def _misplaced(subject: Subject) -> frozenset[str]:
    regions = known_regions(subject)
    return frozenset(
        worker.job.name
        for worker in workers(subject)
        if any(names.usual for _, _, names in names_around(worker, regions))
    )


def other_region(text: str, own: str, known: frozenset[str]) -> str:
    """The one of the known regions that a text names in the place of the own one; empty where it does not."""
    named = regions_named(text, known) if own else frozenset[str]()
    return "" if not named or own in named else min(named)


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
