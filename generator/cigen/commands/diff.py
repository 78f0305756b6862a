"""`cigen diff`: what a change means in the terms of the pipelines, not of text."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cigen.errors import ExitCode

if TYPE_CHECKING:
    from cigen.config.model import Config
    from cigen.diff.model import Diff

_MERGE_REQUEST_BASE = "CI_MERGE_REQUEST_DIFF_BASE_SHA"


class Format(StrEnum):
    """How a diff is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    before: Annotated[
        str | None,
        typer.Argument(
            help=f"A git revision or a folder. Default: ${_MERGE_REQUEST_BASE} where it is set, else HEAD.",
            metavar="[REV | DIR]",
            show_default=False,
        ),
    ] = None,
    config: Annotated[Path, typer.Option(help="The config file.", metavar="PATH")] = Path("cigen.yaml"),
    consumers: Annotated[
        Path | None, typer.Option(help="Checkouts of service repos: which of them are touched?", metavar="DIR")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TEXT,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 1 if anything changed.")] = False,
) -> int:
    """Show what a change means: jobs, rules, needs, variables.

    And who is touched: services that extend or override what changes.

    Compares what would be rendered now with the rendered files of a git revision or a folder.

    Examples:

    \b
      cigen diff                                 since the last commit
      cigen diff v1.4.0                          since a release of the pipelines repo
      cigen diff main --consumers ../services    which service repos does it touch?
      cigen diff --format markdown > note.md     for a merge request
      cigen diff --exit-code                     exit 1 if anything changed

    Exit codes: 0 fine; 1 something changed, with --exit-code; 2 usage; 3 git or a file cannot be read.
    """
    from cigen.config import load

    loaded = load(config)
    result = _compared(loaded, config, before or os.environ.get(_MERGE_REQUEST_BASE) or "HEAD", consumers)
    typer.echo(_shown(result, output), nl=False)
    return ExitCode.FINDINGS if exit_code and not result.is_empty else ExitCode.CLEAN


def _compared(config: "Config", path: Path, wanted: str, consumers: Path | None) -> "Diff":
    from dataclasses import replace

    from cigen.diff.compare import compare
    from cigen.diff.consumers import consumers_of
    from cigen.diff.revision import tags_of, tree_before
    from cigen.diff.version_step import with_step
    from cigen.pipeline.tree import resolved
    from cigen.render.in_memory import rendered_tree

    before = resolved(tree_before(wanted, path, path.parent / config.output))
    after = resolved(rendered_tree(config, path))
    result = compare(before, after)
    if not before.tree.files:
        note = f"{wanted} has no rendered files: everything is new"
        result = replace(result, notes=(note,))
    if consumers is not None:
        found = consumers_of(consumers, config.gitlab.project, before, after, result)
        result = replace(result, consumers=found)
    return with_step(result, tags_of(path))


def _shown(result: "Diff", output: Format) -> str:
    if output is Format.JSON:
        from cigen.diff.report_json import document

        return document(result)
    if output is Format.MARKDOWN:
        from cigen.diff.report_markdown import markdown

        return markdown(result)
    from cigen.diff.report_text import text

    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return text(result, colour=is_coloured)
