"""Take a deployment back: each function runs again what it ran before."""

from collections import Counter

from cigen_runtime.contract.lambda_ import DEPLOY_RESULT, ROLLBACK_RESULT
from cigen_runtime.deploy_outcome import Outcome
from cigen_runtime.deploy_result import Deployed, read_deploy_result
from cigen_runtime.deployment import Step, raise_what_failed, record, report_plan, summary, update_all
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConflictError, NotFoundError
from cigen_runtime.files import ImageMapping
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws, aws_of
from cigen_runtime.services.ecr import ecr_registry
from cigen_runtime.services.lambda_ import Functions
from cigen_runtime.side_by_side import look_at_all

TAKEN_BACK = {Outcome.UPDATED.value, Outcome.FAILED.value, Outcome.UNKNOWN.value}
"""What a deployment may have changed."""


def run(job: Job) -> None:
    """Look at every function and every former image, then give each its own again."""
    entries = read_deploy_result(job)
    deployed = [entry for entry in entries if entry.before and entry.outcome in TAKEN_BACK]
    if not deployed:
        raise _nothing_to_take_back(job, entries)
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
    for line in summary(steps, planned=job.dry_run, back=True):
        job.log.line(line)
    if not job.dry_run and any(step.outcome is Outcome.UPDATED for step in steps):
        job.log.line("a version dashboard and tickets still show what was taken back, until the next deployment;")
        job.log.line("`cigen-runtime status` shows what runs")
    raise_what_failed(steps)


def _nothing_to_take_back(job: Job, entries: list[Deployed]) -> NotFoundError:
    """A deployment that was run again finds all as it should be; what ran before, only its first run knows."""
    outcomes = Counter(entry.outcome for entry in entries)
    return NotFoundError(
        f"{job.path(DEPLOY_RESULT)} has no function that its run of deploy-lambda changed, so nothing was taken back",
        answer=", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())),
        remedy=(
            "If the job ran more than once, take the file from the artifacts of the run that changed them. Without it, "
            "deploy the version before: TARGET_VERSIONS_JSON with ALLOW_DOWNGRADE=true."
        ),
        branch=Branch.LAMBDA,
    )


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
