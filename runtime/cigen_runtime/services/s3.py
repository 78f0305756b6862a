"""Amazon S3: the objects of one bucket, each written only over what the writer has seen, and read back.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

import base64
import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cigen_runtime.contract.identity import AWS_ACCOUNT
from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import (
    ConfigurationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    TryAgainError,
    VerificationError,
)
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws
from cigen_runtime.services.aws_errors import aws_errors, code_of

ATTEMPTS = 5
"""How often one object is sent before a store that is busy or silent is left alone."""
READ_ATTEMPTS = 3
"""How often an answer that broke off is asked for; botocore's own attempts are within each."""
UPDATE_ATTEMPTS = 12
"""How often an update starts anew because somebody else was faster."""
BLOCK = 1024 * 1024
_NO_OBJECT = frozenset({"404", "NoSuchKey"})
"""404 is the answer to HEAD, which has no body, and one whose body broke off."""
_DOUBTS = (ConflictError, TryAgainError, OutcomeUnknownError)

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing shows it."""

    key: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it was seen; what is written over it demands that it is still the same."""

    key: str
    etag: str
    size: int
    sha256: str | None
    """Of its content, in hex; None where whoever wrote it gave no such checksum."""
    content_type: str
    version_id: str
    """Empty in a bucket that keeps no versions."""


class Bucket:
    """One bucket, of the job's own account and region unless told otherwise; every request names its owner."""

    def __init__(
        self, job: Job, aws: Aws, name: str, branch: Branch = Branch.S3, *, owner: str = "", region: str = ""
    ) -> None:
        self.name = name
        self._job = job
        self._branch = branch
        self._region = region or aws.region
        self._client = aws.s3(self._region)
        self._owner: dict[str, Any] = {"Bucket": name, "ExpectedBucketOwner": owner or job.value(AWS_ACCOUNT)}

    def require(self) -> None:
        """See that the bucket exists, is ours, and lies in the job's region.

        Raises NotFoundError, NotAllowedError, VerificationError or ConfigurationError, each with its own remedy.
        """
        try:
            with self._errors(f"looked at bucket {self.name}"):
                answer = self._client.head_bucket(**self._owner)
        except NotFoundError:
            raise NotFoundError(
                f"there is no bucket {self.name}",
                answer=f"job {self._place}, account {self._owner['ExpectedBucketOwner']}",
                remedy="Create it, or correct its name in cigen.yaml: the environment and the region are part of it.",
                branch=self._branch,
                leaf=self._leaf(checks.BUCKET),
            ) from None
        except NotAllowedError as error:
            raise self._refused(error) from None
        region = answer.get("BucketRegion", self._region)
        if region != self._region:
            raise ConfigurationError(
                f"bucket {self.name} is in {region}, the job works in {self._region}",
                remedy=f"Create a bucket in {self._region}, or correct the region's aws_region in cigen.yaml.",
                branch=self._branch,
                leaf=self._leaf(checks.BUCKET),
            )

    def listing(self, prefix: str = "") -> dict[str, Listed]:
        """Every object whose key begins with the prefix, by key."""

        def read() -> dict[str, Listed]:
            pages = self._client.get_paginator("list_objects_v2").paginate(**self._owner, Prefix=prefix)
            return {
                entry["Key"]: Listed(entry["Key"], entry["Size"], entry["ETag"])
                for page in pages
                for entry in page.get("Contents", [])
            }

        return self._read(f"listed bucket {self.name}", read)

    def head(self, key: str) -> Stored | None:
        """The object without its content, None where there is none."""

        def read() -> Stored | None:
            try:
                return _stored(key, self._client.head_object(**self._owner, Key=key, ChecksumMode="ENABLED"))
            except self._client.exceptions.ClientError as error:
                if code_of(error) in _NO_OBJECT:
                    return None
                raise

        return self._read(f"looked at {self.url(key)}", read)

    def get(self, key: str) -> tuple[bytes, Stored] | None:
        """The object with its content, None where there is none."""

        def read() -> tuple[bytes, Stored] | None:
            try:
                answer = self._client.get_object(**self._owner, Key=key, ChecksumMode="ENABLED")
            except self._client.exceptions.ClientError as error:
                if code_of(error) in _NO_OBJECT:
                    return None
                raise
            return answer["Body"].read(), _stored(key, answer)

        return self._read(f"read {self.url(key)}", read)

    def sha256(self, stored: Stored) -> str:
        """The checksum of an object's content, in hex: its own where it has one, else that of what is downloaded."""
        if stored.sha256:
            return stored.sha256

        def read() -> str:
            body = self._client.get_object(**self._owner, Key=stored.key)["Body"]
            found = hashlib.sha256()
            for block in iter(lambda: body.read(BLOCK), b""):
                found.update(block)
            return found.hexdigest()

        return self._read(f"read {self.url(stored.key)}", read)

    def put(
        self, key: str, body: bytes | Path, content_type: str, over: Stored | None, *, cache_control: str = ""
    ) -> Stored:
        """Write an object over the one that the caller saw (None: where there was none), and read it back.

        After every doubt it looks before it sends again. Raises ConflictError when somebody else wrote meanwhile,
        OutcomeUnknownError when it cannot be seen what is there.
        """
        wanted = _sha256(body)
        condition: dict[str, Any] = {"IfMatch": over.etag} if over else {"IfNoneMatch": "*"}
        caching: dict[str, Any] = {"CacheControl": cache_control} if cache_control else {}

        def send() -> None:
            with _opened(body) as content:
                self._client.put_object(
                    **self._owner,
                    **condition,
                    **caching,
                    Key=key,
                    Body=content,
                    ContentType=content_type,
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(wanted)).decode(),
                )

        def is_done(now: Stored | None) -> bool:
            return now is not None and self.sha256(now) == wanted and now.content_type == content_type

        now = self._change(f"wrote {self.url(key)}", key, over, send, is_done)
        if now is None:
            raise LookupError(f"{key} is not there though it was seen")
        return now

    def delete(self, over: Stored) -> None:
        """Delete the object that the caller saw, and see that it is gone.

        Raises ConflictError when somebody else wrote meanwhile, OutcomeUnknownError when it cannot be seen.
        """

        def send() -> None:
            self._client.delete_object(**self._owner, Key=over.key, IfMatch=over.etag)

        self._change(f"deleted {self.url(over.key)}", over.key, over, send, lambda now: now is None)

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], content_type: str, *, cache_control: str = ""
    ) -> None:
        """Rewrite an object from what is there (None: nothing) without losing what others write at the same time.

        `change` gives back what it got where nothing is to be written; it may be called again on newer content, so a
        second time must add nothing. Raises TryAgainError when others were faster every time.
        """
        for attempt in range(UPDATE_ATTEMPTS):
            content, stored = self.get(key) or (None, None)
            changed = change(content)
            if changed is None or changed == content:
                return
            try:
                self.put(key, changed, content_type, over=stored, cache_control=cache_control)
            except ConflictError:
                self._job.clock.sleep(random.SystemRandom().uniform(0.1, 0.5 * (attempt + 1)))
            else:
                return
        raise TryAgainError(
            f"updated {self.url(key)}",
            answer=f"{UPDATE_ATTEMPTS} times somebody else was faster",
            remedy="Run the job again when fewer jobs write to it.",
            branch=self._branch,
        )

    def url(self, key: str) -> str:
        """The object's name for people."""
        return f"s3://{self.name}/{key}"

    @property
    def _place(self) -> str:
        return self._job.environment.get("CI_ENVIRONMENT_NAME", "")

    def _change(
        self,
        attempted: str,
        key: str,
        over: Stored | None,
        send: Callable[[], None],
        is_done: Callable[[Stored | None], bool],
    ) -> Stored | None:
        """Send a change until it is seen to be there; give up when somebody else's is."""
        for attempt in range(ATTEMPTS):
            doubt = self._sent(attempted, send, over)
            now = self._looked_after(attempted, key)
            if is_done(now):
                return now
            if doubt is None or _etag(now) != _etag(over):
                raise ConflictError(
                    attempted,
                    answer="somebody else wrote it meanwhile" if now else "somebody else deleted it meanwhile",
                    remedy="See who else writes to this bucket, then run the job again: it compares anew.",
                    branch=self._branch,
                )
            if attempt == ATTEMPTS - 1:
                raise doubt
            self._job.log.line(f"{key}: {doubt.answer}; looked, and will send it again")
            self._job.clock.sleep(min(1.0 * 2**attempt, 15.0))
        raise AssertionError("the last attempt returns or raises")

    def _sent(self, attempted: str, send: Callable[[], None], over: Stored | None) -> JobError | None:
        """Send once; what leaves the outcome open is given back, all else is raised."""
        try:
            with self._errors(attempted):
                send()
        except _DOUBTS as doubt:
            return doubt
        except NotFoundError as error:  # S3's answer to a condition on an object that is gone
            if over is None or "NoSuchKey" not in error.answer:
                raise
            return error
        return None

    def _looked_after(self, attempted: str, key: str) -> Stored | None:
        try:
            return self.head(key)
        except TryAgainError as error:
            raise OutcomeUnknownError(
                attempted,
                answer=f"and could not look whether it is there: {error.answer}",
                remedy="Run the job again: it compares before it writes.",
                branch=self._branch,
            ) from error

    def _read(self, attempted: str, read: Callable[[], _Answer]) -> _Answer:
        """Read, and again where the answer broke off: botocore repeats requests, but not bodies."""
        for attempt in range(READ_ATTEMPTS):
            try:
                with self._errors(attempted):
                    return read()
            except OutcomeUnknownError as error:  # a read leaves nothing open
                failure: JobError = TryAgainError(
                    error.attempted, answer=error.answer, remedy=error.remedy, branch=error.branch
                )
            except TryAgainError as error:
                if error.__cause__ is None:  # S3's own answer, which botocore has asked for several times
                    raise
                failure = error
            self._job.clock.sleep(0.5 * 2**attempt)
        raise failure

    def _refused(self, error: JobError) -> JobError:
        """Why HeadBucket said 403: without the owner's name it lets us in when only the owner was wrong."""
        owner = self._owner["ExpectedBucketOwner"]
        try:
            with self._errors(error.attempted):
                self._client.head_bucket(Bucket=self.name)
        except JobError:
            return NotAllowedError(
                error.attempted,
                answer=f"{error.answer} (S3 does not say whether the role may not, or account {owner} does not own it)",
                remedy=(
                    f"Allow the job's role s3:ListBucket on {self.name}; when it is allowed, see whether the bucket of "
                    "that name is another company's."
                ),
                branch=self._branch,
                leaf=self._leaf(checks.S3_PERMISSION),
            )
        return VerificationError(
            f"bucket {self.name} does not belong to account {owner}",
            remedy="Compare the environment's account in cigen.yaml with the bucket's owner: one of them is wrong.",
            branch=self._branch,
            leaf=self._leaf(checks.S3_CREDENTIALS),
        )

    def _errors(self, attempted: str) -> AbstractContextManager[None]:
        return aws_errors(attempted, self._branch, self._explain, leaf=self._leaf(checks.S3_PERMISSION))

    def _leaf(self, check: Check) -> Check:
        """The check for what is wrong with a bucket: of the configs' bucket there are several."""
        return check if self._branch is Branch.S3 else checks.DASHBOARD_BUCKET

    def _explain(self, code: str, _message: str) -> str | None:
        if code in {"AccessDenied", "403"}:
            return (
                f"Allow the job's role s3:GetObject, s3:PutObject and s3:DeleteObject on {self.name}/*, and its KMS "
                "key where it has one; then look whether the bucket's policy denies more."
            )
        return None


def _stored(key: str, answer: Any) -> Stored:
    """From the answer to HeadObject or GetObject, which have these fields in common."""
    checksum = answer.get("ChecksumSHA256", "")
    # The checksum of an upload in parts is one of their checksums, and ends with their number.
    whole = checksum and "-" not in checksum and answer.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT"
    return Stored(
        key=key,
        etag=answer["ETag"],
        size=answer["ContentLength"],
        sha256=base64.b64decode(checksum).hex() if whole else None,
        content_type=answer.get("ContentType", ""),
        version_id=answer.get("VersionId", ""),
    )


def _etag(stored: Stored | None) -> str:
    return stored.etag if stored else ""


def _sha256(body: bytes | Path) -> str:
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest()
    with body.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(body: bytes | Path) -> Iterator[Any]:
    if isinstance(body, bytes):
        yield body
        return
    with body.open("rb") as file:
        yield file
