"""Bring the merged configs to the bucket, and delete only what an earlier sync brought."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from cigen_runtime.configs.difference import changed_keys
from cigen_runtime.configs.manifest import CONTENT_TYPE, NAME, Manifest, read_manifest
from cigen_runtime.contract.configs import (
    ALLOW_CONFIG_DELETES,
    CONFIG_BUCKET,
    CONFIG_DELETE,
    CONFIG_PREFIX,
    MERGED_FILES,
    PROVENANCE,
    SYNC_RESULT,
)
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    ConflictError,
    JobError,
    OutcomeUnknownError,
    PartlyDoneError,
    VerificationError,
    in_one,
)
from cigen_runtime.files import read_of_place
from cigen_runtime.job import Job
from cigen_runtime.log import table
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.s3 import Bucket
from cigen_runtime.services.s3_object import Listed, Stored
from cigen_runtime.side_by_side import PARALLEL, look_at_all

CONTENT_TYPES = {
    ".json": "application/json",
    ".yml": "application/yaml",
    ".yaml": "application/yaml",
    ".toml": "application/toml",
    ".xml": "application/xml",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".properties": "text/plain; charset=utf-8",
    ".ini": "text/plain; charset=utf-8",
    ".conf": "text/plain; charset=utf-8",
}
"""By ending, not by what the machine knows: it would differ from one runner to the next."""
FEW = 3
SHARE = 5
"""Deletions of up to three objects, or of a fifth of those that syncs brought, need nobody's word."""


class Outcome(StrEnum):
    """What becomes of one object."""

    UNCHANGED = "unchanged"
    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    KEPT = "kept"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_STARTED = "not started"


@dataclass(slots=True)
class Step:
    """One object on its way."""

    name: str
    config: str
    planned: Outcome
    before: Stored | None
    before_sha256: str | None
    sha256: str | None
    """Of what the service repo has; None for what it has no longer."""
    outcome: Outcome = Outcome.NOT_STARTED
    reason: str = ""
    error: JobError | None = None

    @property
    def is_there(self) -> bool:
        """Whether the bucket now has what the service repo has."""
        return self.outcome in {Outcome.UNCHANGED, Outcome.ADDED, Outcome.CHANGED}


def run(job: Job) -> None:
    """Look at everything, upload what differs, then delete what is gone, then write the manifest; record all of it."""
    provenance = read_of_place(job, PROVENANCE, "It is written by merge-configs; this job `needs` that.", Branch.S3)
    files = _merged_files(job, provenance)
    with aws_of(job) as aws:
        bucket = Bucket(job, aws, job.value(CONFIG_BUCKET))
        with job.log.section(f"Compare {len(files)} files with {bucket.url(job.value(CONFIG_PREFIX))}"):
            bucket.require()
            manifest, steps, lost = _plan(job, bucket, provenance, files)
        for step in steps:
            report = job.already if step.outcome is Outcome.UNCHANGED else job.plan
            if step.outcome is not Outcome.KEPT:
                report("object", bucket.url(job.value(CONFIG_PREFIX) + step.name), step.sha256 or "deleted")
        if job.dry_run:
            for line in _dry_run(bucket, steps, files):
                job.log.line(line)
        _require_few_deletions(job, manifest, steps)
        if job.dry_run:
            return
        try:
            _apply(job, bucket, [step for step in steps if step.planned in {Outcome.ADDED, Outcome.CHANGED}], files)
            if not any(step.error for step in steps):
                _apply(job, bucket, [step for step in steps if step.planned is Outcome.DELETED], files)
            _keep_manifest(job, bucket, provenance, steps, lost)
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


def _plan(
    job: Job, bucket: Bucket, provenance: Mapping[str, Any], files: Mapping[str, Path]
) -> tuple[Manifest, list[Step], set[str]]:
    """What is known, what is to be done, and what the manifest names that is neither here nor there any more."""
    prefix = job.value(CONFIG_PREFIX)
    listing = bucket.listing(prefix)
    there = bucket.get(prefix + NAME) if prefix + NAME in listing else None
    manifest = read_manifest(there[0] if there else None, bucket.url(prefix + NAME))
    gone = [
        name
        for name, entry in manifest.files.items()
        if name not in files
        and prefix + name in listing
        and (provenance["complete"] or entry["config"] in provenance["configs"])
    ]
    steps = look_at_all(
        files,
        lambda name: _upload(bucket, name, provenance["files"][name], listing.get(prefix + name), prefix),
        if_not="not every object could be looked at, so nothing was changed",
    )
    steps += look_at_all(
        gone,
        lambda name: _deletion(job, bucket, name, manifest.files[name], prefix),
        if_not="not every object could be looked at, so nothing was changed",
    )
    foreign = len(listing.keys() - {prefix + name for name in (*files, *manifest.files, NAME)})
    if foreign:
        job.log.line(f"{foreign} other objects are not from a sync and stay as they are")
    lost = {name for name in manifest.files if name not in files and prefix + name not in listing}
    return manifest, steps, lost


def _upload(bucket: Bucket, name: str, entry: Mapping[str, Any], listed: Listed | None, prefix: str) -> Step:
    stored = bucket.head(prefix + name) if listed else None
    if stored is None:
        return Step(name, entry["config"], Outcome.ADDED, None, None, entry["sha256"])
    sha256 = stored.sha256 or (bucket.sha256(stored) if stored.size == entry["size"] else None)
    is_same = sha256 == entry["sha256"] and stored.content_type == _content_type(name)
    planned = Outcome.UNCHANGED if is_same else Outcome.CHANGED
    step = Step(name, entry["config"], planned, stored, sha256, entry["sha256"])
    step.outcome = planned if is_same else Outcome.NOT_STARTED
    return step


def _deletion(job: Job, bucket: Bucket, name: str, entry: Mapping[str, str], prefix: str) -> Step:
    """What becomes of an object that a sync brought and the service repo has no longer."""
    stored = bucket.head(prefix + name)
    sha256 = bucket.sha256(stored) if stored else None
    step = Step(name, entry["config"], Outcome.DELETED, stored, sha256, None)
    if sha256 != entry["sha256"]:
        step.planned = step.outcome = Outcome.KEPT
        step.reason = "somebody else changed it since a sync brought it"
    elif job.value(CONFIG_DELETE) != "true":
        step.planned = step.outcome = Outcome.KEPT
        step.reason = "its config is gone; s3.delete is false in cigen.yaml"
    return step


def _require_few_deletions(job: Job, manifest: Manifest, steps: list[Step]) -> None:
    names = [step.name for step in steps if step.planned is Outcome.DELETED]
    most = max(FEW, len(manifest.files) // SHARE)
    if len(names) > most and job.value(ALLOW_CONFIG_DELETES) != "true":
        raise ConflictError(
            f"{len(names)} of the {len(manifest.files)} objects that syncs brought would be deleted, so nothing was",
            answer="\n".join([*names[:10], *([f"and {len(names) - 10} more"] if len(names) > 10 else [])]),
            remedy=f"If that is meant, run the pipeline with {ALLOW_CONFIG_DELETES.name}=true.",
            branch=Branch.S3,
        )


def _apply(job: Job, bucket: Bucket, steps: list[Step], files: Mapping[str, Path]) -> None:
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
                bucket.put(prefix + step.name, files[step.name], _content_type(step.name), over=step.before)
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


def _keep_manifest(job: Job, bucket: Bucket, provenance: Mapping[str, Any], steps: list[Step], lost: set[str]) -> None:
    """Write the manifest; when that fails after something else did, the first failure is what people must see."""
    try:
        _write_manifest(job, bucket, provenance, steps, lost)
    except JobError as error:
        if not any(step.error for step in steps):
            raise
        job.log.line(f"the manifest is as it was: {error}")


def _write_manifest(job: Job, bucket: Bucket, provenance: Mapping[str, Any], steps: list[Step], lost: set[str]) -> None:
    """Write down what is there now; what another sync brings at the same time stays in it.

    What is lost was deleted by somebody else, or by a sync that ended before it could write that down.
    """
    key = job.value(CONFIG_PREFIX) + NAME
    brought = {step.name: {"config": step.config, "sha256": step.sha256 or ""} for step in steps if step.is_there}
    deleted = {*lost, *(step.name for step in steps if step.outcome is Outcome.DELETED)}
    failed = {step.config for step in steps if step.error or step.outcome is Outcome.NOT_STARTED}
    configs = {name: pin for name, pin in provenance["configs"].items() if name not in failed}

    def change(content: bytes | None) -> bytes:
        return read_manifest(content, bucket.url(key)).changed(configs, brought, deleted).as_bytes()

    bucket.update(key, change, CONTENT_TYPE)


def _record(job: Job, bucket: Bucket, provenance: Mapping[str, Any], steps: list[Step]) -> None:
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


def _summary(steps: list[Step], *, planned: bool = False) -> Iterator[str]:
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


def _dry_run(bucket: Bucket, steps: list[Step], files: Mapping[str, Path]) -> Iterator[str]:
    yield from _summary(steps, planned=True)
    for step in steps:
        if step.planned is Outcome.CHANGED and step.before:
            before = bucket.get(step.before.key)
            yield f"{step.name}:"
            for line in changed_keys(step.name, before[0] if before else b"", files[step.name].read_bytes()):
                yield f"  {line}"


def _content_type(name: str) -> str:
    return CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def _raise_what_failed(steps: list[Step]) -> None:
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
