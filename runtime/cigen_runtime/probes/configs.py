"""Can the merged configs go to their bucket?"""

from collections.abc import Mapping

from cigen_runtime.contract.configs import CONFIG_BUCKET, MERGED_FILES, PROVENANCE
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import JobError, VerificationError
from cigen_runtime.probes.probe import CannotLookError, Probe, Surroundings
from cigen_runtime.services.s3 import Bucket
from cigen_runtime.strict_file import read_of_place


def _bucket(surroundings: Surroundings) -> str:
    bucket = _of(surroundings)
    try:
        bucket.require()
    except JobError as error:
        if error.leaf not in {checks.S3_CREDENTIALS, checks.S3_PERMISSION}:  # which S3 says of buckets that there are
            raise
    return f"there is a bucket {bucket.name}"


def _owner(surroundings: Surroundings) -> str:
    bucket = _of(surroundings)
    try:
        bucket.require()
    except JobError as error:
        if error.leaf == checks.S3_PERMISSION:
            raise CannotLookError("the role may not look at the bucket, so S3 does not say whose it is") from None
        raise
    return f"the job's account owns {bucket.name}"


def _permission(surroundings: Surroundings) -> str:
    bucket = _of(surroundings)
    try:
        bucket.require()
    except JobError as error:
        if error.leaf == checks.S3_CREDENTIALS:
            raise CannotLookError("the bucket is another account's") from None
        raise
    there = bucket.listing()
    return f"the role sees {len(there)} objects; whether it may write shows only a write"


def _merged(surroundings: Surroundings) -> str:
    job = surroundings.job
    provenance = read_of_place(job, PROVENANCE, "It is written by merge-configs.", Branch.S3)
    folder = job.folder / job.path(MERGED_FILES)
    missing = [name for name in provenance["files"] if not (folder / name).is_file()]
    if missing:
        raise VerificationError(
            f"{job.path(MERGED_FILES)} lacks files that merge-configs wrote",
            answer=", ".join(missing),
            remedy="Let the job need merge-configs of its own region, and let nothing else write there.",
            leaf=checks.MERGED_FILES,
        )
    count = len(provenance["files"])
    return f"it has {count} file{'s' * (count != 1)}"


def _of(surroundings: Surroundings) -> Bucket:
    return Bucket(surroundings.job, surroundings.aws(), surroundings.job.value(CONFIG_BUCKET))


PROBES: Mapping[Check, Probe] = {
    checks.BUCKET: Probe(_bucket, needs=(CONFIG_BUCKET,), after=(checks.IAM_ROLE,)),
    checks.S3_CREDENTIALS: Probe(_owner, after=(checks.BUCKET,)),
    checks.S3_PERMISSION: Probe(_permission, after=(checks.BUCKET,)),
    checks.MERGED_FILES: Probe(_merged, needs=(ENVIRONMENT, REGION)),
}
