"""What is released, as the files tell that flow between jobs: projects and versions, functions, the images they get."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cigen_runtime.contract.deployment_file import (
    DEFAULT_ARCHITECTURE,
    FILE_NAME,
    FUNCTIONS,
    REMEDY,
    parse_deployment,
)
from cigen_runtime.contract.images import MAPPINGS
from cigen_runtime.contract.mistake import Wrong
from cigen_runtime.contract.model import File
from cigen_runtime.contract.versions import VERSIONS
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import ConfigurationError, NotFoundError
from cigen_runtime.job import Job
from cigen_runtime.strict_file import read_strictly, require_place


@dataclass(frozen=True, slots=True)
class Project:
    """One project of versions.json."""

    name: str
    version: str
    folder: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a `.deployment` file says about its folder."""

    lambda_name: str
    architecture: str = DEFAULT_ARCHITECTURE
    project: str | None = None
    shared_paths: tuple[str, ...] = ()
    """What else of the repository the function is built from."""


@dataclass(frozen=True, slots=True)
class ImageMapping:
    """One project of lambda-ecr-mappings.json: the image a function is to run."""

    project: str
    folder: str
    lambda_name: str
    version: str
    image: str
    digest: str
    source_digest: str | None
    architecture: str

    def as_json(self) -> dict[str, object]:
        """Its entry in the file."""
        return {
            "folder": self.folder,
            "lambda": self.lambda_name,
            "version": self.version,
            "image": self.image,
            "source_digest": self.source_digest,
            "digest": self.digest,
            "architecture": self.architecture,
        }


def read_versions(job: Job, branch: Branch = Branch.LAMBDA) -> list[Project]:
    """The projects of versions.json, in the file's order; `branch` is where the job fails without it.

    Raises NotFoundError or ConfigurationError.
    """
    origin = "It is written by semantic-versioning; a job that reads it `needs` that job."
    return [
        Project(name, entry["version"], entry["folder"], entry.get("changed", True))
        for name, entry in read_strictly(job, VERSIONS, origin, branch=branch).items()
    ]


def read_mappings(job: Job, region: str = "") -> list[ImageMapping]:
    """The mappings for the job's environment and region; a job that works for all regions says which.

    Where several copies of a job wrote a part each, all of them are there, or nothing is read. Raises NotFoundError or
    ConfigurationError, also when the file was made for another place.
    """
    origin = f"It is written by retag-push-ecr or generate-mappings; {job.command.name} `needs` that."
    parts = [] if (job.folder / job.path(MAPPINGS, region)).exists() else _part_files(job, region)
    documents = [read_strictly(job, file, origin, region) for file in parts or [MAPPINGS]]
    for file, document in zip(parts or [MAPPINGS], documents, strict=True):
        require_place(job, file, document, region)
    if parts:
        _require_every_part(job, documents)
    return [
        ImageMapping(
            project=name,
            folder=entry["folder"],
            lambda_name=entry["lambda"],
            version=entry["version"],
            image=entry["image"],
            digest=entry["digest"],
            source_digest=entry["source_digest"],
            architecture=entry["architecture"],
        )
        for document in documents
        for name, entry in document["projects"].items()
    ]


def has_mappings(job: Job) -> bool:
    """Whether an earlier job left mappings for the job's environment and region, whole or in parts."""
    return (job.folder / job.path(MAPPINGS)).exists() or bool(_part_files(job, ""))


def _part_files(job: Job, region: str) -> list[File]:
    """The parts of the mappings that are there, in their order."""
    numbers = [
        found[1]
        for path in job.folder.glob(job.path(MAPPINGS.part("*"), region))
        if (found := re.search(r"-(\d+)\.json$", path.name))
    ]
    return [MAPPINGS.part(number) for number in sorted(numbers, key=int)]


def _require_every_part(job: Job, documents: Sequence[Mapping[str, Any]]) -> None:
    """A deployment of some projects only would look like one of all of them."""
    parts = [document.get("part") or {"number": 0, "of": 0} for document in documents]
    found, wanted = [part["number"] for part in parts], list(range(1, max(part["of"] for part in parts) + 1))
    if found != wanted or len({part["of"] for part in parts}) > 1:
        raise ConfigurationError(
            f"{job.path(MAPPINGS.part('*'))}: parts {', '.join(map(str, found))} are there, and not each one of "
            f"{len(wanted)}",
            remedy="Run those copies of retag-push-ecr again whose parts are missing: a deployment needs them all.",
            branch=Branch.LAMBDA,
        )


def read_deployment(folder: Path, name: str, environment: str | None = None) -> Deployment:
    """What `functions/<name>/.deployment` says, for one environment where it tells them apart.

    `KEY=VALUE` lines with `#` comments, or just the bare name of the function. Raises NotFoundError or
    ConfigurationError with the line.
    """
    shown = f"{FUNCTIONS}/{name}/{FILE_NAME}"
    try:
        text = (folder / shown).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(
            f"{shown} is not there",
            remedy=f"Create it with one line: ACTUAL_LAMBDA_NAME=<name of the function in AWS>. Folder: {name}.",
            leaf=checks.DEPLOYMENT_FILE,
        ) from None
    except (UnicodeDecodeError, OSError) as error:
        unreadable = Wrong(f"it cannot be read as UTF-8 text ({type(error).__name__})", REMEDY, 1)
        raise _malformed(shown, unreadable) from None
    file = parse_deployment(text)
    for mistake in file.mistakes(environment):
        raise _malformed(shown, mistake)
    return Deployment(
        file.lambda_name(environment).text, file.architecture.text, file.project or None, file.shared_paths
    )


def _malformed(shown: str, mistake: Wrong) -> ConfigurationError:
    return ConfigurationError(
        f"{shown}:{mistake.line}: {mistake.message}", remedy=mistake.remedy, leaf=checks.DEPLOYMENT_FILE
    )
