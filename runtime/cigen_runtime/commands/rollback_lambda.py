"""Take a deployment back: each function runs again what it ran before."""

from cigen_runtime.contract.lambda_ import ROLLBACK_RESULT
from cigen_runtime.deploy_outcome import Outcome
from cigen_runtime.deployment import Step, raise_what_failed, record, report_plan, summary, update_all
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConflictError, NotFoundError
from cigen_runtime.files import Deployed, ImageMapping, read_deploy_result
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws, aws_of
from cigen_runtime.services.ecr import ecr_registry
from cigen_runtime.services.lambda_ import Functions
from cigen_runtime.side_by_side import look_at_all

TAKEN_BACK = {Outcome.UPDATED.value, Outcome.FAILED.value, Outcome.UNKNOWN.value}
"""What a deployment may have changed."""


def run(job: Job) -> None:
    """Look at every function and every former image, then give each its own again."""
    deployed = [entry for entry in read_deploy_result(job) if entry.before and entry.outcome in TAKEN_BACK]
    with aws_of(job) as aws:
        functions = Functions(job, aws)
        with job.log.section(f"Look at functions that were deployed: {len(deployed)}"):
            steps = look_at_all(
                reversed(deployed),
                lambda entry: _step(job, aws, functions, entry),
                if_not="not every function can go back, so none did",
            )
        report_plan(job, steps)
        if not job.dry_run:
            try:
                update_all(job, functions, [step for step in steps if step.outcome is Outcome.NOT_STARTED])
            finally:
                record(job, ROLLBACK_RESULT, steps)
    for line in summary(steps, planned=job.dry_run):
        job.log.line(line)
    raise_what_failed(steps)


def _step(job: Job, aws: Aws, functions: Functions, entry: Deployed) -> Step:
    before = entry.before or ""
    _require_image(job, aws, before)
    function = functions.settled(entry.lambda_name)
    former = ImageMapping(
        project=entry.project,
        folder="",
        lambda_name=entry.lambda_name,
        version=entry.version,
        image=before,
        digest=before.partition("@")[2],
        source_digest=None,
        architecture=function.architecture,
    )
    if function.digest == former.digest and not function.failed and functions.is_aliased(function):
        return Step(former, function, Outcome.UNCHANGED)
    if function.digest not in {entry.digest, former.digest}:
        raise ConflictError(
            f"function {entry.lambda_name} runs neither what was deployed nor what it ran before",
            answer=f"it runs {function.image}",
            remedy="Somebody deployed it anew meanwhile: going back would undo that. See who, and decide together.",
            branch=Branch.LAMBDA,
        )
    return Step(former, function, Outcome.NOT_STARTED)


def _require_image(job: Job, aws: Aws, image: str) -> None:
    host, _, rest = image.partition("/")
    repository, _, digest = rest.partition("@")
    if ecr_registry(job, aws, host).digest(repository, digest) is None:
        raise NotFoundError(
            f"{image} is not in ECR any more",
            remedy="A lifecycle policy took it: deploy an older version through a pipeline instead.",
            branch=Branch.LAMBDA,
        )
