"""Make each Lambda function run the image that the mapping names."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

from cigen_runtime.contract import AWS_ACCOUNT, AWS_REGION, DEPLOY_RESULT, ENVIRONMENT, ON_FAILURE, ON_MISSING, REGION
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import (
    ConfigurationError,
    JobError,
    NotFoundError,
    OutcomeUnknownError,
    PartlyDoneError,
    VerificationError,
    in_one,
)
from cigen_runtime.files import ImageMapping, read_mappings
from cigen_runtime.job import Job
from cigen_runtime.log import table
from cigen_runtime.services.aws import Aws, aws_of
from cigen_runtime.services.ecr import ecr_registry
from cigen_runtime.services.lambda_ import Function, Functions
from cigen_runtime.services.registry import Registry

PARALLEL = 8
"""Functions looked at, and updates awaited, side by side; how fast updates are sent is paced apart from this."""


class Outcome(StrEnum):
    """What became of one function."""

    UNCHANGED = "unchanged"
    UPDATED = "updated"
    MISSING = "missing"
    FAILED = "failed"
    NOT_STARTED = "not started"
    ROLLED_BACK = "rolled back"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Step:
    """One function on its way to its image."""

    mapping: ImageMapping
    before: Function | None
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0
    error: JobError | None = field(default=None, repr=False)


def run(job: Job) -> None:
    """Look at everything, then update what differs, wait for each, record what happened.

    Nothing is changed unless every function and every image is as it must be.
    """
    mappings = read_mappings(job)
    with aws_of(job) as aws:
        functions = Functions(job, aws)
        with job.log.section(f"Look at {len(mappings)} functions and their images"):
            steps = _plan(job, aws, functions, mappings)
        if job.dry_run:
            for line in _summary(steps, planned=True):
                job.log.line(line)
            return
        try:
            _apply(job, functions, [step for step in steps if step.outcome is Outcome.NOT_STARTED])
            _roll_back_if_wanted(job, functions, steps)
        finally:
            _record(job, steps)
    for line in _summary(steps):
        job.log.line(line)
    _raise_what_failed(steps)


def _plan(job: Job, aws: Aws, functions: Functions, mappings: list[ImageMapping]) -> list[Step]:
    registries = {host: ecr_registry(job, aws, host) for host in {_host(mapping) for mapping in mappings}}

    def plan(mapping: ImageMapping) -> Step | JobError:
        try:
            return _step(job, functions, registries[_host(mapping)], mapping)
        except JobError as error:
            return error

    with ThreadPoolExecutor(PARALLEL) as pool:
        outcomes = list(pool.map(plan, mappings))
    problems = [outcome for outcome in outcomes if isinstance(outcome, JobError)]
    if problems:
        raise in_one("not every function can be deployed, so none was changed", problems)
    steps = [outcome for outcome in outcomes if isinstance(outcome, Step)]
    for step in steps:
        if step.outcome is Outcome.MISSING:
            job.log.line(_how_to_create(job, step.mapping))
    return steps


def _step(job: Job, functions: Functions, registry: Registry, mapping: ImageMapping) -> Step:
    _require_image(registry, mapping)
    function = functions.find(mapping.lambda_name)
    if function is None:
        if job.value(ON_MISSING) == "skip":
            return Step(mapping, None, Outcome.MISSING, "it does not exist yet; its image is in ECR")
        raise NotFoundError(
            f"there is no function {mapping.lambda_name} in account {job.value(AWS_ACCOUNT)}, {job.value(AWS_REGION)}",
            remedy=f"Create it, or correct ACTUAL_LAMBDA_NAME in functions/{mapping.folder}/.deployment.",
            branch=Branch.LAMBDA,
        )
    if not function.settled:
        function = functions.settled(mapping.lambda_name)
    _require_fit(function, mapping)
    same = function.digest == mapping.digest and not function.failed
    return Step(mapping, function, Outcome.UNCHANGED if same else Outcome.NOT_STARTED)


def _require_image(registry: Registry, mapping: ImageMapping) -> None:
    repository, _, tag = mapping.image.partition("/")[2].rpartition(":")
    found = registry.digest(repository, tag)
    if found is None:
        raise NotFoundError(
            f"{mapping.image} is not in ECR",
            remedy="Run the mapping job of this pipeline again: it copies the image and names its tag.",
            branch=Branch.LAMBDA,
        )
    if found != mapping.digest:
        raise VerificationError(
            f"{mapping.image} is not what the mapping was made for",
            answer=f"ECR has {found}, the mapping says {mapping.digest}",
            remedy="Somebody pushed over the tag: make the repository immutable, and run the mapping job again.",
            branch=Branch.LAMBDA,
        )


def _require_fit(function: Function, mapping: ImageMapping) -> None:
    if function.package_type != "Image":
        raise ConfigurationError(
            f"function {function.name} is a {function.package_type} function, and that cannot be changed",
            remedy="Create it anew with package type Image.",
            branch=Branch.LAMBDA,
        )
    if function.architecture != mapping.architecture:
        raise ConfigurationError(
            f"function {function.name} runs on {function.architecture}, its image is for {mapping.architecture}",
            remedy=f"Set ARCHITECTURE={function.architecture} in functions/{mapping.folder}/.deployment.",
            branch=Branch.LAMBDA,
        )


def _apply(job: Job, functions: Functions, steps: list[Step]) -> None:
    """Update side by side; after the first failure no further update starts."""
    stop = threading.Event()
    done = 0

    def update(step: Step) -> Step:
        if stop.is_set() or step.before is None:
            return step
        started = job.clock.now()
        try:
            functions.deploy(step.before, step.mapping.image, step.mapping.digest)
            step.outcome = Outcome.UPDATED
        except JobError as error:
            stop.set()
            step.error = error
            step.reason = str(error)
            step.outcome = Outcome.UNKNOWN if isinstance(error, OutcomeUnknownError) else Outcome.FAILED
        step.seconds = round(job.clock.now() - started, 1)
        return step

    with ThreadPoolExecutor(PARALLEL) as pool:
        try:
            for step in pool.map(update, steps):
                done += 1
                if step.outcome is not Outcome.NOT_STARTED:
                    job.log.line(
                        f"[{done}/{len(steps)}] {step.mapping.lambda_name}: {step.outcome} in {step.seconds} s"
                    )
        except KeyboardInterrupt:
            job.log.line("interrupted: waiting for the updates that Lambda has taken, starting no others")
            raise
        finally:
            stop.set()


def _roll_back_if_wanted(job: Job, functions: Functions, steps: list[Step]) -> None:
    if job.value(ON_FAILURE) != "rollback" or not any(step.error for step in steps):
        return
    for step in reversed(steps):
        if step.outcome is not Outcome.UPDATED or step.before is None:
            continue
        try:
            functions.deploy(functions.settled(step.before.name), step.before.image, step.before.digest)
            step.outcome, step.reason = Outcome.ROLLED_BACK, "another function of this run failed"
        except JobError as error:
            step.outcome, step.reason = Outcome.FAILED, f"rollback: {error}"
            step.error = error


def _record(job: Job, steps: Iterable[Step]) -> None:
    job.write(
        DEPLOY_RESULT,
        {
            "schema": 1,
            "environment": job.value(ENVIRONMENT),
            "region": job.value(REGION),
            "projects": {
                step.mapping.project: {
                    "lambda": step.mapping.lambda_name,
                    "version": step.mapping.version,
                    "image": step.mapping.image,
                    "digest": step.mapping.digest,
                    "before": step.before.image if step.before else None,
                    "outcome": step.outcome.value,
                    "reason": step.reason,
                    "seconds": step.seconds,
                }
                for step in steps
            },
        },
    )


def _summary(steps: list[Step], *, planned: bool = False) -> Iterable[str]:
    words = {Outcome.NOT_STARTED: "would update"} if planned else {}
    rows = [
        (
            step.mapping.lambda_name,
            step.mapping.version,
            step.mapping.digest[:19],
            words.get(step.outcome, step.outcome.value),
        )
        for step in steps
    ]
    return table(("function", "version", "digest", "outcome"), rows)


def _raise_what_failed(steps: list[Step]) -> None:
    errors = [step.error for step in steps if step.error]
    if not errors:
        return
    changed = [step.mapping.lambda_name for step in steps if step.outcome is Outcome.UPDATED]
    if not changed:
        raise in_one("the deployment failed", errors)
    raise PartlyDoneError(
        f"{len(changed)} of {len(steps)} functions run the new image, {len(errors)} failed",
        answer="\n".join(map(str, errors)),
        remedy="\n".join(dict.fromkeys(error.remedy for error in errors if error.remedy)),
        branch=errors[0].branch,
    )


def _how_to_create(job: Job, mapping: ImageMapping) -> str:
    return (
        f"{mapping.lambda_name} does not exist yet and is skipped. To create it:\n"
        f"  aws lambda create-function --region {job.value(AWS_REGION)} --function-name {mapping.lambda_name} "
        f"--package-type Image --architectures {mapping.architecture} --code ImageUri={mapping.image} --role <ARN>"
    )


def _host(mapping: ImageMapping) -> str:
    return mapping.image.partition("/")[0]
