"""A client for container registries: manifests as they are, blobs as streams.

It speaks the OCI distribution protocol (https://github.com/opencontainers/distribution-spec/blob/main/spec.md) to
Artifactory and ECR alike.
"""

import hashlib
import io
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

import requests
import urllib3

from cigen_runtime.clock import Clock
from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import JobError, OutcomeUnknownError, TryAgainError, VerificationError
from cigen_runtime.services.blob_stream import BlobStream, Source
from cigen_runtime.services.http import BLOCK, retry_after
from cigen_runtime.services.image_manifest import ACCEPT, Blob, Manifest, media_type
from cigen_runtime.services.registry_errors import Refusals, error_of, lacks_repository, not_a_registry
from cigen_runtime.services.registry_http import RegistryHttp
from cigen_runtime.services.registry_login import Login

BLOB_ATTEMPTS = 4
_T = TypeVar("_T")


class Registry:
    """One registry host with one login."""

    def __init__(
        self,
        name: str,
        host: str,
        login: Login | None,
        clock: Clock,
        branch: Branch = Branch.DOCKER,
        *,
        door: Check = checks.ARTIFACTORY_LOGIN,
        rights: Check | None = None,
        renew: Callable[[], Login] | None = None,
        learn: Callable[[str], None] = lambda _: None,
        tag_otherwise: Callable[[str, str, Manifest], None] | None = None,
    ) -> None:
        """`door` is the check for a login that is refused, `rights` the one for whoever may come in and no further.

        `renew` gets another login when this one ends; `learn` is told each token that the registry gives.
        `tag_otherwise` puts a manifest under a tag where the registry does not take it by its own protocol.
        """
        self.name = name
        self.host = host
        self.login = login
        self._branch = branch
        self._clock = clock
        self._tag_otherwise = tag_otherwise
        self._refusals = Refusals(host, branch, door, rights or door)
        self._http = RegistryHttp(name, host, login, clock, branch, self._refusals, renew, learn)
        self._homes: dict[str, str] = {}
        self._small: dict[str, bytes] = {}
        self._sending: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def require_entry(self, repository: str) -> None:
        """Raise AuthenticationError unless the registry lets us in; nothing of the repository need exist."""
        response = self._http.send("GET", "/v2/", repository)
        if response.status_code not in {200, 404}:
            raise self._refusals.of(f"knocked at {self.name}", response, repository)

    def require_repository(self, repository: str) -> None:
        """Raise NotFoundError unless there is the repository, NotAllowedError unless we may look into it."""
        response = self._http.send("GET", f"/v2/{repository}/manifests/0", repository, headers=ACCEPT)
        if response.status_code == 200 or (response.status_code == 404 and not lacks_repository(response)):
            return
        raise self._refusals.of(f"looked for the repository {repository} in {self.name}", response, repository)

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest that a tag stands for, None where there is no such tag."""
        response = self._http.send("HEAD", f"/v2/{repository}/manifests/{reference}", repository, headers=ACCEPT)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise self._refusals.of(f"looked up {repository}:{reference} in {self.name}", response, repository)
        stated = response.headers.get("Docker-Content-Digest")
        if stated:
            return stated
        found = self.manifest(repository, reference)
        return found.digest if found else None

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest of a tag or digest, None where there is none.

        Raises VerificationError when its bytes do not have the digest that was asked for or stated.
        """
        attempted = f"read the manifest of {repository}:{reference} from {self.name}"
        response = self._http.send("GET", f"/v2/{repository}/manifests/{reference}", repository, headers=ACCEPT)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise self._refusals.of(attempted, response, repository)
        digest = "sha256:" + hashlib.sha256(response.content).hexdigest()
        for stated in (response.headers.get("Docker-Content-Digest"), reference if ":" in reference else None):
            if stated and stated.startswith("sha256:") and stated != digest:
                raise VerificationError(attempted, answer=f"got {digest}, wanted {stated}", branch=self._branch)
        return Manifest(response.content, media_type(attempted, response, self._branch), digest)

    def tags(self, repository: str) -> list[str]:
        """All tags of a repository, none where there is no such repository."""
        tags: list[str] = []
        path: str | None = f"/v2/{repository}/tags/list?n=1000"
        while path:
            response = self._http.send("GET", path, repository)
            if response.status_code == 404:
                break
            if response.status_code != 200:
                raise self._refusals.of(f"listed the tags of {repository} in {self.name}", response, repository)
            try:
                tags += response.json().get("tags") or []
            except (ValueError, AttributeError) as error:
                attempted = f"listed the tags of {repository} in {self.name}"
                raise not_a_registry(attempted, self.host, self._branch) from error
            path = response.links.get("next", {}).get("url")
        return tags

    def read_blob(self, repository: str, blob: Blob) -> bytes:
        """A small blob, such as an image's configuration; whoever opens it later gets it from memory."""

        def read() -> bytes:
            with self.open_blob(repository, blob) as stream:
                return stream.read_all()

        content = self._persistently(f"read blob {blob.digest} of {repository} from {self.name}", read)
        with self._lock:
            self._small[blob.digest] = content
        return content

    def open_blob(self, repository: str, blob: Blob) -> BlobStream:
        """A blob as a stream that checks its own digest, and goes on where a connection broke off."""
        with self._lock:
            small = self._small.get(blob.digest)
        if small is not None:
            content = io.BytesIO(small)
            return BlobStream(Source(content.read, content.close), blob)
        resume = partial(self._blob_from, repository, blob)
        return BlobStream(resume(0), blob, resume=resume, clock=self._clock)

    def _blob_from(self, repository: str, blob: Blob, start: int) -> Source:
        """The rest of a blob; a registry that knows no ranges gives all of it, and the beginning is thrown away."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        place = f"/v2/{repository}/blobs/{blob.digest}"
        response = self._http.send("GET", place, repository, headers=headers, stream=True)
        read = partial(response.raw.read, decode_content=False)
        if response.status_code == 200:
            while start and (beginning := read(min(start, BLOCK))):
                start -= len(beginning)
        elif response.status_code == 416:  # there is no more of it
            response.close()
            return Source(lambda _: b"", response.close)
        elif response.status_code != 206 or not start:
            raise self._refusals.of(f"read blob {blob.digest} of {repository} from {self.name}", response, repository)
        return Source(read, response.close)

    def has_blob(self, repository: str, blob: Blob) -> bool:
        """Whether the repository has the blob already."""
        response = self._http.send("HEAD", f"/v2/{repository}/blobs/{blob.digest}", repository)
        if response.status_code in {200, 404}:
            return response.status_code == 200
        raise self._refusals.of(f"looked for blob {blob.digest} of {repository} in {self.name}", response, repository)

    def push_blob(self, repository: str, blob: Blob, open_stream: Callable[[], BlobStream]) -> int:
        """Stream a blob here, never whole in memory; returns the bytes that were moved, 0 when it is here already.

        A blob that another repository here is known to have is mounted from there, where the registry does that. A
        stream that broke for good is opened again and starts from the beginning, in a new upload. Raises
        VerificationError when the source keeps giving other bytes than the digest promises.
        """
        with self._alone_with(blob):
            return self._pushed(repository, blob, open_stream)

    def _pushed(self, repository: str, blob: Blob, open_stream: Callable[[], BlobStream]) -> int:
        if self.has_blob(repository, blob):
            self._remember(repository, blob)
            return 0

        def copy() -> int:
            place = self._start_upload(repository, blob)
            if place is None:
                return 0
            with open_stream() as stream:
                self._upload(repository, blob, stream, place)
            return blob.size

        moved = self._persistently(f"copied blob {blob.digest} to {repository} in {self.name}", copy)
        self._remember(repository, blob)
        return moved

    def _alone_with(self, blob: Blob) -> threading.Lock:
        """Images that share a layer and are sent at once wait for each other there, so that it is sent once."""
        with self._lock:
            return self._sending.setdefault(blob.digest, threading.Lock())

    def _remember(self, repository: str, blob: Blob) -> None:
        with self._lock:
            self._homes.setdefault(blob.digest, repository)

    def put_manifest(self, repository: str, tag: str, manifest: Manifest) -> None:
        """Tag a manifest and read it back.

        Raises ConflictError when the tag is immutable and taken, VerificationError when the registry says yes and
        has something else.
        """
        attempted = f"tagged {repository}:{tag} in {self.name}"
        response = self._http.send(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            repository,
            data=manifest.content,
            headers={"Content-Type": manifest.media_type},
        )
        if self._tag_otherwise and error_of(response)[0] == "UNSUPPORTED":
            self._tag_otherwise(repository, tag, manifest)
        found = self.digest(repository, tag)
        if found == manifest.digest:
            return
        if response.status_code not in {200, 201}:
            raise self._refusals.of(attempted, response, repository)
        raise VerificationError(
            attempted, answer=f"it has {found or 'no such tag'}, we sent {manifest.digest}", branch=self._branch
        )

    def _persistently(self, attempted: str, action: Callable[[], _T]) -> _T:
        """Do what moves a blob until it comes through whole; doing it again from the start harms nothing."""
        failure: JobError | None = None
        for attempt in range(BLOB_ATTEMPTS):
            if attempt:
                self._clock.sleep(0.5 * 2.0**attempt)
            try:
                return action()
            except (VerificationError, TryAgainError) as error:
                failure = error
            except OutcomeUnknownError as error:  # half an upload is none: nobody sees it
                failure = TryAgainError(attempted, answer=error.answer, remedy=error.remedy, branch=error.branch)
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                failure = TryAgainError(
                    attempted,
                    answer=f"the connection broke {attempt + 1} times: {type(error).__name__}",
                    remedy="Run the job again: what arrived is not sent twice.",
                    branch=self._branch,
                )
        assert failure is not None  # noqa: S101 - the loop ran
        raise failure

    def _start_upload(self, repository: str, blob: Blob) -> str | None:
        """Where to send a blob; None when the registry took it from another of its repositories."""
        attempted = f"uploaded blob {blob.digest} to {repository} in {self.name}"
        place = f"/v2/{repository}/blobs/uploads/"
        with self._lock:
            home = self._homes.get(blob.digest)
        if home and home != repository:
            query = urlencode({"mount": blob.digest, "from": home})
            response = self._http.send("POST", f"{place}?{query}", repository, repeatable=True)
            if response.status_code == 201:
                return None
            if response.status_code == 202:
                return self._http.location(response)
        response = self._http.send("POST", place, repository, repeatable=True)
        if response.status_code != 202:
            raise self._refusals.of(attempted, response, repository)
        return self._http.location(response)

    def _upload(self, repository: str, blob: Blob, stream: BlobStream, place: str) -> None:
        """One PATCH with the whole blob, one PUT: the form that ECR and Artifactory both take."""
        attempted = f"uploaded blob {blob.digest} to {repository} in {self.name}"
        response = self._http.send(
            "PATCH",
            place,
            repository,
            data=stream,
            repeatable=False,
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(blob.size)},
        )
        if response.status_code not in {201, 202, 204}:
            asked = retry_after(response.headers, self._clock.now()) or 0.0
            self._clock.sleep(min(asked, self._clock.patience))
            raise self._refusals.of(attempted, response, repository)
        stream.require_digest()
        place = self._http.location(response, place)
        joint = "&" if "?" in place else "?"
        response = self._http.send("PUT", f"{place}{joint}digest={blob.digest}", repository)
        if response.status_code != 201 and not self.has_blob(repository, blob):
            raise self._refusals.of(attempted, response, repository)
