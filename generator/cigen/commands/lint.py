"""`cigen lint`: what GitLab would refuse, with the place of each fault."""

import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cigen.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from cigen.pipeline.fault import Fault


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"


def lint(
    files: Annotated[list[Path], typer.Argument(help="Pipeline files, each a pipeline of its own.", metavar="FILE…")],
    as_gitlab: Annotated[bool, typer.Option("--as-gitlab", help="Only what GitLab's own check would refuse.")] = False,
    form: Annotated[Format, typer.Option("--format", help="text or json.")] = Format.TEXT,
) -> int:
    """Check pipeline files as GitLab does, before GitLab does.

    Examples:

    \b
      cigen lint --as-gitlab .gitlab-ci.yml
      cigen lint --as-gitlab --format json ci/*.yml
    """
    if not as_gitlab:
        raise UsageError("there are no rules yet besides GitLab's own", hint="use: cigen lint --as-gitlab FILE…")
    texts = {str(path): _read(path) for path in files}
    found = [(fault, texts) for fault in _faults(texts)]
    if form is Format.JSON:
        typer.echo(json.dumps({"findings": [_as_json(fault) for fault, _ in found]}, ensure_ascii=False, indent=1))
    else:
        for fault, sources in found:
            typer.echo(str(_problem(fault, sources)))
        typer.echo(f"{len(found)} findings in {len(texts)} files", file=sys.stderr)
    return ExitCode.FINDINGS if found else ExitCode.CLEAN


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name files that are there") from error


def _faults(texts: dict[str, bytes]) -> "Iterator[Fault]":
    from cigen.pipeline.judge import judge
    from cigen.pipeline.resolve import resolve_all

    for pipeline in resolve_all(texts.items()):
        found = [*pipeline.faults, *judge(pipeline)]
        yield from sorted(found, key=lambda fault: (fault.place.path, fault.place.line, fault.place.column))


def _problem(fault: "Fault", texts: dict[str, bytes]) -> Problem:
    lines = texts.get(fault.place.path, b"").decode(errors="replace").splitlines()
    source = lines[fault.place.line] if fault.place.line < len(lines) else ""
    job = f" (job '{fault.job}')" if fault.job and f"job '{fault.job}'" not in fault.message else ""
    span = fault.place.span
    return Problem(span.path, span.line, span.column, fault.message + job, fault.hint, source)


def _as_json(fault: "Fault") -> dict[str, object]:
    span = fault.place.span
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "code": fault.kind.name.replace("_", "-"),
        "name": fault.kind.value,
        "severity": "error",
        "message": fault.message,
        "hint": fault.hint,
        "job": fault.job,
    }
