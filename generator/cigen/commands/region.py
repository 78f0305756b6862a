"""`cigen region`: add a region to cigen.yaml, or take one out."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cigen.errors import ExitCode, UsageError
from cigen.replace_file import replace_text

if TYPE_CHECKING:
    from cigen.config.model import Config
    from cigen.config.region_edit import Edited

region = typer.Typer(name="region", rich_markup_mode=None)
"""The commands below `cigen region`."""

ConfigPath = Annotated[Path, typer.Option(help="The config file.", metavar="PATH")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would change.")]
CONFIG = Path("cigen.yaml")


@region.callback(invoke_without_command=True)
def _region(context: typer.Context) -> None:
    """Add a region to cigen.yaml, or take one out of it.

    Examples:

    \b
      cigen region add ap --aws-region ap-southeast-2
      cigen region remove ap --dry-run
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@region.command()
def add(
    name: Annotated[str, typer.Argument(help="Your own short name for the region.", metavar="NAME")],
    aws_region: Annotated[str, typer.Option(help="The AWS region.", metavar="REGION")],
    environment: Annotated[
        list[str] | None,
        typer.Option(help="An environment that is deployed there; may be given again. Default: all.", metavar="NAME"),
    ] = None,
    wave: Annotated[
        int | None, typer.Option(help="The wave of production, from 1. Default: the last.", metavar="NUMBER")
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="The region's own AWS account, where it has one.", metavar="ENVIRONMENT=ACCOUNT"),
    ] = None,
    config: ConfigPath = CONFIG,
    dry_run: DryRun = False,
) -> int:
    """Add a region to cigen.yaml, and say what will appear and what must exist first.

    Examples:

    \b
      cigen region add ap --aws-region ap-southeast-2
      cigen region add ap --aws-region ap-southeast-2 --environment staging
      cigen region add ap --aws-region ap-southeast-2 --wave 2 --account prod=555566667777
    """
    from cigen.config.region_edit import NewRegion, add_region

    accounts = dict(_account(written) for written in account or ())
    edited = add_region(config, NewRegion(name, aws_region, tuple(environment or ()), wave, accounts))
    _finish(edited, dry_run=dry_run)
    _say_what_must_exist(edited, name)
    return _next(edited, dry_run=dry_run)


@region.command()
def remove(
    name: Annotated[str, typer.Argument(help="The region's name in cigen.yaml.", metavar="NAME")],
    config: ConfigPath = CONFIG,
    dry_run: DryRun = False,
) -> int:
    """Take a region out of cigen.yaml, wherever it stands, and say what will disappear.

    What runs in the region stays as it is: nothing is deleted in AWS.

    Examples:

    \b
      cigen region remove ap --dry-run
      cigen region remove ap
    """
    from cigen.config.region_edit import remove_region

    edited = remove_region(config, name)
    _finish(edited, dry_run=dry_run)
    return _next(edited, dry_run=dry_run)


def _account(written: str) -> tuple[str, str]:
    environment, separator, account = written.partition("=")
    if not separator or not account:
        raise UsageError(f"--account {written} does not say where", hint="write --account prod=555566667777")
    return environment, account


def _finish(edited: "Edited", *, dry_run: bool) -> None:
    """Show the change, and what it means for the repo; then write it."""
    appears, disappears = _difference(edited)  # renders: a template that fails stops here
    if not edited.has_changed:
        typer.echo(f"{edited.path} has it already: nothing to do")
        return
    old, new = edited.old_text.splitlines(), edited.new_text.splitlines()
    for line in difflib.unified_diff(old, new, f"a/{edited.path}", f"b/{edited.path}", n=1, lineterm=""):
        typer.echo(line)
    for title, found in (("will appear", appears), ("will disappear", disappears)):
        if found:
            typer.echo(f"\n{title}:")
            for line in found:
                typer.echo(f"  {line}")
    if not dry_run:
        replace_text(edited.path, edited.new_text)


def _next(edited: "Edited", *, dry_run: bool) -> int:
    if edited.has_changed:
        typer.echo(f"\nnothing was written: {edited.path} is as it was" if dry_run else "\nnext: cigen render")
    return ExitCode.CLEAN


def _difference(edited: "Edited") -> tuple[list[str], list[str]]:
    before, after = _made(edited.path, edited.before), _made(edited.path, edited.after)
    return list(_only_in(after, before)), list(_only_in(before, after))


def _made(path: Path, config: "Config") -> dict[str, frozenset[str]]:
    from cigen.render import render
    from cigen.render.jobs_made import files_and_jobs
    from cigen.resources import templates_folder

    folders = [templates_folder(), *([path.parent / config.templates] if config.templates else [])]
    output = "" if config.output == "." else f"{config.output.rstrip('/')}/"
    return {f"{output}{file}": jobs for file, jobs in files_and_jobs(render(config, folders, path.name)).items()}


def _only_in(here: dict[str, frozenset[str]], there: dict[str, frozenset[str]]) -> Iterator[str]:
    for path, jobs in here.items():
        if path not in there:
            yield path
        for job in sorted(jobs - there.get(path, frozenset())):
            yield f"  {job}" if path not in there else f"{job}, in {path}"


def _say_what_must_exist(edited: "Edited", name: str) -> None:
    from cigen.render.prerequisites import prerequisites

    for environment, settings in edited.after.environments.by_name().items():
        if name in settings.regions and name not in edited.before.environments.by_name()[environment].regions:
            typer.echo(f"\nmust exist before the first pipeline deploys to {environment}/{name}:")
            for what, which in prerequisites(edited.after, environment, name):
                typer.echo(f"  {what:<14}  {which}")
