"""One bucket: what is written stands only over what was seen, and what is in doubt is looked at."""

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cigen_runtime.clock import Clock as RealClock
from cigen_runtime.contract.configs import S3_SYNC
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    TryAgainError,
    VerificationError,
)
from cigen_runtime.job import open_job
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.s3 import Bucket
from lab import DropAfterCommit, DropBeforeRead, Lab, Status, Truncate
from lab.wire import Head
from runtime.conftest import STAGING_EU, Clock

NAME = "native-config-staging-eu"
HOST = rf"^{NAME}\.s3\."
Open = Callable[..., Bucket]


@pytest.fixture
def opened(lab: Lab, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a bucket as a job of staging/eu does."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    variables = {**STAGING_EU, **lab.job_variables, "CIGEN_CONFIG_BUCKET": NAME}
    job = open_job(S3_SYNC, variables, tmp_path, io.StringIO(), clock=RealClock(clock.now, clock.sleep))
    with aws_of(job) as aws:
        yield lambda name=NAME: Bucket(job, aws, name)


@pytest.fixture
def bucket(lab: Lab, opened: Open) -> Bucket:
    lab.aws.create_bucket(NAME)
    lab.gateway.clear()
    return opened()


def writes(lab: Lab) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in lab.gateway.writes(HOST)]


def test_what_was_put_is_read_back_with_its_checksum(lab: Lab, bucket: Bucket) -> None:
    stored = bucket.put("a b/ü+c.json", b"{}", "application/json", over=None)

    assert bucket.head("a b/ü+c.json") == stored
    assert bucket.get("a b/ü+c.json") == (b"{}", stored)
    assert (stored.size, stored.content_type) == (2, "application/json")
    assert stored.sha256 == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert list(bucket.listing("a b/")) == ["a b/ü+c.json"]


def test_a_file_is_sent_as_its_bytes_are(bucket: Bucket, tmp_path: Path) -> None:
    file = tmp_path / "empty"
    file.write_bytes(b"")

    stored = bucket.put("empty", file, "text/plain", over=None)

    assert (stored.size, bucket.get("empty")) == (0, (b"", stored))


def test_an_object_that_appeared_meanwhile_is_not_overwritten(lab: Lab, bucket: Bucket) -> None:
    lab.aws.client("s3").put_object(Bucket=NAME, Key="k", Body=b"theirs")

    with pytest.raises(ConflictError, match="somebody else wrote it meanwhile"):
        bucket.put("k", b"ours", "text/plain", over=None)

    assert lab.aws.objects(NAME) == {"k": b"theirs"}


def test_an_object_that_changed_meanwhile_is_neither_overwritten_nor_deleted(lab: Lab, bucket: Bucket) -> None:
    seen = bucket.put("k", b"one", "text/plain", over=None)
    lab.aws.client("s3").put_object(Bucket=NAME, Key="k", Body=b"theirs")

    with pytest.raises(ConflictError):
        bucket.put("k", b"two", "text/plain", over=seen)
    with pytest.raises(ConflictError):
        bucket.delete(seen)

    assert lab.aws.objects(NAME) == {"k": b"theirs"}


def test_an_object_that_was_deleted_meanwhile_is_not_brought_back(lab: Lab, bucket: Bucket) -> None:
    seen = bucket.put("k", b"one", "text/plain", over=None)
    lab.aws.client("s3").delete_object(Bucket=NAME, Key="k")

    with pytest.raises(ConflictError, match="somebody else deleted it meanwhile"):
        bucket.put("k", b"two", "text/plain", over=seen)

    assert lab.aws.objects(NAME) == {}


SLOW = Status(503, b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
BUSY = Status(409, b"<Error><Code>ConditionalRequestConflict</Code><Message>Retry.</Message></Error>")
FAULTS = [SLOW, BUSY, Status(500), DropBeforeRead(), DropAfterCommit(), Truncate(0)]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_write_survives_a_fault(lab: Lab, bucket: Bucket, fault: object) -> None:
    first = bucket.put("k", b"one", "text/plain", over=None)
    lab.gateway.clear()
    lab.gateway.fault(method="PUT", host=HOST, action=fault)

    bucket.put("k", b"two", "text/plain", over=first)

    assert lab.aws.objects(NAME) == {"k": b"two"}
    assert len(writes(lab)) == (1 if isinstance(fault, (DropAfterCommit, Truncate)) else 2)
    assert list(lab.gateway.unused_faults) == []


@pytest.mark.parametrize("fault", FAULTS[:-1], ids=str)
def test_a_deletion_survives_a_fault(lab: Lab, bucket: Bucket, fault: object) -> None:
    seen = bucket.put("k", b"one", "text/plain", over=None)
    lab.gateway.clear()
    lab.gateway.fault(method="DELETE", host=HOST, action=fault)

    bucket.delete(seen)

    assert lab.aws.objects(NAME) == {}
    assert len(writes(lab)) == (1 if fault == DropAfterCommit() else 2)


def test_a_store_that_stays_busy_is_left_alone(lab: Lab, bucket: Bucket, clock: Clock) -> None:
    lab.gateway.fault(method="PUT", host=HOST, times=99, action=SLOW)

    with pytest.raises(TryAgainError, match="SlowDown"):
        bucket.put("k", b"one", "text/plain", over=None)

    assert len(writes(lab)) == 5
    assert clock.waits == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("fault", [Truncate(3), DropAfterCommit()], ids=str)
def test_a_broken_answer_is_asked_for_again(lab: Lab, bucket: Bucket, fault: object) -> None:
    stored = bucket.put("k", b"0123456789", "text/plain", over=None)
    lab.gateway.fault(method="GET", host=HOST, action=fault)

    assert bucket.get("k") == (b"0123456789", stored)


def test_content_without_a_checksum_is_downloaded_to_know_it(lab: Lab, bucket: Bucket) -> None:
    lab.aws.client("s3").put_object(Bucket=NAME, Key="k", Body=b"{}")
    stored = bucket.head("k")

    assert stored is not None
    assert stored.sha256 is None
    assert bucket.sha256(stored) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_a_checksum_of_the_parts_of_an_upload_is_not_taken_for_that_of_the_content(lab: Lab, bucket: Bucket) -> None:
    class InParts:
        """S3, for an object that somebody uploaded in two parts."""

        def before(self, host: str, request: Head) -> Head:
            return request

        def after(self, host: str, request: Head, response: Head) -> Head:
            parts = base64.b64encode(b"x" * 32).decode() + "-2"
            return response.having("x-amz-checksum-sha256", parts).having("x-amz-checksum-type", "COMPOSITE")

    lab.aws.put_object(NAME, "k", b"content")
    with lab.gateway.detour(HOST.removeprefix("^").replace(r"\.s3\.", r"\.s3\..+"), lab.aws.port, InParts()):
        stored = bucket.head("k")

    assert stored is not None
    assert stored.sha256 is None
    assert bucket.sha256(stored) == hashlib.sha256(b"content").hexdigest()


def test_what_many_add_at_once_is_all_there(lab: Lab, bucket: Bucket) -> None:
    def add(word: str) -> None:
        bucket.update("words", lambda now: b"\n".join(sorted({*(now or b"").split(), word.encode()})), "text/plain")

    words = [f"word-{number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, words))

    assert lab.aws.objects(NAME)["words"].decode().split() == words


def test_an_update_that_changes_nothing_writes_nothing(lab: Lab, bucket: Bucket) -> None:
    bucket.put("k", b"one", "text/plain", over=None)
    lab.gateway.clear()

    bucket.update("k", lambda now: now, "text/plain")
    bucket.update("not there", lambda now: now, "text/plain")

    assert writes(lab) == []


def test_a_listing_has_all_of_its_pages(lab: Lab, bucket: Bucket) -> None:
    lab.aws.fill_bucket(NAME, (f"{number:04}" for number in range(1005)))

    assert len(bucket.listing()) == 1005


def test_a_bucket_that_is_as_it_should_be_passes(bucket: Bucket) -> None:
    bucket.require()


def test_a_bucket_that_is_not_there_is_named_with_its_place(opened: Open) -> None:
    with pytest.raises(NotFoundError) as caught:
        opened("native-config-stagin-eu").require()

    assert str(caught.value) == ("there is no bucket native-config-stagin-eu: job staging/eu, account 111122223333")


def test_a_bucket_in_another_region_is_refused(lab: Lab, opened: Open) -> None:
    lab.aws.create_bucket(NAME, region="us-east-1")

    with pytest.raises(ConfigurationError, match="is in us-east-1, the job works in eu-west-2"):
        opened().require()


def test_a_bucket_of_another_account_is_refused(lab: Lab, opened: Open) -> None:
    lab.aws.create_bucket(NAME, account="444455556666")

    with pytest.raises(NotAllowedError, match="account 111122223333 does not own it"):
        opened().require()


def test_a_bucket_of_another_account_that_lets_us_in_is_told_apart(lab: Lab, opened: Open, bucket: Bucket) -> None:
    lab.gateway.fault(Status(403), method="HEAD", host=HOST)

    with pytest.raises(VerificationError, match="does not belong to account 111122223333"):
        bucket.require()


def test_credentials_that_ended_are_told_apart_from_a_missing_permission(lab: Lab, bucket: Bucket) -> None:
    expired = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    denied = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    lab.gateway.fault(Status(400, expired), method="PUT", host=HOST, times=2)  # the first renews them
    lab.gateway.fault(Status(403, denied), method="PUT", host=HOST)

    with pytest.raises(AuthenticationError, match="ExpiredToken"):
        bucket.put("k", b"", "text/plain", over=None)
    with pytest.raises(NotAllowedError) as caught:
        bucket.put("k", b"", "text/plain", over=None)

    assert f"s3:PutObject and s3:DeleteObject on {NAME}/*" in caught.value.remedy
