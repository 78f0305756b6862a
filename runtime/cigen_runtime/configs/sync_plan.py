"""What a sync of configs will do with each object: told before anything is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from cigen_runtime.configs.manifest import NAME, Manifest, read_manifest
from cigen_runtime.contract.configs import ALLOW_CONFIG_DELETES, CONFIG_DELETE, CONFIG_PREFIX
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConflictError, JobError
from cigen_runtime.job import Job
from cigen_runtime.services.s3 import Bucket
from cigen_runtime.services.s3_object import Listed, Stored
from cigen_runtime.side_by_side import look_at_all

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a bucket, and what is to be done."""

    manifest: Manifest
    """Of the syncs before."""
    steps: tuple[Step, ...]
    lost: frozenset[str]
    """What the manifest names, and is neither here nor there any more."""


def plan(job: Job, bucket: Bucket, provenance: Mapping[str, Any], files: Mapping[str, Path]) -> Plan:
    """Look at every object that is here, there, or in the manifest of earlier syncs; nothing is changed.

    Raises the first problem with all others in it.
    """
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
    return Plan(manifest, tuple(steps), frozenset(lost))


def _upload(bucket: Bucket, name: str, entry: Mapping[str, Any], listed: Listed | None, prefix: str) -> Step:
    stored = bucket.head(prefix + name) if listed else None
    sha256 = None
    if stored and (stored.sha256 or stored.size == entry["size"]):
        sha256 = bucket.sha256(stored)
        stored = stored if sha256 else None  # somebody deleted it since
    if stored is None:
        return Step(name, entry["config"], Outcome.ADDED, None, None, entry["sha256"])
    is_same = sha256 == entry["sha256"] and stored.content_type == content_type(name)
    planned = Outcome.UNCHANGED if is_same else Outcome.CHANGED
    step = Step(name, entry["config"], planned, stored, sha256, entry["sha256"])
    step.outcome = planned if is_same else Outcome.NOT_STARTED
    return step


def _deletion(job: Job, bucket: Bucket, name: str, entry: Mapping[str, str], prefix: str) -> Step:
    """What becomes of an object that a sync brought and the service repo has no longer."""
    stored = bucket.head(prefix + name)
    sha256 = bucket.sha256(stored) if stored else None
    step = Step(name, entry["config"], Outcome.DELETED, stored, sha256, None)
    if sha256 is None:
        step.outcome = Outcome.DELETED
        step.reason = "somebody else deleted it meanwhile"
    elif sha256 != entry["sha256"]:
        step.planned = step.outcome = Outcome.KEPT
        step.reason = "somebody else changed it since a sync brought it"
    elif job.value(CONFIG_DELETE) != "true":
        step.planned = step.outcome = Outcome.KEPT
        step.reason = "its config is gone; s3.delete is false in cigen.yaml"
    return step


def require_few_deletions(job: Job, planned: Plan) -> None:
    """Raise ConflictError when so much would be deleted that somebody should have said so."""
    names = [step.name for step in planned.steps if step.planned is Outcome.DELETED]
    brought = len(planned.manifest.files)
    most = max(FEW, brought // SHARE)
    if len(names) > most and job.value(ALLOW_CONFIG_DELETES) != "true":
        raise ConflictError(
            f"{len(names)} of the {brought} objects that syncs brought would be deleted, so nothing was",
            answer="\n".join([*names[:10], *([f"and {len(names) - 10} more"] if len(names) > 10 else [])]),
            remedy=f"If that is meant, run the pipeline with {ALLOW_CONFIG_DELETES.name}=true.",
            branch=Branch.S3,
        )


def content_type(name: str) -> str:
    """What an object is stored as."""
    return CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
