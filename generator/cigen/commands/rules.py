"""`cigen rules`: the rules of the linter."""

import typer

from cigen.errors import ExitCode


def rules() -> int:
    """List the rules of the linter.

    Example:

    \b
      cigen rules
    """
    from cigen.lint.registry import RULES
    from cigen.lint.rule import summary

    width = max(len(rule.name) for rule in RULES)
    for rule in RULES:
        typer.echo(f"{rule.code}  {rule.name:<{width}}  {rule.severity!s:<7}  {summary(rule)}")
    return ExitCode.CLEAN
