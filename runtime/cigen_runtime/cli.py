"""`cigen-runtime`: one subcommand per command of the contract; the only place that ends the process."""

import argparse
import contextlib
import gc
import importlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TextIO, cast

from cigen_runtime import __version__
from cigen_runtime.clock import Clock
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import RESULT, Command, ExitCode, Variable
from cigen_runtime.errors import JobError
from cigen_runtime.job import Job, open_job
from cigen_runtime.json_file import json_text, write_json
from cigen_runtime.redact import RedactedStream, Redactor
from cigen_runtime.result import Ending, Result, result_document


def entry_point() -> NoReturn:
    """Run as the console script, on the process's own environment.

    A cancelled GitLab job gets SIGTERM, and a command by hand SIGHUP when its terminal is gone: both end as Ctrl-C
    does, so that what was done by then is recorded. What is to outlive its terminal (`nohup`) does. Whatever a library
    prints by itself passes the redactor too. A character that the log cannot take is written as its number.
    """
    gc.set_threshold(100_000, 50, 100)  # a short life, most of it imports: looking for cycles takes a sixth of it
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)
    redactor = Redactor()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    streams = [RedactedStream(stream, redactor) for stream in (sys.stdout, sys.stderr)]
    log, aside = (cast("TextIO", stream) for stream in streams)
    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(aside):
        try:
            code = main(sys.argv[1:], os.environ, Path.cwd(), log, aside=aside, redactor=redactor)
        finally:
            for stream in streams:
                stream.drain()
    _let_go_of(sys.stdout)
    gc.freeze()  # at its end Python looks for cycles once more, for nothing: a tenth of a second
    sys.exit(code)


def _let_go_of(stream: TextIO) -> None:
    """Python writes out what is left at its end, and would complain there about a reader who has left."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _interrupt(*_: object) -> NoReturn:
    for each in (signal.SIGTERM, signal.SIGHUP):  # a second one would disturb the recording
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(
    argv: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    stream: TextIO,
    *,
    aside: TextIO | None = None,
    clock: Clock | None = None,
    redactor: Redactor | None = None,
) -> int:
    """Run one command in a folder, write its result file, and return its exit code; see `ExitCode`.

    The log goes to `stream`; where `--json -` gives that to the result, it goes to `aside`. Whoever hands in a redactor
    keeps the secrets that the command learns out of other streams too.
    """
    parser = _parser(argv)
    try:
        arguments, others = parser.parse_known_args(argv)
        if others:  # the parser of the command knows what there is, and that of all would not say it
            (arguments.parser if arguments.command else parser).error(f"unrecognized arguments: {' '.join(others)}")
    except SystemExit as stop:  # argparse has printed its help or its complaint
        return int(stop.code or 0)
    if arguments.command is None:
        stream.write(parser.format_help())
        return ExitCode.DONE
    place: str | None = arguments.json
    run = _Run(
        arguments.command,
        environment,
        folder,
        aside or sys.stderr if place == "-" else stream,
        clock or Clock(),
        getattr(arguments, "dry_run", False),
        {name: getattr(arguments, name) or "" for name in arguments.command.choices},
        redactor or Redactor(),
    )
    ending = run.to_its_end()
    if place == "-":
        stream.write(json_text(run.document(ending), run.redactor))
    else:
        run.write(ending, place)
    return ending.exit_code


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a command: whatever happens in it comes to an ending, and the ending is written down."""

    command: Command
    environment: Mapping[str, str]
    folder: Path
    log: TextIO
    clock: Clock
    dry_run: bool
    options: Mapping[str, str]
    redactor: Redactor = field(default_factory=Redactor)
    result: Result = field(default_factory=Result)

    def to_its_end(self) -> Ending:
        """Run it, and tell the log of any failure."""
        started = self.clock.now()

        def ending(exit_code: ExitCode, error: JobError | None = None) -> Ending:
            return Ending(exit_code, started, self.clock.now(), self.dry_run, error)

        try:
            exit_code = self._run()
        except JobError as error:
            self.log.write(self.redactor.clean(_report(error)))
            return ending(error.exit_code, error)
        except KeyboardInterrupt:
            self.log.write("\ninterrupted; running the job again is safe\n")
            return ending(ExitCode.INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - the last line of defence: no secret may leave in a traceback
            self.log.write(self.redactor.clean("".join(traceback.format_exception(error))))
            self.log.write("\nerror: this is a fault in cigen-runtime itself; please report the lines above\n")
            fault = JobError(
                "met a fault in cigen-runtime itself",
                answer="".join(traceback.format_exception_only(error)).strip(),
                remedy="Please report what the job's log says.",
            )
            return ending(ExitCode.FAULT, fault)
        return ending(exit_code)

    def document(self, ending: Ending) -> dict[str, object]:
        """The content of its result file."""
        return result_document(self.command, self.environment, self.result, ending)

    def write(self, ending: Ending, place: str | None) -> None:
        """Write the result file; that it cannot be written never hides how the run ended."""
        name = self.environment.get("CI_JOB_NAME_SLUG") or self.command.name
        path = self.folder / (place or RESULT.at(job=name))
        try:
            write_json(path, self.document(ending), self.redactor)
        except OSError as error:
            self.log.write(f"note: the result file was not written: {error}\n")

    def _run(self) -> ExitCode:
        job = open_job(
            self.command,
            self.environment,
            self.folder,
            self.log,
            dry_run=self.dry_run,
            redactor=self.redactor,
            clock=self.clock,
            options=self.options,
            result=self.result,
        )
        return _run_of(self.command)(job) or ExitCode.DONE


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


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command that the arguments begin with, or else of all: one starts sooner than two dozen."""
    commands = [command for command in COMMANDS if command.name in argv[:1]] or COMMANDS
    parser = argparse.ArgumentParser(
        prog="cigen-runtime",
        formatter_class=_HelpFormatter,
        description="The commands that the jobs of a rendered pipelines repo execute.",
        epilog=(
            f"For people, beside the jobs: {', '.join(command.name for command in COMMANDS if command.by_hand)}. "
            "Each command says what it reads and writes: cigen-runtime COMMAND --help"
        ),
    )
    parser.add_argument("--version", action="version", version=f"cigen-runtime {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", title="commands")
    parser.set_defaults(command=None)
    for command in commands:
        subparser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=_description(command),
            formatter_class=_ReadyHelpFormatter,
            epilog=f"example:\n  {command.example}",
        )
        subparser.set_defaults(command=command, parser=subparser)
        for argument in command.arguments:
            subparser.add_argument(argument.name, metavar=argument.shown, help=argument.meaning)
        for option in command.options:
            subparser.add_argument(
                option.flag, choices=option.choices or None, required=option.required, help=option.meaning
            )
        if command.changes:
            subparser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        subparser.add_argument(
            "--json",
            metavar="FILE",
            help=f"where to write what was planned and changed; - is the standard output (default: {RESULT.path})",
        )
    return parser


class _HelpFormatter(argparse.HelpFormatter):
    """Help screens with room for long names, none of which is broken at its hyphens."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(text, width=width)


class _ReadyHelpFormatter(_HelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The same with a description that has its lines already."""


def _description(command: Command) -> str:
    lines = [command.summary, "", *_wrapped(command.description), "", "variables:"]
    for variable in command.variables:
        lines.append(f"  {variable.name} ({_need(command, variable)}{', secret' if variable.secret else ''})")
        lines += _wrapped(variable.meaning, "      ")
    for title, files in (
        ("reads:", [file for file in command.reads if file not in command.may_lack]),
        ("reads, where it is there:", command.may_lack),
        ("writes:", (*command.writes, RESULT)),
        ("hands over, where that is asked for:", command.hands_over),
    ):
        if files:
            lines += ["", title]
            for file in files:
                lines += [f"  {file.path}", *_wrapped(file.meaning, "      ")]
    return "\n".join(lines)


def _need(command: Command, variable: Variable) -> str:
    if command.needs(variable):
        need = "required"
    else:
        need = f"default {variable.default!r}" if variable.default else "optional"
    condition = command.condition_of(variable)
    return f"{need} {condition}" if condition else need


def _wrapped(text: str, indent: str = "", width: int = 100) -> list[str]:
    import textwrap  # only for help screens

    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
