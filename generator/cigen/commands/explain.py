"""`cigen explain`: what a rule finds, why that is bad, and what to do."""

from typing import Annotated

import typer

from cigen.errors import ExitCode, UsageError


def explain(rule: Annotated[str, typer.Argument(help="The code or the name of a rule.", metavar="RULE")]) -> int:
    """Explain a rule of the linter, with an example.

    Examples:

    \b
      cigen explain needs-undefined
      cigen explain CG402
    """
    from cigen.lint.registry import RULES, rule_called
    from cigen.lint.rule import explanation, files_of
    from cigen.nearest import name_hint

    known = rule_called(rule)
    if known is None:
        raise UsageError(f"there is no rule '{rule}'", hint=name_hint(rule, [each.name for each in RULES]))
    typer.echo(f"{known.code} {known.name} ({known.severity})\n\n{explanation(known)}")
    for title, example in (("Bad", known.bad), ("Good", known.good)):
        for path, text in files_of(example).items():
            typer.echo(f"\n{title}, {path}:\n")
            typer.echo("".join(f"    {line}\n" if line else "\n" for line in text.splitlines()), nl=False)
    return ExitCode.CLEAN
