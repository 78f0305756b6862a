"""ECR: moto says which repositories, tags and digests there are; a docker-registry behind it holds the bytes."""

from __future__ import annotations

import base64
import binascii
import copy
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecr.models import Image as MotoImage
from moto.ecr.responses import ECRResponse

from lab import images
from lab.faults import Status
from lab.images import Image, digest_of
from lab.names import REGION, STAGING_ACCOUNT
from lab.patching import Patches
from lab.registries import Registry
from lab.wire import Head

HOST = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
PATH = re.compile(r"/v2/(?P<repository>.+?)/(?P<kind>manifests|blobs|tags)/(?P<rest>.*)")
TOKEN = re.compile(r"\d{12}-auth-token")  # what moto gives; a token opens every registry that its owner may use
TOKEN_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Place:
    """One account's registry in one region."""

    account: str
    region: str

    @property
    def host(self) -> str:
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com"

    @property
    def prefix(self) -> str:
        """Where the data plane keeps this registry's repositories."""
        return f"{self.account}/{self.region}"

    @property
    def backend(self) -> Any:  # moto has no types
        return ecr_backends[self.account][self.region]

    @classmethod
    def at(cls, host: str) -> Place:
        match = HOST.fullmatch(host)
        if match is None:
            raise ValueError(f"not an ECR host: {host}")
        return cls(match["account"], match["region"])


class Ecr:
    """The front of every <account>.dkr.ecr.<region>.amazonaws.com, and the patches that make moto agree with it."""

    def __init__(self, folder: Path) -> None:
        self.registry = Registry(folder)
        self.blob_mounting = False  # an account setting of ECR, off unless asked for
        self._lock = threading.RLock()
        self._patches = Patches()

    # What a test says

    def create_repository(
        self, repository: str, *, account: str = STAGING_ACCOUNT, region: str = REGION, immutable: bool = False
    ) -> str:
        """Create a repository; returns its URI."""
        Place(account, region).backend.create_repository(
            repository_name=repository,
            registry_id=account,
            encryption_config=None,
            image_scan_config=None,
            image_tag_mutability="IMMUTABLE" if immutable else "MUTABLE",
            image_tag_mutability_exclusion_filters=None,
            tags=[],
        )
        return f"{Place(account, region).host}/{repository}"

    def push(
        self, image: Image, repository: str, tag: str, *, account: str = STAGING_ACCOUNT, region: str = REGION
    ) -> str:
        """Put an image there straight, creating the repository if need be; returns its URI with the tag."""
        place = Place(account, region)
        if repository not in place.backend.repositories:
            self.create_repository(repository, account=account, region=region)
        images.push(image, self.registry.port, f"{place.prefix}/{repository}", tag)
        for child in image.children:
            self._register(place, repository, child.manifest, child.media_type, None)
        self._register(place, repository, image.manifest, image.media_type, tag)
        return f"{place.host}/{repository}:{tag}"

    def digest(self, repository: str, tag: str, *, account: str = STAGING_ACCOUNT, region: str = REGION) -> str | None:
        """The digest under a tag, or None."""
        return self._find(Place(account, region), repository, tag)

    def tags(self, repository: str, *, account: str = STAGING_ACCOUNT, region: str = REGION) -> Sequence[str]:
        found = Place(account, region).backend.repositories.get(repository)
        return sorted(tag for image in found.images for tag in image.image_tags) if found else []

    # How it runs

    def start(self) -> None:
        self.registry.start()
        self._patches.replace(ECRBackend, "put_image", lambda *given, **named: self._put_image(*given, **named))
        self._patches.replace(ECRBackend, "batch_get_image", batch_get_image)
        self._patches.replace(ECRResponse, "ecr_backend", property(registry_of_request))
        original = self._patches.replace(
            ECRResponse, "get_authorization_token", lambda response: with_expiry(original(response))
        )

    def reset(self) -> None:
        self.blob_mounting = False
        self.registry.wipe()

    def stop(self) -> None:
        self._patches.undo()
        self.registry.stop()

    # What passes through (relay.Front)

    def before(self, host: str, request: Head) -> Head | Status:
        place = Place.at(host)
        if not is_authorised(request.get("Authorization")):
            return unauthorised(place)
        method, url, version = request.start
        path, _, query = url.partition("?")
        match = PATH.fullmatch(path)
        if match is None:
            return request
        repository, kind, rest = match.group("repository", "kind", "rest")
        if repository not in place.backend.repositories:
            return refusal(404, "NAME_UNKNOWN", missing_repository(repository, place.account))
        if kind == "tags":
            tags = self.tags(repository, account=place.account, region=place.region)
            listed = json.dumps({"name": repository, "tags": tags}).encode()
            return Status(200, listed, {"Content-Type": "application/json"})
        if kind == "manifests" and method == "PUT" and self._is_taken(place, repository, rest):
            return refusal(400, "TAG_INVALID", taken_tag(repository, rest))
        if kind == "manifests" and method in ("GET", "HEAD"):
            digest = self._find(place, repository, rest)
            if digest is None:
                return refusal(404, "MANIFEST_UNKNOWN", "Requested image not found")
            rest = digest
        inner = f"/v2/{place.prefix}/{repository}/{kind}/{rest}"
        query = self._mounting(place, query)
        return request.without("Authorization").starting(method, inner + (f"?{query}" if query else ""), version)

    def _mounting(self, place: Place, query: str) -> str:
        if "mount=" not in query:
            return query
        if not self.blob_mounting:
            return ""
        fields = [(name, f"{place.prefix}/{value}" if name == "from" else value) for name, value in parse_qsl(query)]
        return urlencode(fields)

    def after(self, host: str, request: Head, response: Head) -> Head:
        place = Place.at(host)
        location = response.get("Location")
        if location:
            response = response.having("Location", location.replace(f"/v2/{place.prefix}/", "/v2/", 1))
        match = PATH.fullmatch(request.start[1].partition("?")[0])
        if match and match["kind"] == "manifests" and request.start[0] == "PUT" and response.status == 201:
            self._take_over(place, match["repository"].removeprefix(f"{place.prefix}/"), match["rest"], response)
        return response

    def _take_over(self, place: Place, repository: str, reference: str, response: Head) -> None:
        """Tell moto of a manifest that the data plane has just accepted."""
        digest = response.get("Docker-Content-Digest")
        status, manifest, headers = self.registry.get(f"/v2/{place.prefix}/{repository}/manifests/{digest}", {})
        if status != 200:
            raise RuntimeError(f"the registry lost {digest}: {status}")
        tag = None if reference.startswith("sha256:") else reference
        self._register(place, repository, manifest, headers["Content-Type"], tag)

    # What moto knows

    def _find(self, place: Place, repository: str, reference: str) -> str | None:
        found = place.backend.repositories.get(repository)
        for image in found.images if found else []:
            if reference in image.image_tags or reference == image.get_image_digest():
                return str(image.get_image_digest())
        return None

    def _is_taken(self, place: Place, repository: str, tag: str) -> bool:
        """The tag exists and must not change, not even to what it is already."""
        found = place.backend.repositories[repository]
        if not any(tag in image.image_tags for image in found.images):
            return False
        exclusions = found.image_tag_mutability_exclusion_filters or []
        is_excluded = any(re.fullmatch(item["filter"].replace("*", ".*"), tag) for item in exclusions)
        return bool(found.is_tag_immutable()) != is_excluded

    def _register(self, place: Place, repository: str, manifest: bytes, media_type: str, tag: str | None) -> Any:
        with self._lock:
            found = place.backend.repositories[repository]
            digest = digest_of(manifest)
            image = next((image for image in found.images if image.get_image_digest() == digest), None)
            if image is None:
                image = MotoImage(place.account, tag, manifest.decode(), repository, media_type, digest)
                found.images.append(image)
            if tag is not None:
                for other in found.images:
                    if other is not image:
                        other.remove_tag(tag)
                image.update_tag(tag)
            return image

    def _put_image(
        self,
        backend: Any,
        repository_name: str,
        image_manifest: str,
        image_tag: str | None,
        image_manifest_mediatype: str | None = None,
        digest: str | None = None,
    ) -> Any:
        """ECR's PutImage: as moto has it, with the real digest, the real refusals, and layers that must exist."""
        place = Place(backend.account_id, backend.region_name)
        found = backend.repositories.get(repository_name)
        if found is None:
            raise api_error("RepositoryNotFoundException", missing_repository(repository_name, place.account))
        manifest = image_manifest.encode()
        actual = digest_of(manifest)
        if digest and digest != actual:
            raise api_error("ImageDigestDoesNotMatchException", f"The digest {digest} does not match {actual}")
        if image_tag and self._is_taken(place, repository_name, image_tag):
            raise api_error("ImageTagAlreadyExistsException", taken_tag(repository_name, image_tag))
        if image_tag and self._find(place, repository_name, image_tag) == actual:
            text = f"Image with digest '{actual}' and tag '{image_tag}' already exists in the repository with name "
            text += f"'{repository_name}' in registry with id '{place.account}'"
            raise api_error("ImageAlreadyExistsException", text)
        media_type = image_manifest_mediatype or json.loads(image_manifest).get("mediaType", "")
        status, body = self.registry.put_manifest(f"{place.prefix}/{repository_name}", actual, manifest, media_type)
        if status != 201:
            raise api_error("LayersNotFoundException", f"Image requires layers that do not exist: {body.decode()}")
        return self._register(place, repository_name, manifest, media_type, image_tag)


def batch_get_image(
    backend: Any,
    repository_name: str,
    registry_id: str | None = None,
    image_ids: Sequence[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """ECR's BatchGetImage: each image under the tag it was asked for, each miss under what it was asked for."""
    repository = backend._get_repository(repository_name, registry_id)
    answer: dict[str, Any] = {"images": [], "failures": []}
    for wanted in image_ids or []:
        tag, digest = wanted.get("imageTag"), wanted.get("imageDigest")
        for image in repository.images:
            if (not digest or digest == image.get_image_digest()) and (not tag or tag in image.image_tags):
                found = copy.copy(image)
                found.image_tag = tag
                answer["images"].append(found)
                break
        else:
            reason = "Requested image not found"
            answer["failures"].append({"imageId": wanted, "failureCode": "ImageNotFound", "failureReason": reason})
    return answer


def registry_of_request(response: Any) -> Any:
    """The registry that a request names (registryId), which moto looks for in the caller's account only."""
    return ecr_backends[response._get_param("registryId") or response.current_account][response.region]


def with_expiry(answer: Any) -> Any:
    """GetAuthorizationToken's answer, with tokens that are valid for 12 hours rather than until 2015."""
    data = [{**item, "expiresAt": datetime.now(UTC) + TOKEN_LIFETIME} for item in answer.result["authorizationData"]]
    return ActionResult({"authorizationData": data})


def is_authorised(header: str) -> bool:
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and user == "AWS" and TOKEN.fullmatch(password) is not None


def unauthorised(place: Place) -> Status:
    challenge = f'Basic realm="https://{place.host}/",service="ecr.amazonaws.com"'
    return Status(401, b"Not Authorized\n", {"WWW-Authenticate": challenge, "Content-Type": "text/plain"})


def refusal(status: int, code: str, message: str) -> Status:
    """An error as the registry protocol has it."""
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    return Status(status, body, {"Content-Type": "application/json"})


def api_error(code: str, message: str) -> Exception:
    """An error as the ECR API has it."""
    # of ECR's own error classes: moto finds the form of the answer by the module of the class
    error: Exception = InvalidParameterException(code, message)
    return error


def missing_repository(repository: str, account: str) -> str:
    return f"The repository with name '{repository}' does not exist in the registry with id '{account}'"


def taken_tag(repository: str, tag: str) -> str:
    return (
        f"The image tag '{tag}' already exists in the '{repository}' repository "
        "and cannot be overwritten because the repository is immutable."
    )
