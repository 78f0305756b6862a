"""Reads the JSON files that flow between jobs strictly: a wrong one is refused where it is read, with its place."""

import json
from typing import Any

from cigen_runtime.contract.configs import PROVENANCE
from cigen_runtime.contract.identity import ENVIRONMENT
from cigen_runtime.contract.model import File
from cigen_runtime.contract.strict_json import DoubleKeyError, parse_strictly
from cigen_runtime.contract.versions import VERSIONS
from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import ConfigurationError, NotFoundError
from cigen_runtime.file_schemas import SCHEMAS
from cigen_runtime.job import Job


def read_strictly(
    job: Job, file: File, origin: str, region: str = "", *, branch: Branch = Branch.LAMBDA
) -> dict[str, Any]:
    """The file of the job's place, or of one region; `origin` says where it comes from.

    Raises NotFoundError or ConfigurationError.
    """
    return _document(job, job.path(file, region), file, origin, branch)


def read_of_place(job: Job, file: File, origin: str, branch: Branch) -> dict[str, Any]:
    """A file that says for which environment and region it was made; it must be the job's own.

    Raises NotFoundError or ConfigurationError.
    """
    document = read_strictly(job, file, origin, branch=branch)
    place = f"{document['environment']}/{document['region']}"
    if place != job.place:
        raise ConfigurationError(
            f"{job.path(file)} was made for {place}, this job is for {job.place}",
            remedy="Let the job need the jobs of its own region.",
            branch=branch,
        )
    return document


def read_everywhere(job: Job, file: File, origin: str, branch: Branch) -> list[dict[str, Any]]:
    """The file of every environment and region that an earlier job left it for, ordered by path.

    Raises ConfigurationError.
    """
    paths = sorted(job.folder.glob(file.at("*", "*")))
    return [_document(job, path.relative_to(job.folder).as_posix(), file, origin, branch) for path in paths]


def require_place(job: Job, file: File, document: dict[str, Any], region: str) -> None:
    """Raise ConfigurationError for a file that was made for another place than the job's, or another region."""
    place = f"{document['environment']}/{document['region']}"
    wanted = f"{job.value(ENVIRONMENT)}/{region}" if region else job.place
    if place != wanted:
        raise ConfigurationError(
            f"{job.path(file, region)} was made for {place}, this job is for {wanted}",
            remedy="Let the job need the job of its own region that writes the file.",
            leaf=checks.REGION,
        )


def _document(job: Job, shown: str, file: File, origin: str, branch: Branch) -> dict[str, Any]:
    try:
        text = (job.folder / shown).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"{shown} is not there", remedy=origin, branch=branch, leaf=_leaf(file)) from None
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(
            f"{shown} cannot be read: {type(error).__name__}", branch=branch, leaf=_leaf(file)
        ) from None
    try:
        document = parse_strictly(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{shown}:{error.lineno}:{error.colno}: it is not JSON: {error.msg}",
            remedy=origin,
            branch=branch,
            leaf=_leaf(file),
        ) from None
    except DoubleKeyError as error:
        raise ConfigurationError(f"{shown}: {error.args[0]!r} stands twice", branch=branch, leaf=_leaf(file)) from None
    _require_schema(shown, file, document, origin, branch)
    checked: dict[str, Any] = document
    return checked


def _leaf(file: File) -> Check | None:
    return {VERSIONS: checks.VERSIONS_FILE, PROVENANCE: checks.MERGED_FILES}.get(file)


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
