"""Where the names around a job, or the variables of two jobs, say different places."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cigen.lint.subject import Subject
from cigen.lint.whereabouts import (
    Disagreement,
    Worker,
    aws_regions_in,
    known_regions,
    other_environment,
    other_region,
    workers,
)
from cigen.pipeline.expand import expand
from cigen.pipeline.node import Place
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.configs import CONFIG_BUCKET, CONFIG_PREFIX
from cigen_runtime.contract.credentials import VAULT_ROLE_ARN
from cigen_runtime.contract.identity import AWS_ACCOUNT, AWS_REGION, ENVIRONMENT, ENVIRONMENT_NAME, REGION, REGIONS
from cigen_runtime.contract.images import ECR_ACCOUNT, ECR_REPOSITORY
from cigen_runtime.contract.model import Origin, Variable

_ARN_ACCOUNT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):")
_OF_A_PLACE = tuple(
    dict.fromkeys(
        v for command in COMMANDS for v in command.variables_of(Origin.REGION) if v not in (ENVIRONMENT, REGION)
    )
)
_IN_REGIONS = {"aws_region": AWS_REGION, "ecr_account": ECR_ACCOUNT, "ecr_repository": ECR_REPOSITORY}


@dataclass(frozen=True, slots=True)
class _Said:
    """What one job is told about a place."""

    value: str
    place: Place
    worker: Worker
    what: str


def mismatches(subject: Subject) -> Iterator[Disagreement]:
    """Everything that names another place than the variables of its job, or of the other jobs of that place."""
    regions = known_regions(subject)
    for worker in workers(subject):
        yield from _of_names(worker, regions)
        yield from _of_values(worker, regions)
    yield from _between_jobs(subject)
    yield from _doubled_places(subject)


def _of_names(worker: Worker, regions: frozenset[str]) -> Iterator[Disagreement]:
    """The job's name, its GitLab environment and its resource group, against its variables."""
    job, said = worker.job, _environment_name(worker)
    group = expand(job.text("resource_group"), worker.told.values)
    texts = ((job.name, job.name), (said.environment, said.region), (group, group))
    by_environment = [other_environment(text, worker.environment) for text, _ in texts]
    by_region = [other_region(text, worker.region, regions) for _, text in texts]
    blamed = False
    for variable, own, named in ((ENVIRONMENT, worker.environment, by_environment), (REGION, worker.region, by_region)):
        usual, count = Counter(named).most_common(1)[0]
        if usual and count > 1:
            blamed = True
            yield Disagreement(worker.told.place(variable, job), variable.name, own, usual, job)
            continue
        of_name, _, of_group = named
        if of_name:
            yield Disagreement(job.place, "its name", of_name, own, job)
        if of_group:
            yield Disagreement(job.place_of("resource_group"), "resource_group", of_group, own, job)
    if said.is_refused and not blamed:
        place = job.place_of("environment", "name") if job.get("environment", "name") else job.place_of("environment")
        expected = f"{worker.environment}/{worker.region or '<region>'}"
        yield Disagreement(place, "environment", said.name, expected, job, f"environment: {{name: {expected}}}")


@dataclass(frozen=True, slots=True)
class _EnvironmentName:
    """The name of a job's GitLab environment, and whether the runtime refuses it."""

    name: str = ""
    is_refused: bool = False

    @property
    def environment(self) -> str:
        return self.name.partition("/")[0]

    @property
    def region(self) -> str:
        return self.name.partition("/")[2]


def _environment_name(worker: Worker) -> _EnvironmentName:
    job = worker.job
    name = expand(job.text("environment", "name") or job.text("environment"), worker.told.values)
    checking = [call.command for call in worker.calls if ENVIRONMENT_NAME in call.command.variables]
    if not name or "$" in name or not checking:
        return _EnvironmentName()
    if worker.region and any(REGION in command.variables for command in checking):
        return _EnvironmentName(name, name != f"{worker.environment}/{worker.region}")
    return _EnvironmentName(name, name.partition("/")[0] != worker.environment)


def _of_values(worker: Worker, regions: frozenset[str]) -> Iterator[Disagreement]:
    """The bucket and the IAM role, against the account and the regions."""
    told, job = worker.told, worker.job
    aws_region, account = told.value(AWS_REGION), told.value(AWS_ACCOUNT)
    for variable in (CONFIG_BUCKET, CONFIG_PREFIX):
        value, place = told.value(variable), told.place(variable, job)
        if says := other_region(value, worker.region, regions):
            yield Disagreement(place, variable.name, says, worker.region, job)
        if says := other_environment(value, worker.environment):
            yield Disagreement(place, variable.name, says, worker.environment, job)
        if aws_region and (named := aws_regions_in(value)) and aws_region not in named:
            yield Disagreement(place, variable.name, min(named), aws_region, job)
    owner = _ARN_ACCOUNT.match(told.value(VAULT_ROLE_ARN))
    if owner and account and owner[1] != account:
        yield Disagreement(told.place(VAULT_ROLE_ARN, job), VAULT_ROLE_ARN.name, owner[1], account, job)


def _between_jobs(subject: Subject) -> Iterator[Disagreement]:
    """Two jobs of one environment and region that are told different things; the rarer one is wrong."""
    said: dict[tuple[str, str, Variable], list[_Said]] = defaultdict(list)
    for worker in workers(subject):
        for region, variable, each in (*_own(worker), *_listed(worker)):
            environment = "" if variable == AWS_REGION else worker.environment
            said[environment, region, variable].append(each)
    for (environment, region, variable), those in said.items():
        counts = Counter(each.value for each in those)
        if len(counts) > 1:
            expected = counts.most_common(1)[0][0]
            first = next(each for each in those if each.value == expected)
            where = f"{environment}/{region}" if environment else f"the region {region}"
            hint = f"{first.worker.job.name} and others of {where} have {variable.name}: {expected}"
            for each in those:
                if each.value != expected:
                    yield Disagreement(each.place, each.what, each.value, expected, each.worker.job, hint)


def _own(worker: Worker) -> Iterator[tuple[str, Variable, _Said]]:
    for variable in _OF_A_PLACE if worker.region else ():
        if value := worker.told.value(variable):
            place = worker.told.place(variable, worker.job)
            yield worker.region, variable, _Said(value, place, worker, variable.name)


def _listed(worker: Worker) -> Iterator[tuple[str, Variable, _Said]]:
    """What a job for all regions is told of each."""
    try:
        entries = [dict(entry) for entry in json.loads(worker.told.value(REGIONS))]
    except (ValueError, TypeError):
        return
    place = worker.told.place(REGIONS, worker.job)
    for entry in entries:
        for key, variable in _IN_REGIONS.items():
            if isinstance(value := entry.get(key), str) and isinstance(region := entry.get("region"), str):
                yield region, variable, _Said(value, place, worker, f"{REGIONS.name}, of {region},")


def _doubled_places(subject: Subject) -> Iterator[Disagreement]:
    """Two regions of one environment that are the same place of AWS: a copy that nobody finished."""
    first: dict[tuple[str, str, str], Worker] = {}
    for worker in workers(subject):
        aws_region, account = worker.told.value(AWS_REGION), worker.told.value(AWS_ACCOUNT)
        if not (worker.region and aws_region and account):
            continue
        other = first.setdefault((worker.environment, aws_region, account), worker)
        if other.region != worker.region:
            yield Disagreement(
                worker.told.place(AWS_REGION, worker.job),
                AWS_REGION.name,
                aws_region,
                f"another one than that of {worker.environment}/{other.region}",
                worker.job,
                "give each region its own AWS region",
            )
