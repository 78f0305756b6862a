"""The command line: which commands there are, and how errors end.

The commands import what they need when they run, so that `--help` answers at once.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

os.environ.setdefault("TYPER_USE_RICH", "0")  # importing rich would take as long as all the rest

import typer

from cigen import __version__
from cigen.commands import diff, explain, graph, init, lint, region, render, rules, schema, simulate
from cigen.errors import CigenError, ExitCode

app = typer.Typer(name="cigen", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command()(init.init)
app.command()(render.render)
app.command()(diff.diff)
app.add_typer(region.region)
app.command()(lint.lint)
app.command()(explain.explain)
app.command()(rules.rules)
app.command()(simulate.simulate)
app.command()(graph.graph)
app.command()(schema.schema)


def entry_point() -> NoReturn:
    """Run as the console script: what lives for a second need not look for cycles, least of all at its end."""
    gc.set_threshold(100_000, 50, 100)
    code = main()
    gc.freeze()
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    is_verbose = "--verbose" in arguments or bool(os.environ.get("CIGEN_DEBUG"))
    told = [argument for argument in arguments if argument != "--verbose"]
    if told[:1] == ["--version"]:
        typer.echo(f"cigen {__version__}")
        return ExitCode.CLEAN
    try:
        return int(
            app([] if told[:1] == ["--help"] else told, prog_name="cigen", standalone_mode=False) or ExitCode.CLEAN
        )
    except CigenError as error:
        typer.echo(str(error), err=True)
        return error.exit_code
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)  # usage errors know which command they are about
        typer.echo(
            f"error: {error.format_message()}\nhint: {context.command_path if context else 'cigen'} --help", err=True
        )
        return ExitCode.USAGE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # noqa: BLE001 - the one place that may
        return _unexpected(error, is_verbose=is_verbose)


@app.callback(invoke_without_command=True, add_help_option=False)
def _cigen(context: typer.Context) -> None:
    """Render a company's GitLab CI pipelines repo from one config file, and check pipelines.

    Examples:

    \b
      cigen init              write a first cigen.yaml, from a handful of answers
      cigen render            write the repo that cigen.yaml describes
      cigen render --check    is everything up to date?
      cigen lint              is it right? the repo's files, or a service's .gitlab-ci.yml
      cigen explain RULE      what a finding means; cigen rules lists all rules
      cigen diff              what does a change mean for the pipelines and those who include them?
      cigen graph             a drawing of the pipelines
      cigen simulate          which jobs run for a push, a merge request, a tag…
      cigen region add ap --aws-region ap-southeast-2    one region more, in cigen.yaml
      cigen schema            the JSON Schema of cigen.yaml, for editors
      cigen render --help     what a command does; --version: which version this is

    With --verbose, or CIGEN_DEBUG=1, an unexpected error shows where it came from.
    """
    # No options here, --help neither: typer imports pydantic to read one, before it looks at a subcommand's --help.
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _unexpected(error: Exception, *, is_verbose: bool) -> int:
    if is_verbose:
        import traceback

        typer.echo(traceback.format_exc(), err=True, nl=False)
    typer.echo(f"error: unexpected {type(error).__name__}: {error}", err=True)
    typer.echo("hint: please report this, with what --verbose adds", err=True)
    return ExitCode.FAILED


def _reader_left() -> int:
    """Whoever read our output has gone, as `| head` does: nobody is there to tell more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILED
