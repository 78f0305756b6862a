"""From an image in one registry to the same image in another: resolve, compare, copy, verify."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import ConflictError, NotFoundError, VerificationError
from cigen_runtime.files import ARCHITECTURES
from cigen_runtime.services.oci_layout import OciLayout
from cigen_runtime.services.registry import Manifest, Registry

PARALLEL = 6
"""Blobs in flight at once: enough to fill a runner's network, few enough for ECR's upload quotas."""


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
    manifest = for_platform(source, found, architecture)
    there = target.registry.digest(target.repository, target.tag)
    if there not in {None, manifest.digest}:
        raise ConflictError(
            f"{target} is there with other content",
            answer=f"ECR has {there}, the build repository has {manifest.digest}",
            remedy=(
                "A version is released once: something rebuilt it after it was pushed. Release a new version; never "
                "delete a tag that a function runs."
            ),
            branch=Branch.DOCKER,
        )
    return ImageCopy(source, target, manifest, found.digest, needed=there is None)


def copy_image(copy: ImageCopy) -> int:
    """Carry out a planned copy: blobs side by side, then the manifest, then look. Returns the bytes that travelled."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        sizes = pool.map(
            lambda blob: copy.target.registry.copy_blob(
                copy.target.repository, blob, copy.source.registry, copy.source.repository
            ),
            copy.manifest.blobs,
        )
        moved = sum(sizes)
    copy.target.registry.put_manifest(copy.target.repository, copy.target.tag, copy.manifest)
    return moved


def push_image(layout: OciLayout, target: ImagePlace) -> tuple[str, int]:
    """Push an image from disk as its tag; returns its digest and the bytes that travelled."""
    manifest = layout.manifest()
    with ThreadPoolExecutor(PARALLEL) as pool:
        sizes = pool.map(
            lambda blob: target.registry.push_blob(target.repository, blob, lambda: layout.open_blob(blob)),
            manifest.blobs,
        )
        moved = sum(sizes)
    target.registry.put_manifest(target.repository, target.tag, manifest)
    return manifest.digest, moved


def for_platform(source: ImagePlace, found: Manifest, architecture: str) -> Manifest:
    """The single image that Lambda can run: it refuses an index, even one that holds a single image.

    `architecture` is Lambda's name of it. Raises VerificationError when there is no image for it.
    """
    architecture = ARCHITECTURES[architecture]
    if not found.is_index:
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
    return manifest


def _require_platform(source: ImagePlace, manifest: Manifest, architecture: str) -> None:
    """An image for another processor is accepted by Lambda and fails at its first call; better to refuse it here."""
    config = json.loads(source.registry.read_blob(source.repository, manifest.config))
    built_for = config.get("architecture", "")
    if built_for not in {"", architecture}:
        raise VerificationError(
            f"{source} is built for {built_for}, the function runs on {architecture}",
            remedy="Build for that platform, or set ARCHITECTURE in the folder's .deployment.",
            branch=Branch.DOCKER,
        )
