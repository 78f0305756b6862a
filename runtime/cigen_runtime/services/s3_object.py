"""An object of S3 as it was seen, and the content that one is to have."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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


def seen(key: str, answer: Any) -> Stored:
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


def etag_of(stored: Stored | None) -> str:
    """What tells one state of an object from another; empty where there is none."""
    return stored.etag if stored else ""


def sha256_of(body: bytes | Path) -> str:
    """The checksum of what is to be written, in hex."""
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest()
    with body.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(body: bytes | Path) -> Iterator[Any]:
    """What is to be written, as boto3 takes it: a file is read while it is sent."""
    if isinstance(body, bytes):
        yield body
        return
    with body.open("rb") as file:
        yield file
