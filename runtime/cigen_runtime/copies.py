"""The images of a whole job: what is to be copied, and the copies, several at a time."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from cigen_runtime.errors import JobError, in_one
from cigen_runtime.images import ImageCopy, ImagePlace, copy_image
from cigen_runtime.job import Job
from cigen_runtime.log import counted
from cigen_runtime.side_by_side import look_at_all

PARALLEL = 3
"""Images in flight at once: small ones take as long as the way there and back, and wait for it together."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An unchanged project whose build is gone from Artifactory, and whose image ECR still has."""

    target: ImagePlace
    digest: str
    source_digest: None = None


def plan_all(job: Job, plans: Sequence[ImageCopy | Kept]) -> list[ImageCopy]:
    """Report what is there and what is to be copied; returns the latter, which has repositories to go to.

    Raises NotFoundError for a repository that there is not, before anything is copied.
    """
    missing: list[ImageCopy] = []
    for plan in plans:
        if isinstance(plan, ImageCopy) and plan.needed:
            missing.append(plan)
            job.plan("image", str(plan.target), plan.digest)
        else:
            job.already("image", str(plan.target), plan.digest)
    goals = {(copy.target.registry, copy.target.repository) for copy in missing}
    look_at_all(
        sorted(goals, key=lambda goal: goal[1]),
        lambda goal: goal[0].require_repository(goal[1]),
        if_not="not every image has a repository in ECR, so none was copied",
    )
    job.log.line(f"{len(missing)} of {len(plans)} images to copy, the others are in ECR already")
    return missing


def copy_all(job: Job, copies: Sequence[ImageCopy]) -> None:
    """Carry out planned copies; after one that fails no other begins, and those under way are seen to their end.

    Raises what failed.
    """
    if not copies:
        return
    total, done, began = 0, 0, time.monotonic()
    problems: dict[ImageCopy, JobError] = {}
    stop = threading.Event()
    with job.log.section(f"Copy {counted(len(copies), 'image')}"), ThreadPoolExecutor(PARALLEL) as pool:
        tries = {pool.submit(_unless, stop, job, copy): copy for copy in copies}
        try:
            for ended in as_completed(tries):
                copy, copied = tries[ended], ended.result()
                if isinstance(copied, JobError):
                    problems[copy] = copied
                elif copied:
                    done, total = done + 1, total + copied.bytes
                    job.log.line(f"[{done}/{len(copies)}] {copy.source} -> {copy.target}")
                    job.log.line(f"  {copy.digest}, {copied.bytes / 1e6:.1f} MB in {copied.seconds:.1f} s")
        except KeyboardInterrupt:
            job.log.line("interrupted: seeing the copies under way to their end, starting no others")
            raise
        finally:
            stop.set()
    if problems:
        raise in_one("not every image could be copied", [problems[copy] for copy in copies if copy in problems])
    job.log.line(f"copied {counted(len(copies), 'image')}, {total / 1e6:.1f} MB in {time.monotonic() - began:.1f} s")


@dataclass(frozen=True, slots=True)
class _Copied:
    """What one copy took."""

    bytes: int
    seconds: float


def _unless(stop: threading.Event, job: Job, copy: ImageCopy) -> _Copied | JobError | None:
    """Copy, or say what kept us from it; nothing once it was stopped, and a failure stops it."""
    if stop.is_set():
        return None
    started = time.monotonic()
    try:
        moved = copy_image(copy)
        job.changed("image", str(copy.target), copy.digest)
        return _Copied(moved, time.monotonic() - started)
    except JobError as error:
        stop.set()
        return error
