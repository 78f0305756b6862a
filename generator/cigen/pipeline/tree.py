"""A pipelines repo as texts in memory: what a git revision holds, what a folder holds, what would be rendered now."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cigen.nearest import name_hint
from cigen.pipeline.document import read_ci_file
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.node import Node
from cigen.pipeline.resolve import resolve_all
from cigen.pipeline.scope import ENVIRONMENTS, scope_of
from cigen.pipeline.sources import Answer, Found, Missing, Sources, Unknown, path_pattern

YAML_ENDINGS = (".yml", ".yaml")
_TEMPLATE_FOLDER = "jobs/"
_COMPONENT = re.compile(r"templates/([^/]+?)(?:/template)?\.ya?ml")
"""Where GitLab looks for a project's components."""

Components = Mapping[str, Mapping[str, Node]]
"""By name, the declarations of the inputs that each takes."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a pipelines repo, by path from its root."""

    name: str
    files: Mapping[str, bytes]

    def local(self, path: str) -> Answer:
        """One of the files."""
        content = self.files.get(path)
        return (
            Missing("there is no such file", name_hint(path, self.files)) if content is None else Found(path, content)
        )

    def matching(self, pattern: str) -> tuple[str, ...]:
        """As GitLab matches: `*` within a folder's name, `**` over folders too."""
        expression = path_pattern(pattern)
        return tuple(path for path in sorted(self.files) if expression.fullmatch(path))

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        """Skipped: a pipelines repo stands for itself."""
        return Unknown(f"{project} at {ref or 'HEAD'} is another project")

    def other(self, kind: str, address: str) -> Answer:
        """Skipped: only GitLab has them."""
        return Unknown(f"a {kind} is looked up by GitLab alone: {address}")


@dataclass(frozen=True, slots=True)
class Repo:
    """A tree with its pipelines resolved."""

    tree: Tree
    entries: Mapping[str, Pipeline]
    """The files that nobody in the tree includes and that have jobs of their own, in the order of a release."""
    templates: Mapping[str, Job]
    """Every hidden job that services may extend, by name."""
    regions: frozenset[str] = field(default_factory=frozenset)
    components: Components = field(default_factory=dict)
    """The same jobs once more, for services that include them as GitLab CI/CD components."""


def resolved(tree: Tree) -> Repo:
    """The entry files, the hidden jobs and the components of a tree."""
    paths = sorted(path for path in tree.files if path.endswith(YAML_ENDINGS) and not _COMPONENT.fullmatch(path))
    pipelines = dict(zip(paths, resolve_all(((path, tree.files[path]) for path in paths), tree), strict=True))
    included = {file.path for pipeline in pipelines.values() for file in pipeline.included}
    roots = {path: pipeline for path, pipeline in pipelines.items() if path not in included}
    entries = {path: roots[path] for path in sorted(roots, key=_release_order) if _is_entry(path, roots[path])}
    jobs = (job for pipeline in entries.values() for job in pipeline.visible_jobs)
    regions = frozenset(region for job in jobs if (region := scope_of(job).region))
    return Repo(tree, entries, dict(_templates(pipelines, roots, regions)), regions, dict(_components(tree)))


def is_of_a_region(path: str, regions: frozenset[str]) -> bool:
    """Whether a file is one of those that exist once per region."""
    name = path.rsplit("/", 1)[-1]
    return any(re.search(rf"-{re.escape(region)}(?=\.|$)", name) for region in regions)


def _release_order(path: str) -> tuple[int, str]:
    name = path.rsplit("/", 1)[-1]
    ranks = [at for at, environment in enumerate(ENVIRONMENTS) if name.startswith(f"{environment}-")]
    return next(iter(ranks), len(ENVIRONMENTS)), path


def _is_entry(path: str, pipeline: Pipeline) -> bool:
    is_library = path.startswith(_TEMPLATE_FOLDER) and not any(pipeline.visible_jobs)
    return not is_library and (any(pipeline.visible_jobs) or bool(pipeline.faults) or "include" in pipeline.root)


def _components(tree: Tree) -> Iterator[tuple[str, Mapping[str, Node]]]:
    for path in sorted(tree.files):
        if match := _COMPONENT.fullmatch(path):
            header = read_ci_file(path, tree.files[path], {}).header
            yield match[1], {name: entry.value for name, entry in (header.inputs if header else {}).items()}


def _templates(
    pipelines: Mapping[str, Pipeline], roots: Mapping[str, Pipeline], regions: frozenset[str]
) -> Iterator[tuple[str, Job]]:
    """Each hidden job, from the first pipeline that has all it extends; those of one region serve that region alone."""
    found: dict[str, Job] = {}
    for pipeline in (*roots.values(), *pipelines.values()):
        for job in pipeline.hidden_jobs:
            known = found.get(job.name)
            if known is None or (job.is_complete and not known.is_complete):
                found[job.name] = job
    for name, job in sorted(found.items()):
        if not is_of_a_region(job.key.place.path, regions):
            yield name, job
