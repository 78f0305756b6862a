"""A client for container registries: manifests as they are, blobs as streams.

It speaks the OCI distribution protocol (https://github.com/opencontainers/distribution-spec/blob/main/spec.md) to
Artifactory and ECR alike. Manifests are never rewritten: their digest is the identity of an image.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urljoin

import requests
import urllib3

from cigen_runtime.clock import Clock
from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    TryAgainError,
    VerificationError,
)
from cigen_runtime.services.http import BLOCK, PatientSession, retry_after

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
IMAGES = (OCI_IMAGE, DOCKER_IMAGE)
INDEXES = (OCI_INDEX, DOCKER_INDEX)
BLOB_ATTEMPTS = 4
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Login:
    """User and password for a registry."""

    user: str
    password: str

    @property
    def header(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Blob:
    """A layer or an image configuration, by digest."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest byte for byte as the registry gave it."""

    content: bytes
    media_type: str
    digest: str

    @property
    def is_index(self) -> bool:
        """Whether it lists images for several platforms instead of being one."""
        return self.media_type in INDEXES

    @property
    def document(self) -> dict[str, Any]:
        """Its parsed JSON."""
        parsed: dict[str, Any] = json.loads(self.content)
        return parsed

    @property
    def config(self) -> Blob:
        """The image's configuration blob."""
        return _blob(self.document["config"])

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """Every blob that must be there before the manifest is: layers and configuration, each once."""
        entries = [*self.document.get("layers", []), self.document["config"]]
        return tuple({entry["digest"]: _blob(entry) for entry in entries}.values())

    def children(self) -> list[tuple[str, str, str]]:
        """Of an index: the digest, operating system and architecture of each image, attestations left out."""
        return [
            (entry["digest"], platform.get("os", ""), platform.get("architecture", ""))
            for entry in self.document.get("manifests", [])
            if (entry.get("annotations") or {}).get("vnd.docker.reference.type") != "attestation-manifest"
            and (platform := entry.get("platform") or {}).get("os") != "unknown"
        ]


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
    ) -> None:
        """`door` is the check for a login that is refused, `rights` the one for whoever may come in and no further."""
        self.name = name
        self._door = door
        self._rights = rights or door
        self._branch = branch
        self.host = host
        self._login = login
        self._session = PatientSession(name, branch, clock)
        self._clock = clock
        self._authorization: dict[str, str] = {}
        self._lock = threading.Lock()

    def require_entry(self, repository: str) -> None:
        """Raise AuthenticationError unless the registry lets us in; nothing of the repository need exist."""
        response = self._send("GET", "/v2/", repository)
        if response.status_code not in {200, 404}:
            raise self._refusal(f"knocked at {self.name}", response, repository)

    def require_repository(self, repository: str) -> None:
        """Raise NotFoundError unless there is the repository, NotAllowedError unless we may look into it."""
        response = self._send("GET", f"/v2/{repository}/manifests/0", repository, headers=_accept())
        if response.status_code == 200 or (response.status_code == 404 and not _lacks_repository(response)):
            return
        raise self._refusal(f"looked for the repository {repository} in {self.name}", response, repository)

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest that a tag stands for, None where there is no such tag."""
        response = self._send("HEAD", f"/v2/{repository}/manifests/{reference}", repository, headers=_accept())
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise self._refusal(f"looked up {repository}:{reference} in {self.name}", response, repository)
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
        response = self._send("GET", f"/v2/{repository}/manifests/{reference}", repository, headers=_accept())
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise self._refusal(attempted, response, repository)
        digest = "sha256:" + hashlib.sha256(response.content).hexdigest()
        for stated in (response.headers.get("Docker-Content-Digest"), reference if ":" in reference else None):
            if stated and stated.startswith("sha256:") and stated != digest:
                raise VerificationError(attempted, answer=f"got {digest}, wanted {stated}", branch=self._branch)
        return Manifest(response.content, _media_type(attempted, response), digest)

    def tags(self, repository: str) -> list[str]:
        """All tags of a repository, none where there is no such repository."""
        tags: list[str] = []
        path: str | None = f"/v2/{repository}/tags/list?n=1000"
        while path:
            response = self._send("GET", path, repository)
            if response.status_code == 404:
                break
            if response.status_code != 200:
                raise self._refusal(f"listed the tags of {repository} in {self.name}", response, repository)
            try:
                tags += response.json().get("tags") or []
            except (ValueError, AttributeError) as error:
                raise self._somebody_else(f"listed the tags of {repository} in {self.name}") from error
            path = response.links.get("next", {}).get("url")
        return tags

    def read_blob(self, repository: str, blob: Blob) -> bytes:
        """A small blob, such as an image's configuration."""

        def read() -> bytes:
            with self.open_blob(repository, blob) as stream:
                return stream.read_all()

        return self._persistently(f"read blob {blob.digest} of {repository} from {self.name}", read)

    def open_blob(self, repository: str, blob: Blob) -> "BlobStream":
        """A blob as a stream that checks its own digest."""
        response = self._send("GET", f"/v2/{repository}/blobs/{blob.digest}", repository, stream=True)
        if response.status_code != 200:
            raise self._refusal(f"read blob {blob.digest} of {repository} from {self.name}", response, repository)
        return BlobStream(partial(response.raw.read, decode_content=False), response.close, blob)

    def has_blob(self, repository: str, blob: Blob) -> bool:
        """Whether the repository has the blob already."""
        response = self._send("HEAD", f"/v2/{repository}/blobs/{blob.digest}", repository)
        if response.status_code in {200, 404}:
            return response.status_code == 200
        raise self._refusal(f"looked for blob {blob.digest} of {repository} in {self.name}", response, repository)

    def copy_blob(self, repository: str, blob: Blob, source: "Registry", source_repository: str) -> int:
        """Stream a blob here from another registry; see `push_blob`."""
        return self.push_blob(repository, blob, lambda: source.open_blob(source_repository, blob))

    def push_blob(self, repository: str, blob: Blob, open_stream: Callable[[], "BlobStream"]) -> int:
        """Stream a blob here, never whole in memory; returns the bytes that were moved, 0 when it is here already.

        A broken stream is opened again and starts from the beginning, in a new upload. Raises VerificationError when
        the source keeps giving other bytes than the digest promises.
        """
        if self.has_blob(repository, blob):
            return 0

        def copy() -> int:
            with open_stream() as stream:
                self._upload(repository, blob, stream)
            return blob.size

        return self._persistently(f"copied blob {blob.digest} to {repository} in {self.name}", copy)

    def put_manifest(self, repository: str, tag: str, manifest: Manifest) -> None:
        """Tag a manifest and read it back.

        Raises ConflictError when the tag is immutable and taken, VerificationError when the registry says yes and
        has something else.
        """
        attempted = f"tagged {repository}:{tag} in {self.name}"
        response = self._send(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            repository,
            data=manifest.content,
            headers={"Content-Type": manifest.media_type},
        )
        found = self.digest(repository, tag)
        if found == manifest.digest:
            return
        if response.status_code not in {200, 201}:
            raise self._refusal(attempted, response, repository)
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

    def _upload(self, repository: str, blob: Blob, stream: "BlobStream") -> None:
        """One POST, one PATCH with the whole blob, one PUT: the form that ECR and Artifactory both take."""
        attempted = f"uploaded blob {blob.digest} to {repository} in {self.name}"
        response = self._send("POST", f"/v2/{repository}/blobs/uploads/", repository, repeatable=True)
        if response.status_code != 202:
            raise self._refusal(attempted, response, repository)
        place = urljoin(response.url, response.headers["Location"])
        response = self._send(
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
            raise self._refusal(attempted, response, repository)
        stream.require_digest()
        place = urljoin(response.url, response.headers.get("Location", place))
        joint = "&" if "?" in place else "?"
        response = self._send("PUT", f"{place}{joint}digest={blob.digest}", repository)
        if response.status_code != 201 and not self.has_blob(repository, blob):
            raise self._refusal(attempted, response, repository)

    def _send(
        self, method: str, path: str, repository: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> requests.Response:
        """Send with the authorization the registry wants, learned from its first refusal."""
        url = urljoin(f"https://{self.host}", path)
        with self._lock:
            authorization = self._authorization.get(repository)
        if authorization is None and options.get("data") is not None:
            authorization = self._authorize(repository)
        for last in (False, True):
            sent = {**(headers or {}), **({"Authorization": authorization} if authorization else {})}
            response = self._session.request(method, url, headers=sent, **options)
            if response.status_code != 401 or last:
                return response
            response.close()
            if isinstance(options.get("data"), BlobStream):
                self._forget(repository)
                raise TryAgainError(
                    f"uploaded a blob to {repository} in {self.name}",
                    answer="the token ended on the way",
                    remedy="Run the job again: what arrived is not sent twice.",
                    branch=Branch.DOCKER,
                )
            authorization = self._authorize(repository, response)
        raise AssertionError("unreachable")

    def _authorize(self, repository: str, refusal: requests.Response | None = None) -> str:
        refusal = refusal if refusal is not None else self._session.request("GET", f"https://{self.host}/v2/")
        challenge = refusal.headers.get("WWW-Authenticate", "")
        bearer = challenge.lower().startswith("bearer")
        header = self._token(repository, challenge) if bearer else (self._login.header if self._login else "")
        with self._lock:
            self._authorization[repository] = header
        return header

    def _forget(self, repository: str) -> None:
        """A stream cannot be sent twice: whoever starts it anew asks for a new token first."""
        with self._lock:
            self._authorization.pop(repository, None)

    def _token(self, repository: str, challenge: str) -> str:
        """A bearer token for one repository; https://distribution.github.io/distribution/spec/auth/token/."""
        fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        response = self._session.request(
            "GET",
            fields.get("realm", ""),
            params={"service": fields.get("service", ""), "scope": f"repository:{repository}:pull,push"},
            headers={"Authorization": self._login.header} if self._login else {},
        )
        if response.status_code != 200:
            raise self._refusal(f"asked for a token of {self.name}", response, repository)
        body = response.json()
        return f"Bearer {body.get('token') or body['access_token']}"

    def _refusal(self, attempted: str, response: requests.Response, repository: str) -> JobError:
        code, message = _registry_error(response)
        answer = " ".join(filter(None, (str(response.status_code), code, message)))
        status = response.status_code
        if status < 400:
            return self._somebody_else(attempted)
        if status == 401:
            return AuthenticationError(
                attempted,
                answer=answer,
                remedy=f"The user or password for {self.host} is wrong or expired: renew it where it is defined.",
                branch=self._branch,
                leaf=self._door,
            )
        if status == 403:
            return NotAllowedError(
                attempted,
                answer=answer,
                remedy=f"Give that user access to {repository}.",
                branch=self._branch,
                leaf=self._rights,
            )
        if code == "NAME_UNKNOWN" or status == 404:
            return NotFoundError(
                attempted,
                answer=answer,
                remedy=f"Create the repository {repository} in {self.host}, or correct its name in cigen.yaml.",
                branch=self._branch,
                leaf=self._rights,
            )
        if code == "TAG_INVALID":
            return ConflictError(
                attempted,
                answer=answer,
                remedy="The tag is taken and immutable: a version is released once. Release a new version.",
                branch=self._branch,
            )
        if status in {408, 429, 500, 502, 503, 504}:
            return TryAgainError(attempted, answer=answer, remedy="Run the job again.", branch=self._branch)
        return JobError(attempted, answer=answer, branch=self._branch)

    def _somebody_else(self, attempted: str) -> TryAgainError:
        return TryAgainError(
            attempted,
            answer="the answer is not a registry's: perhaps a proxy or a login page",
            remedy=f"Open https://{self.host} from the runner's network and see who answers.",
            branch=self._branch,
        )


class BlobStream:
    """A body that `requests` can send on, and that knows whether it was what its digest promised."""

    def __init__(self, read: Callable[[int], bytes], close: Callable[[], None], blob: Blob) -> None:
        self._source = read
        self._close = close
        self._blob = blob
        self._hash = hashlib.sha256()
        self._read = 0

    def __enter__(self) -> "BlobStream":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def __len__(self) -> int:
        return self._blob.size

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes, at most `size`; nothing at the end."""
        block = self._source(min(max(size, BLOCK), self._blob.size - self._read))
        self._hash.update(block)
        self._read += len(block)
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


def docker_login(docker_auth_config: str, host: str) -> Login:
    """The login for a host from a docker `config.json`; https://docs.docker.com/reference/cli/docker/login/.

    Raises ConfigurationError when the text is no such file or has no login for the host.
    """
    name = "DOCKER_AUTH_CONFIG"
    try:
        auths = json.loads(docker_auth_config)["auths"]
        entries = {_host_of(key): entry for key, entry in auths.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigurationError(
            f"{name} is not a docker config.json with `auths`",
            remedy=f'It should read {{"auths": {{"{host}": {{"auth": "<base64 of user:password>"}}}}}}.',
            leaf=checks.DOCKER_AUTH_CONFIG,
        ) from None
    entry = entries.get(host)
    if entry is None:
        raise ConfigurationError(
            f"{name} has no login for {host}",
            answer=f"it has: {', '.join(sorted(entries)) or 'none'}",
            remedy=f"Add {host} to its `auths`.",
            leaf=checks.DOCKER_AUTH_CONFIG,
        )
    try:
        user, separator, password = (
            base64.b64decode(entry["auth"], validate=True).decode().partition(":")
            if entry.get("auth")
            else (entry["username"], ":", entry["password"])
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        user = separator = password = ""
    if not (user and separator and password):
        raise ConfigurationError(
            f"{name}: the login for {host} is not base64 of user:password",
            remedy="Make it with: printf '%s' \"$USER:$PASSWORD\" | base64 -w0",
            leaf=checks.DOCKER_AUTH_CONFIG,
        )
    return Login(user, password)


def _host_of(key: str) -> str:
    """Docker writes hosts bare, with a scheme, or with a path."""
    return re.sub(r"^https?://", "", key).split("/")[0]


def _blob(entry: Mapping[str, Any]) -> Blob:
    return Blob(entry["digest"], int(entry["size"]))


def _accept() -> dict[str, str]:
    return {"Accept": ", ".join((*IMAGES, *INDEXES))}


def _media_type(attempted: str, response: requests.Response) -> str:
    """What the manifest is: by its header, or by its own word where the header is a plain JSON type."""
    stated = response.headers.get("Content-Type", "").split(";")[0].strip()
    if stated in (*IMAGES, *INDEXES):
        return stated
    try:
        document = response.json()
        own = document.get("mediaType") or (OCI_INDEX if "manifests" in document else OCI_IMAGE)
        known = own in (*IMAGES, *INDEXES) and document.get("schemaVersion") == 2
    except (ValueError, AttributeError):
        known = False
    if not known:
        raise VerificationError(
            attempted,
            answer=f"it is neither an image nor an index but {stated or 'nothing we know'}",
            remedy="Build the image with a current builder: Lambda takes docker schema 2 and OCI images.",
            branch=Branch.DOCKER,
        )
    return str(own)


def _lacks_repository(response: requests.Response) -> bool:
    return _registry_error(response)[0] in {"NAME_UNKNOWN", "NAME_INVALID"}


def _registry_error(response: requests.Response) -> tuple[str, str]:
    """Code and message of a registry's error body, which need not be there."""
    try:
        first = response.json()["errors"][0]
        return str(first.get("code", "")), str(first.get("message", ""))[:300]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "", response.reason or ""
