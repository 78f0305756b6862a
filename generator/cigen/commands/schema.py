"""`cigen schema`: the JSON Schema of cigen.yaml."""

import json

import typer

from cigen.errors import ExitCode


def schema() -> int:
    """Print the JSON Schema of cigen.yaml, for editors.

    Example:

    \b
      cigen schema > cigen.schema.json
      # first line of cigen.yaml:
      # yaml-language-server: $schema=cigen.schema.json
    """
    from cigen.config.json_schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return ExitCode.CLEAN
