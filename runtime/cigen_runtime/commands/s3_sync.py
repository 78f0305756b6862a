"""Bring the merged configs to the bucket, and delete only what an earlier sync brought."""

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cigen_runtime.configs.difference import changed_keys
from cigen_runtime.configs.manifest import CONTENT_TYPE, NAME, read_manifest
from cigen_runtime.configs.sync_plan import Outcome, Plan, Step, content_type, plan, require_few_deletions
from cigen_runtime.contract.configs import (
    CONFIG_BUCKET,
    CONFIG_PREFIX,
    MERGED_FILES,
    PROVENANCE,
    SYNC_RESULT,
)
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    JobError,
    OutcomeUnknownError,
    PartlyDoneError,
    VerificationError,
    in_one,
)
from cigen_runtime.job import Job
from cigen_runtime.log import table
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.s3 import Bucket
from cigen_runtime.side_by_side import PARALLEL
from cigen_runtime.strict_file import read_of_place


def run(job: Job) -> None:
    """Look at everything, upload what differs, then delete what is gone, then write the manifest; record all of it."""
    provenance = read_of_place(job, PROVENANCE, "It is written by merge-configs; this job `needs` that.", Branch.S3)
    files = _merged_files(job, provenance)
    with aws_of(job) as aws:
        bucket = Bucket(job, aws, job.value(CONFIG_BUCKET))
        with job.log.section(f"Compare {len(files)} files with {bucket.url(job.value(CONFIG_PREFIX))}"):
            bucket.require()
            planned = plan(job, bucket, provenance, files)
        steps = planned.steps
        for step in steps:
            report = job.already if step.outcome is Outcome.UNCHANGED else job.plan
            if step.outcome is not Outcome.KEPT:
                report("object", bucket.url(job.value(CONFIG_PREFIX) + step.name), step.sha256 or "deleted")
        if job.dry_run:
            for line in _dry_run(bucket, steps, files):
                job.log.line(line)
        require_few_deletions(job, planned)
        if job.dry_run:
            return
        try:
            _apply(job, bucket, [step for step in steps if step.planned in {Outcome.ADDED, Outcome.CHANGED}], files)
            if not any(step.error for step in steps):
                _apply(job, bucket, [step for step in steps if step.planned is Outcome.DELETED], files)
            _keep_manifest(job, bucket, provenance, planned)
        finally:
            _record(job, bucket, provenance, steps)
    for line in _summary(steps):
        job.log.line(line)
    _raise_what_failed(steps)


def _merged_files(job: Job, provenance: Mapping[str, Any]) -> dict[str, Path]:
    """The files by name; they must be those that merge-configs wrote down."""
    folder = job.folder / job.path(MERGED_FILES)
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    known = provenance["files"]
    wrong = [f"{name} is not there" for name in known if name not in found]
    wrong += [f"{name} is not from merge-configs" for name in found if name not in known]
    wrong += [
        f"{name} has another content"
        for name, path in found.items()
        if name in known and hashlib.sha256(path.read_bytes()).hexdigest() != known[name]["sha256"]
    ]
    wrong += [f"{NAME} is the name of the manifest" for name in found if name == NAME]
    if wrong:
        raise VerificationError(
            f"{job.path(MERGED_FILES)} is not what {job.path(PROVENANCE)} says",
            answer="\n".join(wrong),
            remedy="Let this job need merge-configs of its own region, and let nothing else write there.",
            leaf=checks.MERGED_FILES,
        )
    return found


def _apply(job: Job, bucket: Bucket, steps: Sequence[Step], files: Mapping[str, Path]) -> None:
    """Change side by side; after the first failure nothing further starts."""
    stop = threading.Event()
    prefix = job.value(CONFIG_PREFIX)

    def apply(step: Step) -> Step:
        if stop.is_set():
            return step
        try:
            if step.planned is Outcome.DELETED and step.before:
                bucket.delete(step.before)
            else:
                bucket.put(prefix + step.name, files[step.name], content_type(step.name), over=step.before)
            step.outcome = step.planned
            job.changed("object", bucket.url(prefix + step.name), step.sha256 or "deleted")
        except JobError as error:
            stop.set()
            step.error, step.reason = error, str(error)
            step.outcome = Outcome.UNKNOWN if isinstance(error, OutcomeUnknownError) else Outcome.FAILED
        return step

    with ThreadPoolExecutor(PARALLEL) as pool:
        try:
            for number, step in enumerate(pool.map(apply, steps), start=1):
                if step.outcome is not Outcome.NOT_STARTED:
                    job.log.line(f"[{number}/{len(steps)}] {step.name}: {step.outcome}")
        finally:
            stop.set()


def _keep_manifest(job: Job, bucket: Bucket, provenance: Mapping[str, Any], planned: Plan) -> None:
    """Write the manifest; when that fails after something else did, the first failure is what people must see."""
    try:
        _write_manifest(job, bucket, provenance, planned)
    except JobError as error:
        if not any(step.error for step in planned.steps):
            raise
        job.log.line(f"the manifest is as it was: {error}")


def _write_manifest(job: Job, bucket: Bucket, provenance: Mapping[str, Any], planned: Plan) -> None:
    """Write down what is there now; what another sync brings at the same time stays in it.

    What is lost was deleted by somebody else, or by a sync that ended before it could write that down.
    """
    key = job.value(CONFIG_PREFIX) + NAME
    brought = {
        step.name: {"config": step.config, "sha256": step.sha256 or ""} for step in planned.steps if step.is_there
    }
    deleted = {*planned.lost, *(step.name for step in planned.steps if step.outcome is Outcome.DELETED)}
    failed = {step.config for step in planned.steps if step.error or step.outcome is Outcome.NOT_STARTED}
    configs = {name: pin for name, pin in provenance["configs"].items() if name not in failed}

    def change(content: bytes | None) -> bytes:
        return read_manifest(content, bucket.url(key)).changed(configs, brought, deleted).as_bytes()

    bucket.update(key, change, CONTENT_TYPE)


def _record(job: Job, bucket: Bucket, provenance: Mapping[str, Any], steps: Sequence[Step]) -> None:
    job.write(
        SYNC_RESULT,
        {
            "schema": 1,
            "environment": job.value(ENVIRONMENT),
            "region": job.value(REGION),
            "bucket": bucket.name,
            "prefix": job.value(CONFIG_PREFIX),
            "configs": provenance["configs"],
            "objects": {
                step.name: {
                    "config": step.config,
                    "outcome": step.outcome.value,
                    "before": step.before_sha256,
                    "before_version_id": step.before.version_id if step.before else "",
                    "sha256": step.sha256,
                    "reason": step.reason,
                }
                for step in steps
            },
        },
    )


def _summary(steps: Sequence[Step], *, planned: bool = False) -> Iterator[str]:
    rows = [
        (
            step.name,
            step.config,
            f"would be {step.planned}"
            if planned and step.outcome is Outcome.NOT_STARTED
            else f"{step.outcome}: {step.reason}"
            if step.reason and not step.error
            else step.outcome.value,
        )
        for step in steps
    ]
    yield from table(("file", "config", "outcome"), rows)


def _dry_run(bucket: Bucket, steps: Sequence[Step], files: Mapping[str, Path]) -> Iterator[str]:
    yield from _summary(steps, planned=True)
    for step in steps:
        if step.planned is Outcome.CHANGED and step.before:
            before = bucket.get(step.before.key)
            yield f"{step.name}:"
            for line in changed_keys(step.name, before[0] if before else b"", files[step.name].read_bytes()):
                yield f"  {line}"


def _raise_what_failed(steps: Sequence[Step]) -> None:
    errors = [step.error for step in steps if step.error]
    if not errors:
        return
    done = [step for step in steps if step.outcome in {Outcome.ADDED, Outcome.CHANGED, Outcome.DELETED}]
    if not done:
        raise in_one("the sync failed", errors)
    raise PartlyDoneError(
        f"{len(done)} objects are synced, {len(errors)} failed",
        answer="\n".join(map(str, errors)),
        remedy="\n".join(dict.fromkeys(error.remedy for error in errors if error.remedy)),
        branch=Branch.S3,
    )
