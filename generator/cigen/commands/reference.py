"""`cigen reference`: the reference pages of the documentation."""

from pathlib import Path
from typing import Annotated

import typer

from cigen.errors import ExitCode


def reference(
    folder: Annotated[Path, typer.Argument(help="Where the pages go.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a page is out of date.")] = False,
) -> int:
    """Print the reference pages: commands, files, variables, the schema of cigen.yaml.

    Example:

    \b
      cigen reference docs/reference
    """
    from cigen.reference import pages

    stale = [(folder / name, text) for name, text in pages().items() if _text(folder / name) != text]
    if check:
        for path, _ in stale:
            typer.echo(f"{path}: out of date", err=True)
        return ExitCode.FINDINGS if stale else ExitCode.CLEAN
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in stale:
        path.write_text(text, encoding="utf-8")
        typer.echo(f"changed  {path}")
    return ExitCode.CLEAN


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
