"""Amazon S3: the objects of one bucket, each written only over what the writer has seen, and read back.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

import base64
import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from cigen_runtime.contract.identity import AWS_ACCOUNT
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import (
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    TryAgainError,
)
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws
from cigen_runtime.services.aws_errors import code_of
from cigen_runtime.services.s3_errors import BucketRefusals
from cigen_runtime.services.s3_object import Listed, Stored, etag_of, opened, seen, sha256_of

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
        owner = owner or job.value(AWS_ACCOUNT)
        self._owner: dict[str, Any] = {"Bucket": name, "ExpectedBucketOwner": owner}
        self._refusals = BucketRefusals(name, owner, branch)

    def require(self) -> None:
        """See that the bucket exists, is ours, and lies in the job's region.

        Raises NotFoundError, NotAllowedError, VerificationError or ConfigurationError, each with its own remedy.
        """
        try:
            with self._refusals.within(f"looked at bucket {self.name}"):
                answer = self._client.head_bucket(**self._owner)
        except NotFoundError:
            raise self._refusals.missing(self._job.environment.get("CI_ENVIRONMENT_NAME", "")) from None
        except NotAllowedError as error:
            raise self._refused(error) from None
        region = answer.get("BucketRegion", self._region)
        if region != self._region:
            raise self._refusals.elsewhere(region, self._region)

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
                return seen(key, self._client.head_object(**self._owner, Key=key, ChecksumMode="ENABLED"))
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
            return answer["Body"].read(), seen(key, answer)

        return self._read(f"read {self.url(key)}", read)

    def sha256(self, stored: Stored) -> str | None:
        """The checksum of an object's content, in hex: its own where it has one, else that of what is downloaded.

        None where the object is not there any more.
        """
        if stored.sha256:
            return stored.sha256

        def read() -> str | None:
            try:
                body = self._client.get_object(**self._owner, Key=stored.key)["Body"]
            except self._client.exceptions.ClientError as error:
                if code_of(error) in _NO_OBJECT:
                    return None
                raise
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
        wanted = sha256_of(body)
        condition: dict[str, Any] = {"IfMatch": over.etag} if over else {"IfNoneMatch": "*"}
        caching: dict[str, Any] = {"CacheControl": cache_control} if cache_control else {}

        def send() -> None:
            with opened(body) as content:
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
            if doubt is None or etag_of(now) != etag_of(over):
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
            with self._refusals.within(attempted):
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
                with self._refusals.within(attempted):
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
        try:
            with self._refusals.within(error.attempted):
                self._client.head_bucket(Bucket=self.name)
        except JobError:
            return self._refusals.closed(error)
        return self._refusals.of_another()
