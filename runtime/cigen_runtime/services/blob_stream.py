"""A blob on its way from one place to another, never whole in memory, with its digest taken as it passes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import urllib3

from cigen_runtime.clock import Clock
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import TryAgainError, VerificationError
from cigen_runtime.services.http import BLOCK, backoff
from cigen_runtime.services.image_manifest import Blob

RESUMPTIONS = 4
"""How often a stream that breaks off is taken up where it broke off, before all of it is read anew."""


@dataclass(frozen=True, slots=True)
class Source:
    """What bytes come from: a file, or the answer of a registry."""

    read: Callable[[int], bytes]
    close: Callable[[], None]


class BlobStream:
    """A body that `requests` can send on, and that knows whether it was what its digest promised.

    `resume` opens the source again at an offset: a connection that breaks in the middle of a large layer costs what had
    not come yet, and whoever the stream is sent to notices nothing.
    """

    def __init__(
        self,
        source: Source,
        blob: Blob,
        *,
        resume: Callable[[int], Source] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._source = source
        self._blob = blob
        self._resume = resume
        self._clock = clock or Clock()
        self._resumptions = 0
        self._hash = hashlib.sha256()
        self._read = 0

    def __enter__(self) -> "BlobStream":
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def __len__(self) -> int:
        return self._blob.size

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes, at most `size`; nothing at the end."""
        wanted = min(max(size, BLOCK), self._blob.size - self._read)
        block = self._next(wanted) if wanted else b""
        self._hash.update(block)
        self._read += len(block)
        if wanted and not block:  # whoever sends this on has promised more, and would wait for it
            self.require_digest()
        return block

    def read_all(self) -> bytes:
        """All of it, checked."""
        content = b"".join(iter(self.read, b""))
        self.require_digest()
        return content

    def require_digest(self) -> None:
        """Raise VerificationError unless all bytes came and they have the digest."""
        found = "sha256:" + self._hash.hexdigest()
        if self._read != self._blob.size or found != self._blob.digest:
            raise VerificationError(
                f"read blob {self._blob.digest}",
                answer=f"got {self._read} of {self._blob.size} bytes with digest {found}",
                remedy="Run the job again; if it stays so, the blob is damaged in the source registry: build it anew.",
                branch=Branch.DOCKER,
            )

    def _next(self, wanted: int) -> bytes:
        while True:
            try:
                block = self._source.read(wanted)
            except urllib3.exceptions.HTTPError as error:
                if not self._taken_up():
                    raise TryAgainError(
                        f"read blob {self._blob.digest}",
                        answer=f"the connection broke {self._resumptions + 1} times, last after {self._read} of "
                        f"{self._blob.size} bytes",
                        remedy="Run the job again: what arrived is not sent twice.",
                        branch=Branch.DOCKER,
                    ) from error
                continue
            if block or not self._taken_up():
                return block

    def _taken_up(self) -> bool:
        """Whether the source, which broke off, could be opened again where it did."""
        if self._resume is None or self._resumptions == RESUMPTIONS:
            return False
        self._resumptions += 1
        self._source.close()
        self._clock.sleep(backoff(self._resumptions))
        self._source = self._resume(self._read)
        return True
