"""Which files a service's configs are, in which layer each lies, and whose they are."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cigen_runtime.configs.documents import Place, wrong
from cigen_runtime.contract.config_layers import BASE, ROOT, RULES_FILE, never_meeting, outside_of_layers, split
from cigen_runtime.contract.configs import ENVIRONMENTS
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError, JobError, in_one
from cigen_runtime.job import Job

SHARED = "*"
"""The name of all configs that no project owns."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of one layer."""

    path: str
    """In the service repo."""
    content: bytes


def environments_of(job: Job) -> Mapping[str, tuple[str, ...]]:
    """Every environment with its regions; raises ConfigurationError."""
    try:
        document = json.loads(job.value(ENVIRONMENTS))
        return {str(name): tuple(map(str, regions)) for name, regions in document.items()}
    except (ValueError, AttributeError, TypeError):
        raise ConfigurationError(
            f"{ENVIRONMENTS.name} is not an object of environments with lists of regions",
            remedy="It is rendered from cigen.yaml: remove the variable of that name from the settings in GitLab.",
            branch=Branch.S3,
        ) from None


def layers_of(job: Job, files: Mapping[str, bytes]) -> dict[str, list[Source]]:
    """The files of the job's environment and region by their name below the layer, the least specific layer first.

    Raises ConfigurationError naming every folder that is no layer, and files that never meet.
    """
    environments = environments_of(job)
    wanted = [(BASE, None), (job.value(ENVIRONMENT), None), (job.value(ENVIRONMENT), job.value(REGION))]
    found: dict[str, dict[int, Source]] = {}
    for path in sorted(files):
        layer, region, name = split(path, environments)
        if path != RULES_FILE and (layer, region) in wanted:
            found.setdefault(name, {})[wanted.index((layer, region))] = Source(path, files[path])
    result = {name: [sources[level] for level in sorted(sources)] for name, sources in sorted(found.items())}
    problems: list[JobError] = [
        ConfigurationError(mistake.message, remedy=mistake.remedy, branch=Branch.S3)
        for _, mistake in outside_of_layers(files, environments)
    ]
    problems += [
        wrong(Place(result[name][0].path, 1), f"it never meets {result[other][0].path}", "Give both the same ending.")
        for name, other in never_meeting(result)
    ]
    if problems:
        raise in_one(f"the layers below {ROOT}/ cannot be merged", problems)
    return result


def config_of(name: str, projects: Iterable[str]) -> str:
    """The project that owns a file: the one its folder is named after, the only one there is, or nobody."""
    names = list(projects)
    first, _, rest = name.partition("/")
    if rest and first in names:
        return first
    return names[0] if len(names) == 1 else SHARED
