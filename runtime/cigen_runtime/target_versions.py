"""TARGET_VERSIONS_JSON, what a person asks for: read strictly, and refused in words that say what to paste instead."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cigen_runtime.contract.versions import ALLOW_DOWNGRADE, TARGET_VERSIONS
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import ConfigurationError, JobError, NotFoundError, in_one
from cigen_runtime.files import FUNCTIONS, Project, read_deployment
from cigen_runtime.job import Job
from cigen_runtime.versions import parse_version

SIZE_LIMIT = 64 * 1024
"""Bytes: more than a thousand projects, less than what a file that was meant for something else may hold."""
NAME = TARGET_VERSIONS.name


def read_target_versions(job: Job) -> list[Project] | None:
    """The projects and versions that were asked for, None when nothing was.

    Raises ConfigurationError with everything that is wrong.
    """
    text = _text(job, job.value(TARGET_VERSIONS).strip())
    if text is None:
        return None
    folders = project_folders(job.folder)
    entries = _entries(text, _example(list(folders)))
    problems: list[JobError] = []
    projects: list[Project] = []
    for name, entry in entries.items():
        try:
            projects.append(_project(name, entry, folders))
        except ConfigurationError as error:
            problems.append(error)
    if problems:
        raise in_one(f"{NAME} cannot be used", problems)
    return projects


def project_folders(folder: Path) -> dict[str, str]:
    """The folder below functions/ of each project; the name is the folder's unless its `.deployment` gives another.

    Raises NotFoundError when there is no such folder, ConfigurationError when two are one project.
    """
    names = sorted(path.name for path in (folder / FUNCTIONS).glob("*/") if not path.name.startswith("."))
    if not names:
        raise NotFoundError(
            f"there is no folder below {FUNCTIONS}/",
            remedy=f"Each Lambda function lives in {FUNCTIONS}/<folder>/ with its .deployment file.",
            branch=Branch.LAMBDA,
        )
    folders: dict[str, str] = {}
    for name in names:
        project = _project_name(folder, name)
        if project in folders:
            raise ConfigurationError(
                f"{FUNCTIONS}/{folders[project]} and {FUNCTIONS}/{name} are both project {project}",
                remedy="Give one of them another PROJECT in its .deployment.",
                branch=Branch.LAMBDA,
            )
        folders[project] = name
    return folders


def _project_name(folder: Path, name: str) -> str:
    try:
        return read_deployment(folder, name).project or name
    except NotFoundError:  # whoever asks for it is told that the file is missing
        return name


def _text(job: Job, value: str) -> str | None:
    """What was asked for: the variable's own text, or that of the file which it names."""
    if value.startswith("@"):
        return _file_text(job.folder / value[1:].strip(), f"the file that {NAME} names with @")
    if value and _is_path(job.folder, value):
        return _file_text(job.folder / value, f"the file of the file-type variable {NAME}")
    _require_size(value.encode())
    return value or None


def _is_path(folder: Path, value: str) -> bool:
    """GitLab puts a file-type variable into a file and the file's absolute path into the variable."""
    if value[0] in '{["' or "\n" in value:
        return False
    try:
        return Path(value).is_absolute() or (folder / value).is_file()
    except (OSError, ValueError):  # too long for a name, or a character that no name has
        return False


def _file_text(path: Path, shown: str) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
        _require_size(content)
        return content.decode("utf-8-sig").strip() or None
    except FileNotFoundError:
        raise _wrong(f"{shown} is not there", "Name a file of the repository, or paste the JSON itself.") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise _wrong(f"{shown} cannot be read as text ({type(error).__name__})", "Paste the JSON itself.") from None


def _require_size(content: bytes) -> None:
    if len(content) > SIZE_LIMIT:
        raise _wrong(f"{NAME} is larger than {SIZE_LIMIT // 1024} KiB", "Paste one line per project that is to change.")


def _entries(text: str, example: str) -> Mapping[str, Any]:
    remedy = f"Paste one JSON object: {example}"
    try:
        document = json.loads(text, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        raise _wrong(f"{NAME} is not JSON: {error.msg} (line {error.lineno}, column {error.colno})", remedy) from None
    except RecursionError:
        raise _wrong(f"{NAME} is nested too deeply", remedy) from None
    except _DoubleError as error:
        raise _wrong(f"{NAME}: {_shown(error.args[0])} stands twice", "Leave the one that is meant.") from None
    if not isinstance(document, dict):
        raise _wrong(f"{NAME} is {_kind(document)}, not an object", remedy)
    if not document:
        raise _wrong(f"{NAME} names no project", remedy)
    return document


class _DoubleError(Exception):
    """JSON lets a key stand twice; which of the two was meant is not for us to guess."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _DoubleError(key)
        result[key] = value
    return result


def _project(name: str, entry: object, folders: Mapping[str, str]) -> Project:
    if name not in folders:
        raise _unknown(name, list(folders))
    version = entry.get("version") if isinstance(entry, dict) else entry
    remedy = f'Paste "{name}": "1.4.0", with the version you mean.'
    if isinstance(entry, dict):
        if "version" not in entry:
            raise _wrong(f"{NAME}: {name} has no version", remedy)
        if entry.get("folder", folders[name]) != folders[name]:
            raise _wrong(
                f"{NAME}: {name} is in folder {folders[name]}, not {_shown(entry['folder'])}",
                f'Leave the folder out, or paste "folder": "{folders[name]}".',
            )
    if not isinstance(version, str):
        raise _wrong(f"{NAME}: the version of {name} is {_kind(version)}, not a text in quotes", remedy)
    if parse_version(version) is None:
        bare = version.strip().removeprefix("v")
        if parse_version(bare):
            remedy = f'Paste "{name}": "{bare}".'
        raise _wrong(f"{NAME}: {name} has {_shown(version)}, which is no semantic version", remedy)
    return Project(name, version, folders[name], changed=True)


def _unknown(name: str, known: Sequence[str]) -> ConfigurationError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return _wrong(
        f"{NAME}: there is no project {_shown(name)}",
        f"Did you mean {' or '.join(near)}?" if near else f"The projects are: {', '.join(_first(known, 20))}.",
    )


def _first(names: Sequence[str], most: int) -> Iterator[str]:
    yield from names[:most]
    if len(names) > most:
        yield f"and {len(names) - most} more"


def _example(known: Sequence[str]) -> str:
    return json.dumps({known[0]: "1.4.0"})


def _shown(value: object) -> str:
    """As much of an input as one needs to find it again."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}...'"


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def _wrong(what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(what, remedy=remedy, branch=Branch.LAMBDA, leaf=checks.TARGET_VERSIONS)


def allows_downgrade(job: Job) -> bool:
    """Whether whoever started the pipeline said that a lower version is meant."""
    return job.value(ALLOW_DOWNGRADE) == "true"
