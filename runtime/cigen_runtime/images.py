"""From an image in one registry to the same image in another: resolve, compare, copy, verify."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cigen_runtime.contract.deployment_file import ARCHITECTURES
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import ConflictError, NotFoundError, VerificationError
from cigen_runtime.services.blob_stream import BlobStream
from cigen_runtime.services.image_manifest import Blob, Manifest
from cigen_runtime.services.oci_layout import OciLayout
from cigen_runtime.services.registry import Registry
from cigen_runtime.services.registry_errors import BlobsMissingError

PARALLEL = 6
"""Blobs in flight at once: enough to fill a runner's network, few enough for ECR's upload quotas."""
CONFIGS = {
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
}
LAYERS = {
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
}
"""Of the layers that images may have, those that Lambda unpacks: no zstd, and none that lies elsewhere."""


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """Where an image is, or is to be."""

    registry: Registry
    repository: str
    tag: str

    def __str__(self) -> str:
        return f"{self.registry.host}/{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class ImageCopy:
    """One planned copy, after both ends have been looked at."""

    source: ImagePlace
    target: ImagePlace
    manifest: Manifest
    """The image of one platform, as it will be tagged."""
    source_digest: str
    """What the source's tag stands for; another than the manifest's when that is an index."""
    needed: bool
    """Whether the target has it not yet."""

    @property
    def digest(self) -> str:
        """What the target's tag stands for, afterwards."""
        return self.manifest.digest


def plan_copy(source: ImagePlace, target: ImagePlace, architecture: str) -> ImageCopy:
    """Look at both ends and decide; `architecture` is Lambda's name of it.

    Raises NotFoundError when the source has no such tag, ConflictError when the target's tag stands for other content,
    VerificationError when there is no image for the architecture.
    """
    found = source.registry.manifest(source.repository, source.tag)
    if found is None:
        raise NotFoundError(
            f"{source} is not there",
            remedy="See whether the build stage published it: the publish job pushes <project>:<version>.",
            leaf=checks.BUILD_IMAGE,
        )
    there = target.registry.digest(target.repository, target.tag)
    if there == found.digest and not found.is_index:  # its platform was looked at when it was copied
        return ImageCopy(source, target, found, found.digest, needed=False)
    manifest = for_platform(source, found, architecture)
    if there not in {None, manifest.digest}:
        raise ConflictError(
            f"{target} is there with other content",
            answer=f"ECR has {there}, {source} has {manifest.digest}",
            remedy=(
                "A version is released once: something rebuilt it after it was pushed. Release a new version; never "
                "delete a tag that a function runs."
            ),
            branch=Branch.DOCKER,
        )
    return ImageCopy(source, target, manifest, found.digest, needed=there is None)


def copy_image(copy: ImageCopy) -> int:
    """Carry out a planned copy: blobs side by side, then the manifest, then look. Returns the bytes that travelled."""
    source = copy.source
    return _send(copy.target, copy.manifest, lambda blob: source.registry.open_blob(source.repository, blob))


def push_image(layout: OciLayout, target: ImagePlace) -> tuple[str, int]:
    """Push an image from disk as its tag; returns its digest and the bytes that travelled."""
    manifest = layout.manifest()
    return manifest.digest, _send(target, manifest, layout.open_blob)


def _send(target: ImagePlace, manifest: Manifest, open_blob: Callable[[Blob], BlobStream]) -> int:
    """Send the blobs and tag them; once more, where the registry then says that it does not have them all.

    ECR may not see for a moment what it has just taken, and a clean-up may take a blob that it said it had.
    """

    def send_blobs() -> int:
        with ThreadPoolExecutor(PARALLEL) as pool:
            return sum(
                pool.map(
                    lambda blob: target.registry.push_blob(target.repository, blob, lambda: open_blob(blob)),
                    manifest.blobs,
                )
            )

    moved = send_blobs()
    try:
        target.registry.put_manifest(target.repository, target.tag, manifest)
    except BlobsMissingError:
        moved += send_blobs()
        target.registry.put_manifest(target.repository, target.tag, manifest)
    return moved


def for_platform(source: ImagePlace, found: Manifest, architecture: str) -> Manifest:
    """The single image that Lambda can run: it refuses an index, even one that holds a single image.

    `architecture` is Lambda's name of it. Raises VerificationError when there is no image for it, or one of a form that
    Lambda does not take.
    """
    architecture = ARCHITECTURES[architecture]
    if not found.is_index:
        _require_form(source, found)
        _require_platform(source, found, architecture)
        return found
    children = found.children()
    fitting = [digest for digest, system, arch in children if (system, arch) == ("linux", architecture)]
    if len(fitting) != 1:
        offered = ", ".join(f"{system}/{arch}" for _, system, arch in children) or "no image at all"
        raise VerificationError(
            f"{source} has {'no' if not fitting else 'more than one'} image for linux/{architecture}",
            answer=f"it holds {offered}",
            remedy="Build for that platform, or set ARCHITECTURE in the folder's .deployment.",
            branch=Branch.DOCKER,
        )
    manifest = source.registry.manifest(source.repository, fitting[0])
    if manifest is None:
        raise VerificationError(
            f"{source} names {fitting[0]}, which is not there",
            remedy="The index was copied without its images: publish the image anew.",
            branch=Branch.DOCKER,
        )
    _require_form(source, manifest)
    return manifest


def _require_form(source: ImagePlace, manifest: Manifest) -> None:
    """What Lambda would refuse at the update, or worse, when it starts the function."""
    if manifest.config.media_type not in CONFIGS:
        raise VerificationError(
            f"{source} is no container image",
            answer=f"its configuration is {manifest.config.media_type or 'of no stated type'}",
            remedy="See what was pushed under this tag: a chart, a signature or another artifact.",
            branch=Branch.DOCKER,
        )
    others = sorted({layer.media_type for layer in manifest.layers} - LAYERS)
    if not others:
        return
    if any("zstd" in each for each in others):
        remedy = "Build with gzip layers; buildx: --output type=registry,compression=gzip,force-compression=true"
    else:
        remedy = "Build from a base image that has all of its layers in the registry, as gzip archives."
    raise VerificationError(
        f"{source} has layers that Lambda does not take", answer=", ".join(others), remedy=remedy, branch=Branch.DOCKER
    )


def _require_platform(source: ImagePlace, manifest: Manifest, architecture: str) -> None:
    """An image for another processor is accepted by Lambda and fails at its first call; better to refuse it here."""
    config = json.loads(source.registry.read_blob(source.repository, manifest.config))
    built_for, system = config.get("architecture", ""), config.get("os", "")
    if system not in {"", "linux"}:
        raise VerificationError(
            f"{source} is built for {system}, functions run on linux",
            remedy="Build for linux.",
            branch=Branch.DOCKER,
        )
    if built_for not in {"", architecture}:
        raise VerificationError(
            f"{source} is built for {built_for}, the function runs on {architecture}",
            remedy="Build for that platform, or set ARCHITECTURE in the folder's .deployment.",
            branch=Branch.DOCKER,
        )
