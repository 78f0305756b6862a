"""A pipeline as a drawing sees it: jobs by stage and region, what they hand on, whom they talk to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cigen.pipeline.model import DEFAULT_STAGE, Job, Pipeline
from cigen.pipeline.needs import read_needs
from cigen.pipeline.node import Mapping as MappingNode
from cigen.pipeline.node import Scalar, Sequence, plain
from cigen.pipeline.scope import PLACEHOLDER, Scope, scope_of, without_region
from cigen.pipeline.simulation import Simulation
from cigen.pipeline.usual_contexts import simulated, usual_contexts
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.credentials import VAULT_ADDR
from cigen_runtime.contract.model import Command, System

_CALL = re.compile(r"\bcigen-runtime\s+([a-z0-9-]+)")
_COMMANDS: Mapping[str, Command] = {command.name: command for command in COMMANDS}
_WITH_CREDENTIALS = frozenset({System.VAULT, System.STS, System.ECR, System.LAMBDA, System.S3})
SERVICE = "the service's own jobs"


@dataclass(frozen=True, slots=True)
class JobNode:
    """One job."""

    name: str
    shown: str
    """Its name; with a placeholder where it stands for the same job in every region."""
    stage: str
    scope: Scope
    summary: str = ""
    systems: tuple[System, ...] = ()
    writes: tuple[str, ...] = ()
    is_manual: bool = False
    may_fail: bool = False
    is_of_service: bool = False
    """A stand-in for the jobs that each service brings."""
    command: str = ""
    """The command that it runs."""

    def reads(self, path: str) -> bool:
        """Whether its command reads the file."""
        command = _COMMANDS.get(self.command)
        return command is not None and any(file.path == path for file in command.reads)

    @property
    def told(self) -> str:
        """What it does, for whoever points at it."""
        return self.summary or self.shown

    @property
    def note(self) -> str:
        """One short line below its name."""
        if self.is_of_service:
            return f"stages {self.summary}"
        return f"writes {', '.join(self.writes)}" if self.writes else "started by a person" if self.is_manual else ""

    @property
    def step(self) -> str:
        """Its name without the environment and the region that it is for."""
        region = PLACEHOLDER if self.shown.endswith(PLACEHOLDER) else self.scope.region
        rest = self.shown.removesuffix(f"-{region}") if region else self.shown
        return rest.removesuffix(f"-{self.scope.environment}") if rest != self.shown else rest


@dataclass(frozen=True, slots=True)
class Edge:
    """One job waits for another, and may take files from it."""

    before: str
    after: str
    files: tuple[str, ...] = ()
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """One pipeline."""

    entry: str
    title: str
    """When it runs."""
    stages: tuple[str, ...]
    """Those that have jobs, in order."""
    jobs: tuple[JobNode, ...]
    edges: tuple[Edge, ...]
    all_stages: tuple[str, ...] = ()
    """Those without jobs too, in order."""

    @property
    def name(self) -> str:
        """A short name for it: that of the file, without its endings."""
        return self.entry.rsplit("/", 1)[-1].split(".")[0] or self.entry


def graphs_of(entries: Mapping[str, Pipeline], *, is_compact: bool = False) -> list[Graph]:
    """All pipelines that have jobs."""
    return [
        graph_of(path, pipeline, is_compact=is_compact)
        for path, pipeline in entries.items()
        if any(pipeline.visible_jobs)
    ]


def graph_of(entry: str, pipeline: Pipeline, *, is_compact: bool = False) -> Graph:
    """The pipeline of an entry file; a compact one shows one region for all."""
    simulations = _covering(pipeline)
    found = [_node(job, simulations) for job in pipeline.visible_jobs]
    if is_compact:
        found = list(_of_one_region(found))
    service = list(_service(pipeline))
    names = {node.name for node in found}
    stages = [stage.name for stage in pipeline.stages]
    jobs = sorted(
        [*service, *found], key=lambda node: stages.index(node.stage) if node.stage in stages else len(stages)
    )
    edges = [edge for job in pipeline.visible_jobs if job.name in names for edge in _edges(job, names)]
    edges += [Edge(node.name, job.name) for node in service for job in pipeline.visible_jobs if _waits(job, names)]
    used = [stage for stage in stages if any(node.stage == stage for node in jobs)]
    title = " · ".join(map(_title, simulations))
    return Graph(entry, title, tuple(used), tuple(jobs), tuple(edges), tuple(stages))


def _title(simulation: Simulation) -> str:
    given = ", ".join(simulation.context.variables)
    return simulation.context.title + (f", with {given}" if given else "")


def _covering(pipeline: Pipeline) -> list[Simulation]:
    """The kind of pipeline that most jobs are in, then the one that most of the others are in, and so on."""
    left = [simulation for _, simulation in simulated(pipeline, usual_contexts())]
    chosen: list[Simulation] = []
    seen: set[str] = set()
    while left:
        best = max(left, key=lambda simulation: len({job.name for job in simulation.jobs} - seen))
        new = {job.name for job in best.jobs} - seen
        if not new:
            break
        chosen.append(best)
        seen |= new
    return chosen


def _node(job: Job, simulations: list[Simulation]) -> JobNode:
    command = _command(job)
    run = next((run for simulation in simulations if (run := simulation.job(job.name))), None)
    return JobNode(
        job.name,
        job.name,
        job.stage_name or DEFAULT_STAGE,
        scope_of(job),
        command.summary if command else "",
        _systems(job, command) if command else (),
        tuple(name for name in _written(command) if name in _kept(job)),
        bool(run and run.when == "manual"),
        bool(run and run.allow_failure),
        command=command.name if command else "",
    )


def _written(command: Command | None) -> Iterator[str]:
    yield from dict.fromkeys(file.path.rstrip("/").rsplit("/", 1)[-1] for file in (command.writes if command else ()))


def _kept(job: Job) -> set[str]:
    """The names of the files that a job leaves as artifacts."""
    artifacts = job.get("artifacts")
    paths = artifacts.get("paths") if isinstance(artifacts, MappingNode) else None
    items = paths.items if isinstance(paths, Sequence) else ()
    return {str(plain(item)).rstrip("/").rsplit("/", 1)[-1] for item in items}


def _of_one_region(nodes: list[JobNode]) -> Iterator[JobNode]:
    """The first region of each environment, named by a placeholder."""
    first: dict[str, str] = {}
    for node in nodes:
        if node.scope.region:
            first.setdefault(node.scope.environment, node.scope.region)
    for node in nodes:
        environment, region = node.scope.environment, node.scope.region
        if not region:
            yield node
        elif first[environment] == region:
            yield replace(node, shown=without_region(node.name, region), scope=Scope(environment, PLACEHOLDER))


def _service(pipeline: Pipeline) -> Iterator[JobNode]:
    """A stand-in for the jobs of a service, where one of ours waits for stages in which we have none."""
    stages = [stage.name for stage in pipeline.stages][1:-1]
    used = {job.stage_name for job in pipeline.visible_jobs}
    waiting = [
        stages.index(job.stage_name) for job in pipeline.visible_jobs if job.needs is None and job.stage_name in stages
    ]
    free = [stage for stage in stages[: max(waiting, default=0)] if stage not in used]
    if free:
        yield JobNode(SERVICE, SERVICE, free[0], Scope(), ", ".join(free), is_of_service=True)


def _waits(job: Job, names: set[str]) -> bool:
    stages = [stage.name for stage in job.pipeline.stages]
    return job.name in names and job.needs is None and job.stage_name in stages[2:]


def _edges(job: Job, names: set[str]) -> Iterator[Edge]:
    reader = _command(job)
    for need in read_needs(job.needs):
        before = None if need.elsewhere else need.named_in(names)
        if before is not None:
            other = job.pipeline.job(before)
            writer = _command(other) if other else None
            yield Edge(before, job.name, _files(writer, reader) if need.has_artifacts else (), need.is_optional)


def _files(writer: Command | None, reader: Command | None) -> tuple[str, ...]:
    """The files that one command leaves for the other."""
    if writer is None or reader is None:
        return ()
    shared = [file.path for file in writer.writes if file in reader.reads]
    return tuple(path.rstrip("/").rsplit("/", 1)[-1] for path in shared)


def _systems(job: Job, command: Command) -> tuple[System, ...]:
    """Those of its command; a job that is not told where Vault is gets no credentials, so nothing of AWS either."""
    own = job.own_variables
    has_credentials = own is not None and VAULT_ADDR.name in own
    return tuple(system for system in command.systems if has_credentials or system not in _WITH_CREDENTIALS)


def _command(job: Job) -> Command | None:
    for line in job.script():
        found = _CALL.search(line.value) if isinstance(line, Scalar) and isinstance(line.value, str) else None
        if found and found[1] in _COMMANDS:
            return _COMMANDS[found[1]]
    return None
