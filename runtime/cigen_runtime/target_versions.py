"""TARGET_VERSIONS_JSON, what a person asks for: read strictly, and refused in words that say what to paste instead."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from cigen_runtime.contract.deployment_file import FUNCTIONS
from cigen_runtime.contract.mistake import Wrong
from cigen_runtime.contract.requested_versions import requested_version
from cigen_runtime.contract.versions import ALLOW_DOWNGRADE, TARGET_VERSIONS
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import ConfigurationError, JobError, NotFoundError, in_one
from cigen_runtime.files import Project, read_deployment
from cigen_runtime.job import Job
from cigen_runtime.person_input import PersonInput

INPUT = PersonInput(TARGET_VERSIONS, Branch.LAMBDA, checks.TARGET_VERSIONS)
NAME = TARGET_VERSIONS.name


def read_target_versions(job: Job) -> list[Project] | None:
    """The projects and versions that were asked for, None when nothing was.

    Raises ConfigurationError with everything that is wrong.
    """
    text = INPUT.text(job)
    if text is None:
        return None
    folders = project_folders(job.folder)
    entries = INPUT.entries(text, _example(list(folders)))
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


def _project(name: str, entry: object, folders: Mapping[str, str]) -> Project:
    version = requested_version(NAME, name, entry, folders)
    if isinstance(version, Wrong):
        raise INPUT.refused(version)
    return Project(name, version, folders[name], changed=True)


def _example(known: Sequence[str]) -> str:
    return json.dumps({known[0]: "1.4.0"})


def allows_downgrade(job: Job) -> bool:
    """Whether whoever started the pipeline said that a lower version is meant."""
    return job.value(ALLOW_DOWNGRADE) == "true"
