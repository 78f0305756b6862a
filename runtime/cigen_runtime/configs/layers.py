"""Which files a service's configs are, in which layer each lies, and whose they are."""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from cigen_runtime.configs.documents import YAML_ENDINGS, Place, wrong
from cigen_runtime.configs.merge import RULES_FILE
from cigen_runtime.contract.configs import ENVIRONMENTS
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError, JobError, in_one
from cigen_runtime.job import Job

ROOT = "configs"
BASE = "base"
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
    regions = {region for names in environments.values() for region in names}
    wanted = [(BASE, None), (job.value(ENVIRONMENT), None), (job.value(ENVIRONMENT), job.value(REGION))]
    found: dict[str, dict[int, Source]] = {}
    problems: dict[str, JobError] = {}
    for path in sorted(files):
        if path == RULES_FILE:
            continue
        layer, region, name = _split(path, regions)
        if layer != BASE and layer not in environments:
            problems.setdefault(layer, _no_layer(layer, name, (BASE, *environments)))
        elif (layer, region) in wanted:
            found.setdefault(name, {})[wanted.index((layer, region))] = Source(path, files[path])
    result = {name: [sources[level] for level in sorted(sources)] for name, sources in sorted(found.items())}
    problems |= {f"*{name}": error for name, error in _never_meet(result)}
    if problems:
        raise in_one(f"the layers below {ROOT}/ cannot be merged", list(problems.values()))
    return result


def config_of(name: str, projects: Iterable[str]) -> str:
    """The project that owns a file: the one its folder is named after, the only one there is, or nobody."""
    names = list(projects)
    first, _, rest = name.partition("/")
    if rest and first in names:
        return first
    return names[0] if len(names) == 1 else SHARED


def _split(path: str, regions: set[str]) -> tuple[str, str | None, str]:
    """The layer, its region where it has one, and the name below it."""
    layer, _, name = path.removeprefix(f"{ROOT}/").partition("/")
    first, _, rest = name.partition("/")
    if rest and layer != BASE and first in regions:
        return layer, first, rest
    return layer, None, name


def _no_layer(layer: str, name: str, known: tuple[str, ...]) -> JobError:
    kind = "folder" if name else "file"
    near = difflib.get_close_matches(layer, known, n=1, cutoff=0.5)
    hint = f"Did you mean {ROOT}/{near[0]}/?" if near and name else f"Files lie below {' or '.join(known)}."
    return ConfigurationError(f"{ROOT}/{layer} is a {kind} that is no layer", remedy=hint, branch=Branch.S3)


def _never_meet(sources: Mapping[str, list[Source]]) -> Iterable[tuple[str, JobError]]:
    """One name with `.yml` in a layer and `.yaml` in another is meant as one file, and would become two."""
    first: dict[str, str] = {}
    for name, layers in sources.items():
        path = PurePosixPath(name)
        if path.suffix not in YAML_ENDINGS:
            continue
        other = first.setdefault(str(path.with_suffix("")), name)
        if other != name:
            here, there = layers[0].path, sources[other][0].path
            yield name, wrong(Place(here, 1), f"it never meets {there}", "Give both the same ending.")
