"""What S3's refusals mean, and what to do about each."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import ConfigurationError, JobError, NotAllowedError, NotFoundError, VerificationError
from cigen_runtime.services.aws_errors import aws_errors


@dataclass(frozen=True, slots=True)
class BucketRefusals:
    """Turns what S3 says of one bucket into our errors."""

    bucket: str
    owner: str
    """The account that the bucket must belong to."""
    branch: Branch

    def within(self, attempted: str) -> AbstractContextManager[None]:
        """Where requests to the bucket are made."""
        return aws_errors(attempted, self.branch, self._explain, leaf=self._leaf(checks.S3_PERMISSION))

    def missing(self, place: str) -> NotFoundError:
        """There is no such bucket."""
        return NotFoundError(
            f"there is no bucket {self.bucket}",
            answer=f"job {place}, account {self.owner}",
            remedy="Create it, or correct its name in cigen.yaml: the environment and the region are part of it.",
            branch=self.branch,
            leaf=self._leaf(checks.BUCKET),
        )

    def elsewhere(self, region: str, wanted: str) -> ConfigurationError:
        """It lies in another region than the job works in."""
        return ConfigurationError(
            f"bucket {self.bucket} is in {region}, the job works in {wanted}",
            remedy=f"Create a bucket in {wanted}, or correct the region's aws_region in cigen.yaml.",
            branch=self.branch,
            leaf=self._leaf(checks.BUCKET),
        )

    def closed(self, error: JobError) -> NotAllowedError:
        """It lets us in neither as its owner's nor as anybody's."""
        return NotAllowedError(
            error.attempted,
            answer=(
                f"{error.answer} (S3 does not say whether the role may not, or account {self.owner} does not own it)"
            ),
            remedy=(
                f"Allow the job's role s3:ListBucket on {self.bucket}; when it is allowed, see whether the bucket of "
                "that name is another company's."
            ),
            branch=self.branch,
            leaf=self._leaf(checks.S3_PERMISSION),
        )

    def of_another(self) -> VerificationError:
        """It lets us in, and belongs to another account."""
        return VerificationError(
            f"bucket {self.bucket} does not belong to account {self.owner}",
            remedy="Compare the environment's account in cigen.yaml with the bucket's owner: one of them is wrong.",
            branch=self.branch,
            leaf=self._leaf(checks.S3_CREDENTIALS),
        )

    def _leaf(self, check: Check) -> Check:
        """The check for what is wrong with a bucket: of the configs' bucket there are several."""
        return check if self.branch is Branch.S3 else checks.DASHBOARD_BUCKET

    def _explain(self, code: str, _message: str) -> str | None:
        if code in {"AccessDenied", "403"}:
            return (
                f"Allow the job's role s3:GetObject, s3:PutObject and s3:DeleteObject on {self.bucket}/*, and its KMS "
                "key where it has one; then look whether the bucket's policy denies more."
            )
        return None
