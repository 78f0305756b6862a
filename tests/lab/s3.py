"""S3: moto, made to refuse what S3 refuses, and to compare and swap as one step."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable
from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response

from lab.patching import Patches

Answer = Callable[[Any, Any, str], Any]


class Buckets:
    """The patches to moto's S3: ownership, regions, checksums, and one request at a time."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # between a condition and the write that depends on it nobody else writes
        self._patches = Patches()

    def start(self) -> None:
        for name in ("_bucket_response", "_key_response"):
            self._guard(name)

    def stop(self) -> None:
        self._patches.undo()

    def _guard(self, name: str) -> None:
        def answer(response: Any, request: Any, full_url: str) -> Any:
            with self._lock:
                refusal = refused(response)
                if refusal is not None:
                    return refusal
                return original(response, request, full_url)

        original: Answer = self._patches.replace(S3Response, name, answer)


def refused(response: Any) -> Any | None:
    """What S3 answers before it looks at the request itself, where moto would go on."""
    known = s3_backends.bucket_accounts.get(response.bucket_name)
    if known is None:
        return None
    partition, owner = known
    headers = response.headers
    bucket = s3_backends[owner][partition].buckets[response.bucket_name]
    is_let_in = response.current_account == owner or response.current_account in str(bucket.policy)
    if headers.get("x-amz-expected-bucket-owner", owner) != owner or not is_let_in:
        raise S3ClientError("AccessDenied", "Access Denied")
    region = bucket.region_name
    if response.region != region:
        text = f"<Error><Code>PermanentRedirect</Code><Message>Use {region}.</Message></Error>"
        return 301, {"x-amz-bucket-region": region, "content-type": "application/xml"}, text
    given = headers.get("x-amz-checksum-sha256")
    if response.method == "PUT" and given and not fits(given, response.body):
        raise S3ClientError("BadDigest", "The SHA256 you specified did not match the calculated checksum.")
    return None


def fits(checksum: str, body: bytes | str | None) -> bool:
    content = body.encode() if isinstance(body, str) else body or b""
    return base64.b64encode(hashlib.sha256(content).digest()).decode() == checksum
