"""Functions on their way to an image: update side by side, stop at a failure, go back, tell what happened."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.contract.model import File
from cigen_runtime.deploy_outcome import Outcome
from cigen_runtime.errors import JobError, OutcomeUnknownError, PartlyDoneError, in_one
from cigen_runtime.files import ImageMapping
from cigen_runtime.job import Job
from cigen_runtime.log import counted, table
from cigen_runtime.services.lambda_ import Functions
from cigen_runtime.services.lambda_function import Function

PARALLEL = 160
"""Updates awaited side by side: Lambda takes fifteen in a second, and some ten seconds for each to fetch its image."""


@dataclass(slots=True)
class Step:
    """One function on its way to its image."""

    mapping: ImageMapping
    before: Function | None
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0
    at: str = ""
    """When Lambda says that it changed the function, where this run let it."""
    error: JobError | None = field(default=None, repr=False)
    is_stuck: bool = False
    """Whether it runs the new image though it was to go back."""


def report_plan(job: Job, steps: Iterable[Step]) -> None:
    """Report which functions are to get their image, and which have it."""
    for step in steps:
        if step.outcome in {Outcome.NOT_STARTED, Outcome.UNCHANGED}:
            report = job.plan if step.outcome is Outcome.NOT_STARTED else job.already
            report("function", step.mapping.lambda_name, step.mapping.digest)


def update_all(job: Job, functions: Functions, steps: list[Step]) -> None:
    """Update side by side; after the first failure no further update starts."""
    stop = threading.Event()
    done = 0

    def update(step: Step) -> Step:
        if step.before is None or not functions.await_turn(stop.is_set):
            return step
        started = job.clock.now()
        try:
            step.at = functions.deploy(step.before, step.mapping.image, step.mapping.digest).changed_at
            step.outcome = Outcome.UPDATED
            job.changed("function", step.mapping.lambda_name, step.mapping.digest)
        except JobError as error:
            stop.set()
            step.error = error
            step.reason = str(error)
            step.outcome = Outcome.UNKNOWN if isinstance(error, OutcomeUnknownError) else Outcome.FAILED
        step.seconds = round(job.clock.now() - started, 1)
        return step

    with ThreadPoolExecutor(PARALLEL) as pool:
        try:
            for ended in as_completed([pool.submit(update, step) for step in steps]):
                step = ended.result()
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


def take_back(job: Job, functions: Functions, steps: list[Step]) -> None:
    """Give what this run changed its former image again, the last first; one that cannot go back stops no other.

    Each begins when Lambda takes it and does not wait for the one before it: a region must not stand half back for the
    time that all of them take in a row.
    """
    with ThreadPoolExecutor(PARALLEL) as pool:
        begun = []
        for step in reversed(steps):
            if step.before is not None and step.outcome in {Outcome.UPDATED, Outcome.FAILED, Outcome.UNKNOWN}:
                functions.await_turn()
                begun.append(pool.submit(_take_one_back, job, functions, step, step.before))
    for each in begun:
        each.result()


def _take_one_back(job: Job, functions: Functions, step: Step, before: Function) -> None:
    """A function that failed may have changed all the same, as one does that ends with another image than was meant."""
    try:
        now = functions.settled(before.name)
        if step.outcome is not Outcome.UPDATED and now.digest == before.digest:
            return
        functions.deploy(now, before.image, before.digest)
    except JobError as error:
        job.log.line(f"{before.name}: could not be rolled back")
        step.reason = "; ".join(filter(None, (step.reason, f"rollback: {error}")))
        step.is_stuck = step.outcome is Outcome.UPDATED
        step.outcome, step.error = Outcome.FAILED, in_one(before.name, [*filter(None, [step.error]), error])
        return
    job.log.line(f"{before.name}: rolled back")
    job.changed("function", before.name, before.digest)
    if step.outcome is Outcome.UPDATED:
        step.outcome, step.reason = Outcome.ROLLED_BACK, "another function of this run failed"
    else:
        step.reason += "; rolled back"


def record(job: Job, file: File, steps: Iterable[Step]) -> None:
    """Write down what became of each function.

    The time is Lambda's: of two runners whose clocks differ, the one that deployed last must not seem to be the first.
    """
    steps = list(steps)
    now = datetime.fromtimestamp(job.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    job.write(
        file,
        {
            "schema": 1,
            "environment": job.value(ENVIRONMENT),
            "region": job.value(REGION),
            "deployed_at": max((step.at for step in steps if step.at), default=now),
            "projects": {
                step.mapping.project: {
                    "lambda": step.mapping.lambda_name,
                    "version": step.mapping.version,
                    "image": step.mapping.image,
                    "digest": step.mapping.digest,
                    "source_digest": step.mapping.source_digest,
                    "before": step.before.image if step.before else None,
                    "outcome": step.outcome.value,
                    "reason": step.reason,
                    "seconds": step.seconds,
                }
                for step in steps
            },
        },
    )


def summary(steps: list[Step], *, planned: bool = False, back: bool = False) -> Iterator[str]:
    """A table for the job log, and how many came to each end."""
    words = {Outcome.NOT_STARTED: "would update"} if planned else {}
    rows = [
        (
            step.mapping.lambda_name,
            f"before {step.mapping.version}" if back else step.mapping.version,
            step.mapping.digest[:19],
            _ran(step.before),
            words.get(step.outcome, step.outcome.value),
        )
        for step in steps
    ]
    yield from table(("function", "version", "digest", "ran before", "outcome"), rows)
    counts = Counter(outcome for *_, outcome in rows)
    yield f"{counted(len(rows), 'function')}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items())}"


def _ran(function: Function | None) -> str:
    """The image that a function ran, by the tag it was given, or else by its digest: a step back is seen as one."""
    given = function.given.rpartition("/")[2] if function else ""
    return function.digest[:19] if function and "@" in given else given.partition(":")[2] or "-"


def raise_what_failed(steps: list[Step]) -> None:
    """Raise the failure of one, or say that the work is partly done."""
    errors = [step.error for step in steps if step.error]
    if not errors:
        return
    changed = [step.mapping.lambda_name for step in steps if step.outcome is Outcome.UPDATED or step.is_stuck]
    if not changed:
        raise in_one("the deployment failed", errors)
    raise PartlyDoneError(
        f"{len(changed)} of {len(steps)} functions run the new image, {len(errors)} failed",
        answer="\n".join(map(str, errors)),
        remedy="\n".join(dict.fromkeys(error.remedy for error in errors if error.remedy)),
        branch=errors[0].branch,
        leaf=errors[0].leaf,
    )
