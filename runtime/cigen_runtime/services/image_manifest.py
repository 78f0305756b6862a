"""Image manifests, byte for byte as a registry gave them: what they list, and what kind they are.

https://github.com/opencontainers/image-spec/blob/main/manifest.md
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import VerificationError

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
IMAGES = (OCI_IMAGE, DOCKER_IMAGE)
INDEXES = (OCI_INDEX, DOCKER_INDEX)
ACCEPT = {"Accept": ", ".join((*IMAGES, *INDEXES))}


@dataclass(frozen=True, slots=True)
class Blob:
    """A layer or an image configuration, by digest."""

    digest: str
    size: int
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest; it is never written anew, since its digest is the identity of an image."""

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
    def layers(self) -> tuple[Blob, ...]:
        """What the image's files are in, the lowest first; a layer may come twice."""
        return tuple(_blob(entry) for entry in self.document.get("layers", []))

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """Every blob that must be there before the manifest is: layers and configuration, each once."""
        return tuple({blob.digest: blob for blob in (*self.layers, self.config)}.values())

    def children(self) -> list[tuple[str, str, str]]:
        """Of an index: the digest, operating system and architecture of each image, attestations left out."""
        return [
            (entry["digest"], platform.get("os", ""), platform.get("architecture", ""))
            for entry in self.document.get("manifests", [])
            if (entry.get("annotations") or {}).get("vnd.docker.reference.type") != "attestation-manifest"
            and (platform := entry.get("platform") or {}).get("os") != "unknown"
        ]


def media_type(attempted: str, response: requests.Response, branch: Branch) -> str:
    """What a manifest is: by its header, or by its own word where the header is a plain JSON type.

    Raises VerificationError when it is neither an image nor an index of a form that is still in use.
    """
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
            branch=branch,
        )
    return str(own)


def _blob(entry: Mapping[str, Any]) -> Blob:
    return Blob(entry["digest"], int(entry["size"]), entry.get("mediaType", ""))
