"""`cigen simulate`: which jobs run, in which order, for a push, a merge request, a tag and so on."""

import json
import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cigen.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from cigen.pipeline.comparison import Note
    from cigen.pipeline.contexts import Context
    from cigen.pipeline.fault import Fault
    from cigen.pipeline.include_rules import Knowledge
    from cigen.pipeline.model import Pipeline
    from cigen.pipeline.simulation import Simulation

_MOST_FILES = 100_000


class Format(StrEnum):
    """How the pipelines are shown."""

    TABLE = "table"
    JSON = "json"
    MERMAID = "mermaid"


def simulate(
    file: Annotated[Path, typer.Argument(help="The pipeline file.", metavar="FILE")] = Path(".gitlab-ci.yml"),
    context: Annotated[
        list[str] | None,
        typer.Option(
            help="push, branch, mr, tag, schedule, web, api or trigger; also new-branch, branch-with-mr, "
            "merged-results, merge-train, pipeline, parent. May be given several times. Default: all.",
            metavar="NAME",
        ),
    ] = None,
    branch: Annotated[str, typer.Option(help="The name of the branch that is not the default one.")] = "feature",
    default_branch: Annotated[str, typer.Option(help="The name of the default branch.")] = "main",
    tag: Annotated[str, typer.Option(help="The name of the tag.")] = "v1.0.0",
    project: Annotated[str, typer.Option(help="The path of the project in GitLab.")] = "group/project",
    variable: Annotated[
        list[str] | None,
        typer.Option(help="A variable given at the start, or set in the project.", metavar="KEY=VALUE"),
    ] = None,
    changed: Annotated[
        list[str] | None, typer.Option(help="A changed file, for rules:changes.", metavar="PATH")
    ] = None,
    pipelines: Annotated[
        Path | None,
        typer.Option(help="Checkouts of included projects: DIR/group/project, or one DIR for all.", metavar="DIR"),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TABLE,
) -> int:
    """Show which jobs a pipeline has, for each way to start one.

    Examples:

    \b
      cigen simulate                                   all kinds of pipelines, side by side
      cigen simulate --context mr --changed src/app.py
      cigen simulate --context web --variable TARGET_VERSIONS_JSON='{"orders-api": "1.4.0"}'
      cigen simulate --context push --format mermaid > pipeline.mmd
      cigen simulate --pipelines ../pipelines

    Exit codes: 0 fine; 1 GitLab would refuse one of these pipelines; 2 usage.
    """
    from cigen.pipeline.comparison import compare
    from cigen.pipeline.contexts import Circumstances, contexts

    files = _Files(file, pipelines)
    circumstances = Circumstances(
        default_branch,
        branch,
        tag,
        dict(_variable(written) for written in variable or ()),
        None if changed is None else tuple(changed),
        files.existing(),
        project,
    )
    known = contexts(circumstances)
    simulations = [files.simulated(each) for each in _chosen(known, context or [], output)]
    pipeline = files.pipeline
    notes = () if pipeline.faults else compare(pipeline, simulations, known, files.simulated)
    faults = _judged(pipeline, simulations)
    _PRINTERS[output](pipeline, faults, simulations, notes)
    is_refused = bool(faults) or any(simulation.faults for simulation in simulations)
    return ExitCode.FINDINGS if is_refused else ExitCode.CLEAN


class _Files:
    """The pipeline file, what it may include, and the files of its project."""

    def __init__(self, file: Path, pipelines: Path | None) -> None:
        from cigen.checkouts import Checkouts, project_root
        from cigen.pipeline.other_projects import ProjectSources
        from cigen.pipeline.simulation import Simulator
        from cigen.pipeline.source_text import read_file
        from cigen.pipeline.sources import LocalTree

        if pipelines is not None and not pipelines.is_dir():
            hint = "--pipelines takes a checkout of the included projects"
            raise UsageError(f"{pipelines} is not a folder", hint=hint)
        try:
            self._text = read_file(file)
        except OSError as error:
            hint = "name the pipeline file: cigen simulate FILE" if not file.exists() else ""
            raise UsageError(f"cannot read {file}: {error.strerror}", hint=hint) from error
        self._path = str(file)
        self._root = project_root(file)
        self._sources = ProjectSources(LocalTree(self._root), () if pipelines is None else (Checkouts(pipelines),))
        self.pipeline = self._resolved()
        """With every file that it might include."""
        self._simulator = Simulator(self.pipeline)

    def simulated(self, context: "Context") -> "Simulation":
        """The pipeline of a context, with the files that it includes there."""
        from cigen.pipeline.knowledge import knowledge_of
        from cigen.pipeline.simulation import Simulation, Simulator

        if not self.pipeline.included:
            return self._simulator.run(context)
        pipeline = self._resolved(knowledge_of(context))
        return Simulation(context, faults=pipeline.faults) if pipeline.faults else Simulator(pipeline).run(context)

    def existing(self) -> tuple[str, ...] | None:
        """The files of the project, where a rule asks whether one exists."""
        from cigen.pipeline.rules import each_rule

        lists = [job.get("rules") for job in self.pipeline.visible_jobs]
        lists += [self.pipeline.workflow.get("rules")] if self.pipeline.workflow else []
        if not any("exists" in rule for written in lists if written for rule in each_rule(written)):
            return None
        found: list[str] = []
        for folder, folders, names in os.walk(self._root):
            folders[:] = sorted(name for name in folders if name != ".git")
            found += [os.path.relpath(os.path.join(folder, name), self._root) for name in names]  # noqa: PTH118 - a hot loop
            if len(found) > _MOST_FILES:
                return None
        return tuple(found)

    def _resolved(self, knowledge: "Knowledge | None" = None) -> "Pipeline":
        from cigen.pipeline.resolve import resolve

        return resolve(self._path, self._text, self._sources, knowledge)


def _judged(pipeline: "Pipeline", simulations: "Sequence[Simulation]") -> "tuple[Fault, ...]":
    """Why GitLab refuses the files in every context; what the pipelines themselves tell is not told again."""
    from cigen.pipeline.judge import judge

    told = {(fault.kind, fault.job) for simulation in simulations for fault in simulation.faults}
    return pipeline.faults or tuple(fault for fault in judge(pipeline) if (fault.kind, fault.job) not in told)


def _variable(written: str) -> tuple[str, str]:
    name, separator, value = written.partition("=")
    if not separator or not name:
        raise UsageError(f"--variable {name or '…'} has no value", hint="write --variable NAME=VALUE")
    return name, value


def _chosen(known: "dict[str, Context]", names: Sequence[str], output: Format) -> "list[Context]":
    from cigen.nearest import name_hint
    from cigen.pipeline.contexts import USUAL

    wanted = [name for written in names for name in (USUAL if written == "all" else (written,))]
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no context '{name}'", hint=name_hint(name, [*known, "all"]))
    if output is Format.MERMAID:
        if len(wanted) > 1:
            raise UsageError("a drawing shows one pipeline", hint="choose it with --context push")
        wanted = wanted or ["push"]
    return [known[name] for name in dict.fromkeys(wanted or USUAL)]


def _show(
    pipeline: "Pipeline", faults: "Sequence[Fault]", simulations: "Sequence[Simulation]", notes: "Sequence[Note]"
) -> None:
    from cigen.pipeline.simulation_table import table

    for problem in _problems(faults):
        typer.echo(str(problem))
    if pipeline.faults:
        typer.echo("error: GitLab would refuse these files, so there is no pipeline to show", err=True)
        return
    if faults:
        typer.echo("\nAs it would be without these faults, for which GitLab refuses it:\n")
    stages = [stage.name for stage in pipeline.stages]
    jobs = sorted(pipeline.visible_jobs, key=lambda job: _rank(stages, job.stage_name))
    typer.echo(table(simulations, notes, [(job.name, job.stage_name) for job in jobs]), nl=False)
    for skipped in pipeline.skipped:
        typer.echo(f"\nnot looked at: {skipped.location}: {skipped.reason}")
    if any("checkout" in skipped.reason for skipped in pipeline.skipped):
        typer.echo("hint: --pipelines DIR names the checkouts of included projects")


def _rank(stages: Sequence[str], stage: str) -> int:
    return stages.index(stage) if stage in stages else len(stages)


def _problems(faults: "Sequence[Fault]") -> Iterator[Problem]:
    """Each fault with the line of the file that it is in."""
    texts: dict[str, list[str]] = {}
    for fault in faults:
        span = fault.place.span
        if span.path not in texts:
            texts[span.path] = _lines(Path(span.path))
        lines = texts[span.path]
        source = lines[span.line - 1] if 0 < span.line <= len(lines) else ""
        yield Problem(span.path, span.line, span.column, fault.message, fault.hint, source)


def _lines(path: Path) -> list[str]:
    from cigen.pipeline.source_text import read_file

    try:
        return read_file(path).decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def _print_json(
    pipeline: "Pipeline", faults: "Sequence[Fault]", simulations: "Sequence[Simulation]", notes: "Sequence[Note]"
) -> None:
    from cigen.pipeline.simulation_json import document

    typer.echo(json.dumps(document(pipeline, faults, simulations, notes), indent=2, ensure_ascii=False))


def _draw(
    pipeline: "Pipeline", faults: "Sequence[Fault]", simulations: "Sequence[Simulation]", _notes: "Sequence[Note]"
) -> None:
    from cigen.pipeline.simulation_mermaid import mermaid

    for problem in _problems(faults):
        typer.echo(str(problem), err=True)
    if not pipeline.faults:
        typer.echo(mermaid(simulations[0]), nl=False)


_PRINTERS = {Format.TABLE: _show, Format.JSON: _print_json, Format.MERMAID: _draw}
