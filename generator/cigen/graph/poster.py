"""What stands on the poster of the whole architecture: services, templates, pipelines, and the systems they work on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cigen.config.environments import Environment
from cigen.config.model import Config
from cigen.graph.model import Graph, JobNode, graphs_of
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.scope import PLACEHOLDER
from cigen.pipeline.tree import Repo
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.images import BUILD_REPOSITORY, RC_REPOSITORY, RELEASE_REPOSITORY
from cigen_runtime.contract.model import System

_OWN_PIPELINE = ".gitlab-ci.yml"
_OWN_JOBS = ".cigen-"
"""How hidden jobs begin that only the rendered files use."""
_COMMANDS = {command.name: command for command in COMMANDS}
REPOSITORIES = {"build": BUILD_REPOSITORY, "rc": RC_REPOSITORY, "release": RELEASE_REPOSITORY}
"""The repositories of Artifactory in the order of a release, and the variable that tells a job which it is."""


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file, and what it is for."""

    name: str
    meaning: str
    writers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateNote:
    """A hidden job that services may extend."""

    name: str
    jobs: int
    """How many jobs of the pipelines are made of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something within a system: a repository, an account."""

    name: str
    told: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemNote:
    """A system, what the config says of it, and who works on it."""

    system: System
    facts: tuple[str, ...]
    steps: tuple[str, ...]
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Poster:
    """Everything, as data."""

    title: str
    note: str
    """What must be known to read it."""
    graphs: tuple[Graph, ...]
    brought: tuple[FileNote, ...]
    """Files that services bring."""
    flowing: tuple[FileNote, ...]
    """Files that jobs hand on."""
    templates: tuple[TemplateNote, ...]
    systems: tuple[SystemNote, ...]


def poster_of(repo: Repo, config: Config, *, is_compact: bool = False) -> Poster:
    """The pipelines that services include; the repo's own one is its own affair."""
    entries = {path: pipeline for path, pipeline in repo.entries.items() if path != _OWN_PIPELINE}
    graphs = tuple(graphs_of(entries, is_compact=is_compact))
    nodes = [node for graph in graphs for node in graph.jobs if node.command]
    return Poster(
        f"The pipelines of {config.gitlab.project}",
        f"{PLACEHOLDER} stands for {', '.join(config.regions)}." if is_compact else "",
        graphs,
        tuple(_brought(nodes)),
        tuple(_flowing(graphs)),
        tuple(_templates(repo.templates, entries.values())),
        tuple(_systems(nodes, config)),
    )


def repositories_of(node: JobNode) -> list[str]:
    """The repositories of Artifactory that a job works on: `build`, `rc`, `release`."""
    return [key for key, variable in REPOSITORIES.items() if variable in _COMMANDS[node.command].variables]


def _brought(nodes: list[JobNode]) -> Iterator[FileNote]:
    """What commands read and none of them writes."""
    used = [_COMMANDS[node.command] for node in nodes]
    written = {file.path for command in used for file in command.writes}
    files = dict.fromkeys(file for command in used for file in command.reads if file.path not in written)
    for file in files:
        yield FileNote(file.path, file.meaning, readers=_steps(node for node in nodes if node.reads(file.path)))


def _flowing(graphs: Iterable[Graph]) -> Iterator[FileNote]:
    """What one job takes from another, in the order of first use."""
    edges = [(graph, edge, name) for graph in graphs for edge in graph.edges for name in edge.files]
    meanings = {
        file.path.rstrip("/").rsplit("/", 1)[-1]: file.meaning
        for command in reversed(COMMANDS)
        for file in command.writes
    }
    for name in dict.fromkeys(name for _, _, name in edges):
        ways = [(graph, edge) for graph, edge, other in edges if other == name]
        nodes = {(id(graph), node.name): node for graph, _ in ways for node in graph.jobs}
        writers = (nodes[id(graph), edge.before] for graph, edge in ways)
        readers = (nodes[id(graph), edge.after] for graph, edge in ways)
        yield FileNote(name, meanings.get(name, ""), _steps(writers), _steps(readers))


def _templates(templates: Mapping[str, Job], pipelines: Iterable[Pipeline]) -> Iterator[TemplateNote]:
    used = [name for pipeline in pipelines for job in pipeline.visible_jobs for name in _ancestors(job, frozenset())]
    for name in templates:
        if not name.startswith(_OWN_JOBS):
            yield TemplateNote(name, used.count(name))


def _ancestors(job: Job, seen: frozenset[str]) -> frozenset[str]:
    for base in job.bases:
        other = job.pipeline.entry(base.name)
        if other is not None and base.name not in seen:
            seen = _ancestors(other, seen | {base.name})
    return seen


def _systems(nodes: list[JobNode], config: Config) -> Iterator[SystemNote]:
    for system in System:
        working = [node for node in nodes if system in node.systems]
        if working:
            places = tuple(_repositories(working, config)) if system is System.ARTIFACTORY else ()
            yield SystemNote(system, tuple(_facts(system, config)), _steps(working), places)


def _repositories(nodes: list[JobNode], config: Config) -> Iterator[Place]:
    names = config.artifactory.repositories
    for key in REPOSITORIES:
        steps = _steps(node for node in nodes if key in repositories_of(node))
        if steps:
            yield Place(getattr(names, key), key, steps)


def _facts(system: System, config: Config) -> Iterator[str]:
    match system:
        case System.GIT:
            yield "tags hold the versions"
        case System.VAULT:
            yield config.vault.address
            yield f"login by {'AppRole' if config.vault.auth == 'approle' else 'ID token'}, role {config.vault.role}"
        case System.STS:
            for name, environment in config.environments.by_name().items():
                yield f"{name}: account {', '.join(_accounts(environment))}"
        case System.ARTIFACTORY:
            yield config.artifactory.url
        case System.ECR:
            owner = f"account {config.ecr.account}" if config.ecr.account else "each environment's own account"
            yield f"{owner}, repository {config.ecr.repository}"
        case System.LAMBDA:
            for name, environment in config.environments.by_name().items():
                yield f"{name}: {', '.join(config.regions[region].aws_region for region in environment.regions)}"
        case System.JIRA:
            yield from ((config.jira.url, f"project {config.jira.project}") if config.jira else ())
        case System.DASHBOARD:
            yield from ((config.dashboard.url or str(config.dashboard.bucket),) if config.dashboard else ())
        case System.S3:
            yield config.s3.bucket


def _accounts(environment: Environment) -> Iterator[str]:
    """The AWS accounts of an environment's regions, each once."""
    own = {region: override.account for region, override in environment.overrides.items()}
    yield from dict.fromkeys(own.get(region) or environment.account for region in environment.regions)


def _steps(nodes: Iterable[JobNode]) -> tuple[str, ...]:
    """The names without environment and region, each once."""
    return tuple(dict.fromkeys(node.step for node in nodes))
