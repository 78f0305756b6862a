"""`cigen-runtime`: one subcommand per command of the contract; the only place that ends the process."""

import argparse
import contextlib
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, TextIO, cast

from cigen_runtime import __version__
from cigen_runtime.clock import Clock
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import Command, ExitCode, Variable
from cigen_runtime.errors import JobError
from cigen_runtime.job import Job, open_job
from cigen_runtime.redact import RedactedStream, Redactor


def entry_point() -> NoReturn:
    """Run as the console script, on the process's own environment.

    A cancelled GitLab job gets SIGTERM; it ends as Ctrl-C does, so that what was done by then is recorded. Whatever
    a library prints by itself passes the redactor too.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    redactor = Redactor()
    streams = [RedactedStream(stream, redactor) for stream in (sys.stdout, sys.stderr)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            code = main(sys.argv[1:], os.environ, Path.cwd(), cast("TextIO", streams[0]), redactor=redactor)
        finally:
            for stream in streams:
                stream.drain()
    sys.exit(code)


def main(
    argv: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    stream: TextIO,
    *,
    clock: Clock | None = None,
    redactor: Redactor | None = None,
) -> int:
    """Run one command in a folder and return its exit code; see `cigen_runtime.contract.model.ExitCode`.

    Whoever hands in a redactor keeps the secrets that the command learns out of other streams too.
    """
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:  # argparse has printed its help or its complaint
        return int(stop.code or 0)
    if arguments.command is None:
        stream.write(parser.format_help())
        return ExitCode.DONE
    command: Command = arguments.command
    redactor = redactor or Redactor()
    try:
        job = open_job(
            command,
            environment,
            folder,
            stream,
            dry_run=getattr(arguments, "dry_run", False),
            redactor=redactor,
            clock=clock,
            options={name: getattr(arguments, name) or "" for name in command.choices},
        )
        return _run_of(command)(job) or ExitCode.DONE
    except JobError as error:
        stream.write(redactor.clean(_report(error)))
        return error.exit_code
    except KeyboardInterrupt:
        stream.write("\ninterrupted; running the job again is safe\n")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: no secret may leave in a traceback
        stream.write(redactor.clean("".join(traceback.format_exception(error))))
        stream.write("\nerror: this is a fault in cigen-runtime itself; please report the lines above\n")
        return ExitCode.FAULT


def _run_of(command: Command) -> Callable[[Job], ExitCode | None]:
    """The command's function, which may say another exit code than "done".

    Imported only now, since a client takes longer to import than the rest to start.
    """
    module = importlib.import_module(f"cigen_runtime.commands.{command.name.replace('-', '_')}")
    run: Callable[[Job], ExitCode | None] = module.run
    return run


def _report(error: JobError) -> str:
    """The end of a failed job's log: what we did, what came back, what to do."""
    lines = ["", f"error: {error.attempted} ({error.kind})"]
    for label, text in (("came back:", error.answer), ("to do:", error.remedy)):
        for index, line in enumerate(text.splitlines()):
            lines.append(f"  {'' if index else label:<10} {line}")
    lines += _checks(error)
    lines += ["", f"exit code {int(error.exit_code)}: {error.kind}", ""]
    return "\n".join(lines)


def _checks(error: JobError) -> Iterator[str]:
    """What else it may be: the checks of the error's branch, the likeliest first."""
    if error.branch is None:
        return
    branch = error.branch.value
    yield from ("", f"Check in this order, the likeliest first ({branch.step}):")
    for number, check in enumerate(branch.starting_with(error.leaf), start=1):
        yield f"  {number}. {check.question}"
        yield f"     If not: {check.remedy}"
    yield from (f"  {branch.afterwards}", f"  Live: cigen-runtime doctor --branch {branch.name}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cigen-runtime",
        description="The commands that the jobs of a rendered pipelines repo execute.",
        epilog="Each command says what it reads and writes: cigen-runtime COMMAND --help",
    )
    parser.add_argument("--version", action="version", version=f"cigen-runtime {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", title="commands")
    parser.set_defaults(command=None)
    for command in COMMANDS:
        subparser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=_description(command),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=f"example:\n  {command.example}",
        )
        subparser.set_defaults(command=command)
        for argument in command.arguments:
            subparser.add_argument(argument.name, metavar=argument.shown, help=argument.meaning)
        for option in command.options:
            subparser.add_argument(
                option.flag, choices=option.choices or None, required=option.required, help=option.meaning
            )
        if command.changes:
            subparser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    return parser


def _description(command: Command) -> str:
    lines = [command.summary, "", *_wrapped(command.description), "", "variables:"]
    for variable in command.variables:
        lines.append(f"  {variable.name} ({_need(command, variable)}{', secret' if variable.secret else ''})")
        lines += _wrapped(variable.meaning, "      ")
    for title, files in (("reads:", command.reads), ("writes:", command.writes)):
        if files:
            lines += ["", title]
            for file in files:
                lines += [f"  {file.path}", *_wrapped(file.meaning, "      ")]
    return "\n".join(lines)


def _need(command: Command, variable: Variable) -> str:
    if command.needs(variable):
        need = "required"
    else:
        need = "if there is one" if variable.required else f"default {variable.default!r}"
    condition = command.condition_of(variable)
    return f"{need} {condition}" if condition else need


def _wrapped(text: str, indent: str = "") -> list[str]:
    import textwrap  # only for help screens

    return textwrap.wrap(text, 100, initial_indent=indent, subsequent_indent=indent)
