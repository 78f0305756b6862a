"""Make each Lambda function run the image that the mapping names."""

import re
from collections.abc import Iterable

from cigen_runtime.contract.identity import AWS_ACCOUNT, AWS_REGION
from cigen_runtime.contract.lambda_ import DEPLOY_RESULT, ON_FAILURE, ON_MISSING
from cigen_runtime.deploy_outcome import Outcome
from cigen_runtime.deployment import (
    Step,
    raise_what_failed,
    record,
    report_plan,
    summary,
    take_back,
    update_all,
)
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import ConfigurationError, NotFoundError, VerificationError
from cigen_runtime.files import ImageMapping, read_mappings
from cigen_runtime.job import Job
from cigen_runtime.log import counted
from cigen_runtime.services.aws import Aws, aws_of
from cigen_runtime.services.ecr import ecr_registry
from cigen_runtime.services.lambda_ import Functions
from cigen_runtime.services.lambda_function import Function
from cigen_runtime.services.registry import Registry
from cigen_runtime.side_by_side import look_at_all


def run(job: Job) -> None:
    """Look at everything, then update what differs, wait for each, record what happened.

    Nothing is changed unless every function and every image is as it must be.
    """
    mappings = read_mappings(job)
    with aws_of(job) as aws:
        functions = Functions(job, aws)
        with job.log.section(f"Look at {counted(len(mappings), 'function')} and what each is to run"):
            steps = _plan(job, aws, functions, mappings)
        report_plan(job, steps)
        if job.dry_run:
            for line in summary(steps, planned=True):
                job.log.line(line)
            return
        try:
            update_all(job, functions, [step for step in steps if step.outcome is Outcome.NOT_STARTED])
            if job.value(ON_FAILURE) == "rollback" and any(step.error for step in steps):
                take_back(job, functions, steps)
        finally:
            record(job, DEPLOY_RESULT, steps)
    for line in summary(steps):
        job.log.line(line)
    raise_what_failed(steps)


def _plan(job: Job, aws: Aws, functions: Functions, mappings: list[ImageMapping]) -> list[Step]:
    _require_region(job, mappings)
    registries = {host: ecr_registry(job, aws, host) for host in {_host(mapping) for mapping in mappings}}

    steps = look_at_all(
        mappings,
        lambda mapping: _step(job, functions, registries[_host(mapping)], mapping),
        if_not="not every function can be deployed, so none was changed",
        told=job.log.line,
    )
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
            leaf=checks.FUNCTION_NAME,
        )
    if not function.settled:
        function = functions.settled(mapping.lambda_name)
    _require_fit(function, mapping)
    same = function.digest == mapping.digest and not function.failed and functions.is_aliased(function)
    return Step(mapping, function, Outcome.UNCHANGED if same else Outcome.NOT_STARTED)


def _require_region(job: Job, mappings: Iterable[ImageMapping]) -> None:
    """Lambda takes images of its own region only, from whatever account."""
    region = job.value(AWS_REGION)
    for mapping in mappings:
        if (found := re.search(r"\.dkr\.ecr\.([\w-]+)\.", _host(mapping))) and found[1] != region:
            raise ConfigurationError(
                f"{mapping.image} is in {found[1]}, and functions of {region} take no image of another region",
                remedy="Let the job need the job of its own region that writes the mapping, and run that one again.",
                leaf=checks.REGION,
            )


def _require_image(registry: Registry, mapping: ImageMapping) -> None:
    repository, _, tag = mapping.image.partition("/")[2].rpartition(":")
    found = registry.manifest(repository, tag)
    if found is None:
        raise NotFoundError(
            f"{mapping.image} is not in ECR",
            remedy="Run the mapping job of this pipeline again: it copies the image and names its tag.",
            leaf=checks.ECR_TAG,
        )
    if found.is_index:
        raise VerificationError(
            f"{mapping.image} is an index of images",
            remedy="Lambda takes single-platform images only: let retag-push-ecr resolve the index.",
            leaf=checks.ECR_TAG,
        )
    if found.digest != mapping.digest:
        raise VerificationError(
            f"{mapping.image} is not what the mapping was made for",
            answer=f"ECR has {found.digest}, the mapping says {mapping.digest}",
            remedy="Somebody pushed over the tag: make the repository immutable, and run the mapping job again.",
            leaf=checks.ECR_TAG,
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


def _how_to_create(job: Job, mapping: ImageMapping) -> str:
    return (
        f"{mapping.lambda_name} does not exist yet and is skipped. To create it:\n"
        f"  aws lambda create-function --region {job.value(AWS_REGION)} --function-name {mapping.lambda_name} "
        f"--package-type Image --architectures {mapping.architecture} --code ImageUri={mapping.image} --role <ARN>"
    )


def _host(mapping: ImageMapping) -> str:
    return mapping.image.partition("/")[0]
