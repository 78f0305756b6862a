"""`cigen render`: write the pipelines repo, or tell what would change."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cigen.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from cigen.config import Config
    from cigen.render import RenderedFile
    from cigen.render.compare import ComparedFile, Comparison

_VERBS = {"new": "new", "missing": "new", "stale": "changed", "edited by hand": "changed", "obsolete": "removed"}


def render(
    config: Annotated[Path, typer.Option(help="The config file.", metavar="PATH")] = Path("cigen.yaml"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file is out of date.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that were edited by hand.")] = False,
) -> int:
    """Render the pipelines repo from cigen.yaml.

    Examples:

    \b
      cigen render                         write what has changed
      cigen render --check                 in CI: is everything up to date?
      cigen render --diff                  what would a change of cigen.yaml do?
      cigen render --config infra/cigen.yaml
    """
    if sum((check, diff, force)) > 1:
        raise UsageError("--check, --diff and --force exclude each other")
    comparison, folder = _compared(config)
    if check:
        return _check(comparison, folder)
    if diff:
        return _diff(comparison, folder)
    return _write(comparison, folder, force=force)


def _compared(path: Path) -> "tuple[Comparison, Path]":
    from cigen.config import load
    from cigen.render import render as render_all
    from cigen.render.compare import compare
    from cigen.render.lock_facts import lock_facts
    from cigen.resources import templates_folder

    config = load(path)
    folders = [templates_folder(), *([path.parent / config.templates] if config.templates else [])]
    folder = path.parent / config.output
    rendered = render_all(config, folders, path.name)
    _say_notes(config, rendered)
    return compare(rendered, folder, lock_facts(config)), folder


def _say_notes(config: "Config", rendered: "tuple[RenderedFile, ...]") -> None:
    """What is rendered all the same, and what is not: neither is an error."""
    from cigen.render.gitlab_checks import unknown_keywords
    from cigen.render.left_out import left_out

    for problem in unknown_keywords(rendered):
        typer.echo(problem.told("warning"), err=True)
    for sentence in left_out(config):
        typer.echo(f"note: {sentence}", err=True)


def _write(comparison: "Comparison", folder: Path, *, force: bool) -> int:
    from cigen.render.writer import write

    write(comparison, folder, force=force)
    counts = {"new": 0, "changed": 0, "removed": 0, "unchanged": 0}
    for file in comparison.files:
        verb = _verb(file)
        counts[verb] += 1
        if verb != "unchanged":
            typer.echo(f"{verb:<8} {folder / file.path}")
    rendered = len(comparison.files) - counts["removed"]
    told = ", ".join(f"{count} {verb}" for verb, count in counts.items() if count) or "nothing to do"
    typer.echo(f"rendered {_files(rendered)} into {folder}: {told}")
    return ExitCode.CLEAN


def _check(comparison: "Comparison", folder: Path) -> int:
    from cigen.lock import LOCK_NAME
    from cigen.render.difference import difference

    dirty = [file for file in comparison.files if file.state != "unchanged"]
    for file in dirty:
        typer.echo(f"{folder / file.path}: {_meaning(file)}")
        typer.echo(difference(file, colour=_is_coloured()), nl=False)
    if comparison.is_clean:
        typer.echo(f"{_files(len(comparison.files))} in {folder}: all up to date")
        return ExitCode.CLEAN
    if not dirty:
        typer.echo(f"{folder / LOCK_NAME}: stale: it does not list the files as they are")
        typer.echo("error: the lock is out of date\nhint: cigen render", err=True)
        return ExitCode.FINDINGS
    states = sorted({str(file.state) for file in dirty})
    told = ", ".join(f"{sum(file.state == state for file in dirty)} {state}" for state in states)
    typer.echo(f"error: {_files(len(dirty))} out of date in {folder}: {told}", err=True)
    typer.echo(f"hint: {_remedy(comparison)}", err=True)
    return ExitCode.FINDINGS


def _diff(comparison: "Comparison", folder: Path) -> int:
    from cigen.render.difference import difference

    changed = [file for file in comparison.files if file.state != "unchanged"]
    for file in changed:
        typer.echo(difference(file, colour=_is_coloured()), nl=False)
    typer.echo(f"{_files(len(changed))} would change in {folder}")
    return ExitCode.CLEAN


def _verb(file: "ComparedFile") -> str:
    return "removed" if file.after is None else _VERBS.get(file.state, str(file.state))


def _meaning(file: "ComparedFile") -> str:
    return {
        "new": "new: not rendered yet",
        "stale": "stale: cigen.yaml, the template or cigen changed since it was rendered",
        "edited by hand": "edited by hand: it is not what was rendered",
        "missing": "missing: it was rendered, and somebody deleted it",
        "obsolete": "obsolete: no template makes it any more",
        "not rendered by cigen": "not rendered by cigen: it stands where a template renders to",
    }[file.state]


def _remedy(comparison: "Comparison") -> str:
    from cigen.render.compare import State

    if comparison.having(State.FOREIGN):
        return "move the file that cigen did not render away, then: cigen render"
    if comparison.having(State.EDITED):
        return "move the hand edit to cigen.yaml or a template, then: cigen render --force"
    return "cigen render, and commit what it writes"


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def _is_coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
