"""Small container images made of nothing but the standard library, the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import random
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST_TYPES = (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST)

MEBIBYTE = 1024 * 1024
Format = Literal["oci", "docker"]
MEDIA_TYPES: Mapping[Format, tuple[str, str, str]] = {  # manifest, config, layer
    "oci": (
        OCI_MANIFEST,
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.layer.v1.tar+gzip",
    ),
    "docker": (
        DOCKER_MANIFEST,
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
    ),
}


@dataclass(frozen=True, slots=True)
class Blob:
    """A layer or a config, and what a manifest calls it."""

    media_type: str
    content: bytes
    digest: str

    @classmethod
    def of(cls, media_type: str, content: bytes) -> Blob:
        return cls(media_type, content, digest_of(content))

    @property
    def descriptor(self) -> dict[str, object]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content)}


@dataclass(frozen=True, slots=True)
class Image:
    """A manifest with the blobs it names, or an index with the images it names."""

    media_type: str
    manifest: bytes
    architecture: str = ""
    blobs: tuple[Blob, ...] = ()
    children: tuple[Image, ...] = ()

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)

    @property
    def descriptor(self) -> dict[str, object]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.manifest)}


def make_image(
    name: str,
    *,
    layers: int = 1,
    layer_size: int = 1000,
    architecture: str = "amd64",
    format: Format = "oci",  # noqa: A002 - the word for it
) -> Image:
    """An image whose bytes follow from its name: layers of incompressible data, stored rather than compressed."""
    manifest_type, config_type, layer_type = MEDIA_TYPES[format]
    archives = [layer_archive(f"{name}/{architecture}/{number}", layer_size) for number in range(layers)]
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": ["app.handler"], "Labels": {"name": name}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(archive) for archive in archives]},
        "history": [{"created_by": f"layer {number}"} for number in range(layers)],
    }
    config_blob = Blob.of(config_type, as_json(config))
    layer_blobs = tuple(Blob.of(layer_type, stored_gzip(archive)) for archive in archives)
    manifest = {
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": config_blob.descriptor,
        "layers": [blob.descriptor for blob in layer_blobs],
    }
    return Image(manifest_type, as_json(manifest), architecture, (config_blob, *layer_blobs))


def make_index(images: Sequence[Image], *, attestation: bool = True) -> Image:
    """An index of images for several architectures, as buildx pushes it: with an attestation that is no image."""
    entries = [{**image.descriptor, "platform": platform(image.architecture)} for image in images]
    children = list(images)
    if attestation:
        statement = attestation_for(images[0])
        annotations = {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": images[0].digest,
        }
        unknown = {"architecture": "unknown", "os": "unknown"}
        entries.append({**statement.descriptor, "platform": unknown, "annotations": annotations})
        children.append(statement)
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    return Image(OCI_INDEX, as_json(index), children=tuple(children))


def attestation_for(image: Image) -> Image:
    config = Blob.of(MEDIA_TYPES["oci"][1], as_json({"architecture": "unknown", "os": "unknown"}))
    statement = Blob.of("application/vnd.in-toto+json", as_json({"subject": [{"digest": image.digest}]}))
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.descriptor,
        "layers": [statement.descriptor],
    }
    return Image(OCI_MANIFEST, as_json(manifest), "unknown", (config, statement))


def platform(architecture: str) -> dict[str, str]:
    return {"architecture": architecture, "os": "linux"}


def layer_archive(seed: str, size: int) -> bytes:
    source = random.Random(seed)
    content = b"".join(source.randbytes(min(MEBIBYTE, size - at)) for at in range(0, size, MEBIBYTE))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("layer.bin")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def stored_gzip(content: bytes) -> bytes:
    """A gzip file that holds the content as it is: quick to make, and its header has no time in it."""
    packer = zlib.compressobj(0, wbits=31)
    return packer.compress(content) + packer.flush()


def as_json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def push(image: Image, port: int, repository: str, tag: str, headers: Mapping[str, str] | None = None) -> None:
    """Put the image into the registry at a port of this machine, straight, without the gateway."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        _push(connection, image, f"/v2/{repository}", tag, dict(headers or {}))
    finally:
        connection.close()


def _push(
    connection: http.client.HTTPConnection, image: Image, base: str, reference: str, headers: dict[str, str]
) -> None:
    for child in image.children:
        _push(connection, child, base, child.digest, headers)
    for blob in image.blobs:
        if _call(connection, "HEAD", f"{base}/blobs/{blob.digest}", b"", headers, 200, 404)[0] == 200:
            continue
        _, location = _call(connection, "POST", f"{base}/blobs/uploads/", b"", headers, 202)
        url = location[location.index("/v2/") :]
        octets = {**headers, "Content-Type": "application/octet-stream"}
        _call(connection, "PUT", f"{url}&digest={blob.digest}", blob.content, octets, 201)
    typed = {**headers, "Content-Type": image.media_type}
    _call(connection, "PUT", f"{base}/manifests/{reference}", image.manifest, typed, 201)


def _call(
    connection: http.client.HTTPConnection, method: str, url: str, body: bytes, headers: dict[str, str], *wanted: int
) -> tuple[int, str]:
    connection.request(method, url, body, headers)
    response = connection.getresponse()
    text = response.read()
    if response.status not in wanted:
        raise RuntimeError(f"{method} {url}: {response.status} {text.decode(errors='replace')}")
    return response.status, response.getheader("Location", "")


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
