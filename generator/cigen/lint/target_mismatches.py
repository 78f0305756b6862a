"""Where the names around a job, or the variables of two jobs, say different places."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cigen.lint.subject import Job, Subject
from cigen.lint.whereabouts import (
    Worker,
    aws_regions_in,
    known_regions,
    misplaced,
    names_around,
    other_environment,
    other_region,
    workers,
)
from cigen.pipeline.node import Place
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.configs import CONFIG_BUCKET
from cigen_runtime.contract.credentials import VAULT_ROLE, VAULT_ROLE_ARN
from cigen_runtime.contract.identity import AWS_ACCOUNT, AWS_REGION, ENVIRONMENT, REGION, REGIONS
from cigen_runtime.contract.images import ECR_ACCOUNT, ECR_REPOSITORY
from cigen_runtime.contract.model import Origin, Variable

_ARN_ACCOUNT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):")
_OF_A_PLACE = tuple(
    dict.fromkeys(v for each in COMMANDS for v in each.variables_of(Origin.REGION) if v not in (ENVIRONMENT, REGION))
)
"""The variables that have one value for each environment and region."""
_OF_A_LOGIN = (AWS_REGION, AWS_ACCOUNT, VAULT_ROLE)
"""Those of them that a job for all regions is told, of the region that it logs in as."""
_IN_REGIONS = {"aws_region": AWS_REGION, "ecr_account": ECR_ACCOUNT, "ecr_repository": ECR_REPOSITORY}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something in the file that says another place than a job works for."""

    place: Place
    what: str
    says: str
    expected: str
    job: Job
    hint: str = ""
    is_taken: bool = False
    """Whether what it says is right for another region, which `expected` names, and not for this one."""


def mismatches(subject: Subject) -> tuple[Mismatch, ...]:
    """Everything that names another place than the variables of its job, or of the other jobs of that place."""
    return subject.once(_mismatches)


def grouped(found: Iterable[Mismatch]) -> Iterator[list[Mismatch]]:
    """Each fault once, with all jobs that have it from the same place in the file."""
    by_fault: dict[tuple[Place, str, str], list[Mismatch]] = defaultdict(list)
    for each in found:
        by_fault[each.place, each.what, each.expected].append(each)
    yield from by_fault.values()


def _mismatches(subject: Subject) -> tuple[Mismatch, ...]:
    regions = known_regions(subject)
    settled = [worker for worker in workers(subject) if worker.job.name not in misplaced(subject)]
    of_names = [each for worker in workers(subject) for each in _of_names(worker, regions)]
    of_values = [each for worker in settled for each in _of_values(worker, regions)]
    between = list(_between_jobs(settled))
    wrong = {each.place for each in between}
    certain = [worker for worker in settled if worker.told.place(AWS_REGION, worker.job) not in wrong]
    return (*of_names, *of_values, *between, *_doubled_places(certain))


def _of_names(worker: Worker, regions: frozenset[str]) -> Iterator[Mismatch]:
    """The job's name, its GitLab environment and its resource group, against its variables."""
    job, is_blamed = worker.job, False
    for variable, own, names in names_around(worker, regions):
        if names.usual:
            is_blamed = True
            yield Mismatch(worker.told.place(variable, job), variable.name, own, names.usual, job)
            continue
        if names.job_name:
            yield Mismatch(job.place, "its name", names.job_name, own, job)
        if names.resource_group:
            yield Mismatch(job.place_of("resource_group"), "resource_group", names.resource_group, own, job)
    if worker.is_refused and not is_blamed:
        place = job.place_of("environment", "name") if job.get("environment", "name") else job.place_of("environment")
        expected = f"{worker.environment}/{worker.region or '<region>'}"
        hint = f"environment: {{name: {expected}}}"
        yield Mismatch(place, "environment", worker.environment_name, expected, job, hint)


def _of_values(worker: Worker, regions: frozenset[str]) -> Iterator[Mismatch]:
    """The bucket and the IAM role, against the account and the regions."""
    told, job = worker.told, worker.job
    aws_region, account = told.value(AWS_REGION), told.value(AWS_ACCOUNT)
    value, place = told.value(CONFIG_BUCKET), told.place(CONFIG_BUCKET, job)
    if says := other_region(value, worker.region, regions):
        yield Mismatch(place, CONFIG_BUCKET.name, says, worker.region, job)
    if says := other_environment(value, worker.environment):
        yield Mismatch(place, CONFIG_BUCKET.name, says, worker.environment, job)
    if aws_region and (named := aws_regions_in(value)) and aws_region not in named:
        yield Mismatch(place, CONFIG_BUCKET.name, min(named), aws_region, job)
    owner = _ARN_ACCOUNT.match(told.value(VAULT_ROLE_ARN))
    if owner and account and owner[1] != account:
        yield Mismatch(told.place(VAULT_ROLE_ARN, job), VAULT_ROLE_ARN.name, owner[1], account, job)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one job is told about a place."""

    value: str
    place: Place
    worker: Worker
    what: str


def _between_jobs(looked_at: list[Worker]) -> Iterator[Mismatch]:
    """Jobs of one environment and region that are told different things; what stands in fewer places is wrong."""
    said: dict[tuple[str, str, Variable], list[_Said]] = defaultdict(list)
    for worker in looked_at:
        for region, variable, each in (*_own(worker), *_listed(worker)):
            environment = "" if variable == AWS_REGION else worker.environment
            if not other_environment(each.value, worker.environment):  # which is told of the value alone
                said[environment, region, variable].append(each)
    for (environment, region, variable), those in said.items():
        counts = Counter(dict.fromkeys(((each.place, each.value) for each in those), 1))
        values = Counter(value for _, value in counts)
        if len(values) > 1:
            expected = values.most_common(1)[0][0]
            first = next(each for each in those if each.value == expected)
            where = f"{environment}/{region}" if environment else f"the region {region}"
            hint = f"for {where}, {first.worker.job.name} has {expected} as {variable.name}"
            for each in those:
                if each.value != expected:
                    yield Mismatch(each.place, each.what, each.value, expected, each.worker.job, hint)


def _own(worker: Worker) -> Iterator[tuple[str, Variable, _Said]]:
    for variable in _OF_A_PLACE if worker.region else _OF_A_LOGIN:
        if worker.works_as and (value := worker.told.value(variable)):
            place = worker.told.place(variable, worker.job)
            yield worker.works_as, variable, _Said(value, place, worker, variable.name)


def _listed(worker: Worker) -> Iterator[tuple[str, Variable, _Said]]:
    """What a job for all regions is told of each."""
    place = worker.told.place(REGIONS, worker.job)
    for entry in worker.told.listed_regions:
        for key, variable in _IN_REGIONS.items():
            if key in entry and "region" in entry:
                region = entry["region"]
                yield region, variable, _Said(entry[key], place, worker, f"{REGIONS.name}, of {region},")


def _doubled_places(looked_at: list[Worker]) -> Iterator[Mismatch]:
    """Two regions of one environment that are the same place of AWS: a copy that nobody finished."""
    first: dict[tuple[str, str, str], Worker] = {}
    for worker in looked_at:
        aws_region, account = worker.told.value(AWS_REGION), worker.told.value(AWS_ACCOUNT)
        if not (worker.region and aws_region and account):
            continue
        other = first.setdefault((worker.environment, aws_region, account), worker)
        if other.region != worker.region:
            place = worker.told.place(AWS_REGION, worker.job)
            taken_by = f"{worker.environment}/{other.region}"
            hint = "give each region its own AWS region, or its own account"
            yield Mismatch(place, AWS_REGION.name, aws_region, taken_by, worker.job, hint, is_taken=True)
