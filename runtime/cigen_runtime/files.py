"""The files that flow between jobs, read strictly: a wrong one is refused where it is read, with its place."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cigen_runtime.contract.configs import PROVENANCE
from cigen_runtime.contract.deployment_file import (
    DEFAULT_ARCHITECTURE,
    FILE_NAME,
    FUNCTIONS,
    REMEDY,
    parse_deployment,
)
from cigen_runtime.contract.identity import ENVIRONMENT
from cigen_runtime.contract.images import MAPPINGS
from cigen_runtime.contract.lambda_ import DEPLOY_RESULT
from cigen_runtime.contract.mistake import Wrong
from cigen_runtime.contract.model import File
from cigen_runtime.contract.versions import VERSIONS
from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import ConfigurationError, NotFoundError
from cigen_runtime.file_schemas import SCHEMAS
from cigen_runtime.job import Job


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


def read_versions(job: Job) -> list[Project]:
    """The projects of versions.json, in the file's order.

    Raises NotFoundError or ConfigurationError.
    """
    document = _read(job, VERSIONS, "It is written by semantic-versioning; a job that reads it `needs` that job.")
    return [
        Project(name, entry["version"], entry["folder"], entry.get("changed", True)) for name, entry in document.items()
    ]


def read_mappings(job: Job, region: str = "") -> list[ImageMapping]:
    """The mappings for the job's environment and region; a job that works for all regions says which.

    Where several copies of a job wrote a part each, all of them are there, or nothing is read. Raises NotFoundError or
    ConfigurationError, also when the file was made for another place.
    """
    origin = f"It is written by retag-push-ecr or generate-mappings; {job.command.name} `needs` that."
    parts = [] if (job.folder / job.path(MAPPINGS, region)).exists() else _part_files(job, region)
    documents = [_read(job, file, origin, region) for file in parts or [MAPPINGS]]
    for file, document in zip(parts or [MAPPINGS], documents, strict=True):
        _require_place(job, file, document, region)
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


@dataclass(frozen=True, slots=True)
class Deployed:
    """One project of deploy-result.json: what its function ran before, and what it was given."""

    project: str
    lambda_name: str
    version: str
    image: str
    digest: str
    source_digest: str | None
    """In Artifactory; None where the build was gone from there when it was deployed."""
    before: str | None
    """`<host>/<repository>@sha256:…`; None where there was no function or it ran no image."""
    outcome: str
    reason: str = ""
    at: str = ""
    """When the deployment ended, in UTC; empty in files of versions that did not write it."""


def read_deploy_result(job: Job, region: str = "") -> list[Deployed]:
    """What the last deployment to the job's environment and region did; a job for all regions says which.

    Raises NotFoundError or ConfigurationError, also when the file was made for another place.
    """
    origin = "It is an artifact of deploy-lambda: let the job `needs` that, or download it into the working folder."
    document = _read(job, DEPLOY_RESULT, origin, region)
    _require_place(job, DEPLOY_RESULT, document, region)
    return [
        Deployed(
            project=name,
            lambda_name=entry["lambda"],
            version=entry["version"],
            image=entry["image"],
            digest=entry["digest"],
            source_digest=entry["source_digest"],
            before=entry["before"],
            outcome=entry["outcome"],
            reason=entry.get("reason", ""),
            at=document.get("deployed_at", ""),
        )
        for name, entry in document["projects"].items()
    ]


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


def _require_place(job: Job, file: File, document: dict[str, Any], region: str) -> None:
    place = f"{document['environment']}/{document['region']}"
    wanted = f"{job.value(ENVIRONMENT)}/{region}" if region else job.place
    if place != wanted:
        raise ConfigurationError(
            f"{job.path(file, region)} was made for {place}, this job is for {wanted}",
            remedy="Let the job need the job of its own region that writes the file.",
            leaf=checks.REGION,
        )


def read_everywhere(job: Job, file: File) -> list[dict[str, Any]]:
    """The file of every environment and region that an earlier job left it for, ordered by path.

    Raises ConfigurationError.
    """
    paths = sorted(job.folder.glob(file.at("*", "*")))
    return [_document(job, path.relative_to(job.folder).as_posix(), file, "An earlier job wrote it.") for path in paths]


def read_of_place(job: Job, file: File, origin: str, branch: Branch) -> dict[str, Any]:
    """A file that says for which environment and region it was made; it must be the job's own.

    Raises NotFoundError or ConfigurationError.
    """
    document = _document(job, job.path(file), file, origin, branch)
    place = f"{document['environment']}/{document['region']}"
    if place != job.place:
        raise ConfigurationError(
            f"{job.path(file)} was made for {place}, this job is for {job.place}",
            remedy="Let the job need the jobs of its own region.",
            branch=branch,
        )
    return document


def _read(job: Job, file: File, origin: str, region: str = "") -> dict[str, Any]:
    return _document(job, job.path(file, region), file, origin)


def _document(job: Job, shown: str, file: File, origin: str, branch: Branch = Branch.LAMBDA) -> dict[str, Any]:
    try:
        text = (job.folder / shown).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"{shown} is not there", remedy=origin, branch=branch, leaf=_leaf(file)) from None
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(
            f"{shown} cannot be read: {type(error).__name__}", branch=branch, leaf=_leaf(file)
        ) from None
    try:
        document = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{shown}:{error.lineno}:{error.colno}: it is not JSON: {error.msg}",
            remedy=origin,
            branch=branch,
            leaf=_leaf(file),
        ) from None
    except _DuplicateKeyError as error:
        raise ConfigurationError(f"{shown}: {error.args[0]!r} stands twice", branch=branch, leaf=_leaf(file)) from None
    _require_schema(shown, file, document, origin, branch)
    checked: dict[str, Any] = document
    return checked


def _leaf(file: File) -> Check | None:
    return {VERSIONS: checks.VERSIONS_FILE, PROVENANCE: checks.MERGED_FILES}.get(file)


class _DuplicateKeyError(Exception):
    """JSON lets a key stand twice; we do not, since one of the two values would be lost."""


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _DuplicateKeyError(key)
        result[key] = value
    return result


def _require_schema(shown: str, file: File, document: object, origin: str, branch: Branch) -> None:
    from jsonschema import Draft202012Validator  # imported where a file is read: it takes longer than the reading

    if file.schema is None:
        return
    errors = sorted(
        Draft202012Validator(SCHEMAS[file.schema]).iter_errors(document), key=lambda error: list(error.path)
    )
    if errors:
        raise ConfigurationError(
            f"{shown} is not what it should be",
            answer="\n".join(
                f"{'.'.join(map(str, error.absolute_path)) or 'top'}: {error.message}" for error in errors[:10]
            ),
            remedy=origin,
            branch=branch,
            leaf=_leaf(file),
        )
