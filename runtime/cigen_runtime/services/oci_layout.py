"""An image on disk, as builders write it: https://github.com/opencontainers/image-spec/blob/main/image-layout.md."""

import hashlib
import json
from pathlib import Path

from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import VerificationError
from cigen_runtime.services.blob_stream import BlobStream, Source
from cigen_runtime.services.image_manifest import Blob, Manifest


class OciLayout:
    """A folder with one image in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def manifest(self) -> Manifest:
        """The image's manifest; raises VerificationError when the folder does not hold exactly one image."""
        entries = json.loads((self._folder / "index.json").read_bytes())["manifests"]
        if len(entries) != 1:
            raise VerificationError(
                "read what the build made",
                answer=f"it holds {len(entries)} images",
                remedy="Build for one platform: Lambda runs a single image and no index.",
                branch=Branch.DOCKER,
            )
        content = self._path(entries[0]["digest"]).read_bytes()
        return Manifest(content, entries[0]["mediaType"], "sha256:" + hashlib.sha256(content).hexdigest())

    def open_blob(self, blob: Blob) -> BlobStream:
        """A layer or the configuration, as a stream that checks its own digest."""
        file = self._path(blob.digest).open("rb")
        return BlobStream(Source(file.read, file.close), blob)

    def _path(self, digest: str) -> Path:
        return self._folder / "blobs" / digest.replace(":", "/")
