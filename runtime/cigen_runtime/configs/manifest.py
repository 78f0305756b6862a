"""`.cigen-manifest.json` in a bucket: what syncs have brought there, so that they never delete anything else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.file_schemas import SCHEMAS

NAME = ".cigen-manifest.json"
CONTENT_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files that syncs have brought, and the version of each config."""

    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By name below the prefix: its config, and the checksum of what was brought."""

    def changed(
        self,
        configs: Mapping[str, Mapping[str, Any]],
        brought: Mapping[str, Mapping[str, str]],
        deleted: set[str],
    ) -> "Manifest":
        """What it says after a sync; a config none of whose files is left is forgotten."""
        files = {name: entry for name, entry in {**self.files, **brought}.items() if name not in deleted}
        owners = {entry["config"] for entry in files.values()}
        return Manifest({name: pin for name, pin in {**self.configs, **configs}.items() if name in owners}, files)

    def as_bytes(self) -> bytes:
        """The object's content; the same manifest always has the same."""
        document = {"schema": 1, "configs": self.configs, "files": self.files}
        return (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def read_manifest(content: bytes | None, url: str) -> Manifest:
    """The manifest of a bucket, an empty one where there is none yet; raises ConfigurationError."""
    from jsonschema import Draft202012Validator  # imported where a file is read: it takes longer than the reading

    if content is None:
        return Manifest()
    try:
        document = json.loads(content)
        problem = next(
            (error.message for error in Draft202012Validator(SCHEMAS["config-manifest"]).iter_errors(document)), None
        )
    except ValueError as error:
        problem = f"it is not JSON: {type(error).__name__}"
    if problem:
        raise ConfigurationError(
            f"{url} is not what a sync wrote",
            answer=problem,
            remedy="Restore an earlier version of it; or delete it: then nothing that is there now is ever deleted.",
            branch=Branch.S3,
        )
    return Manifest(document["configs"], document["files"])
