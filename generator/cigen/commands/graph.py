"""`cigen graph`: the pipelines as a drawing, from what is rendered and the contract."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cigen.errors import ExitCode, UsageError, WorkError

if TYPE_CHECKING:
    from cigen.config.model import Config
    from cigen.pipeline.model import Pipeline
    from cigen.pipeline.tree import Repo


class Format(StrEnum):
    """What a drawing is made of."""

    MERMAID = "mermaid"
    SVG = "svg"
    HTML = "html"


def graph(
    entry: Annotated[
        str | None,
        typer.Argument(
            help="An entry file, or the start of its name: staging. Default: the poster.", metavar="[ENTRY]"
        ),
    ] = None,
    config: Annotated[Path, typer.Option(help="The config file.", metavar="PATH")] = Path("cigen.yaml"),
    output_format: Annotated[Format, typer.Option("--format", help="What to draw it as.")] = Format.MERMAID,
    compact: Annotated[bool, typer.Option("--compact", help="Draw one region for all.")] = False,
    output: Annotated[Path | None, typer.Option("--output", help="Write it to this file.", metavar="FILE")] = None,
) -> int:
    """Draw the pipelines.

    One pipeline with its stages, jobs and regions; or, as a poster, all that services include: templates, pipelines,
    the files that flow between jobs, and the systems that they work on.

    Examples:

    \b
      cigen graph --compact --format svg --output poster.svg    for the wall: one region stands for all
      cigen graph --format html --output pipelines.html         every region, and what each job does
      cigen graph staging                                       one pipeline as Mermaid, for Markdown
      cigen graph prod --format svg --output prod.svg
      cigen graph --compact                                     the architecture as Mermaid

    Exit codes: 0 fine; 2 usage; 3 the file cannot be written.
    """
    from cigen.config import load
    from cigen.pipeline.tree import resolved
    from cigen.render.in_memory import rendered_tree

    loaded = load(config)
    repo = resolved(rendered_tree(loaded, config))
    if entry is None:
        drawn, told = _poster(repo, loaded, output_format, is_compact=compact)
    else:
        drawn, told = _one(_chosen(repo.entries, entry), loaded.gitlab.project, output_format, is_compact=compact)
    if output is None:
        typer.echo(told, nl=False)
        return ExitCode.CLEAN
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(told, encoding="utf-8")
    except OSError as error:
        raise WorkError(f"{output}: cannot be written: {error.strerror}") from error
    typer.echo(f"drew {', '.join(drawn)} into {output}")
    return ExitCode.CLEAN


def _poster(repo: "Repo", config: "Config", output: Format, *, is_compact: bool) -> tuple[list[str], str]:
    from cigen.graph import mermaid
    from cigen.graph.page import page
    from cigen.graph.poster import poster_of
    from cigen.graph.poster_svg import poster_svg

    poster = poster_of(repo, config, is_compact=is_compact)
    if not poster.graphs:
        raise WorkError("no entry file has a job, so there is nothing to draw")
    drawn = [graph.entry for graph in poster.graphs]
    match output:
        case Format.MERMAID:
            return drawn, mermaid.architecture(poster)
        case Format.SVG:
            return drawn, poster_svg(poster)
        case Format.HTML:
            return drawn, page(poster.title, poster_svg(poster), poster.graphs, [note.name for note in poster.flowing])


def _one(entries: "Mapping[str, Pipeline]", project: str, output: Format, *, is_compact: bool) -> tuple[list[str], str]:
    from cigen.graph import mermaid
    from cigen.graph.model import graphs_of
    from cigen.graph.page import page
    from cigen.graph.svg import svg

    graphs = graphs_of(entries, is_compact=is_compact)
    if not graphs:
        raise WorkError(f"{', '.join(entries)} has no job, so there is nothing to draw")
    title = f"{graphs[0].name} of {project}"
    subtitle = "Drawn from the rendered pipelines: jobs by stage, regions as rows, lines for what waits for what."
    match output:
        case Format.MERMAID:
            return [*entries], mermaid.pipeline(graphs[0])
        case Format.SVG:
            return [*entries], svg(title, subtitle, graphs)
        case Format.HTML:
            return [*entries], page(title, svg(title, subtitle, graphs), graphs)


def _chosen(entries: "Mapping[str, Pipeline]", wanted: str) -> "Mapping[str, Pipeline]":
    from cigen.nearest import name_hint

    found = {path: pipeline for path, pipeline in entries.items() if wanted == path} or {
        path: pipeline for path, pipeline in entries.items() if path.rsplit("/", 1)[-1].startswith(wanted)
    }
    if len(found) == 1:
        return found
    names = [path.rsplit("/", 1)[-1].split(".")[0] or path for path in entries]
    if found:
        raise UsageError(f"'{wanted}' means several entry files", hint=f"one of: {', '.join(found)}")
    raise UsageError(f"there is no entry file '{wanted}'", hint=name_hint(wanted, names))
