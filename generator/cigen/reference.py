"""The reference pages under docs/, printed from the contract and the schemas: nobody writes these facts twice."""

import json
from collections.abc import Iterator

from cigen_runtime.contract import COMMANDS, Command, Origin, Variable

from cigen.config.json_schema import json_schema

NOTE = "<!-- Printed by `cigen reference` from the contract. Do not edit: change the contract. -->"


def pages() -> dict[str, str]:
    """Every reference page by its path below the reference folder."""
    return {
        "cigen.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        "commands.md": "\n".join(_commands()) + "\n",
        "files.md": "\n".join(_files()) + "\n",
        "variables.md": "\n".join(_checklist()) + "\n",
    }


def _commands() -> Iterator[str]:
    yield from (NOTE, "", "# The runtime commands", "")
    yield "Each job template calls the command of its own name. All are safe to run again."
    for command in COMMANDS:
        yield from _command(command)


def _command(command: Command) -> Iterator[str]:
    yield from ("", f"## `{command.name}`", "", command.summary, "", command.description, "")
    yield f"Talks to: {', '.join(system.value for system in command.systems)}."
    for verb, files in (("Reads", command.reads), ("Writes", command.writes)):
        if files:
            yield f"{verb}: {', '.join(f'`{file.path}`' for file in files)}."
    yield from ("", "```console", f"$ {command.example}", "```", "")
    yield from ("| variable | set by | default | meaning |", "|---|---|---|---|")
    for variable in command.variables:
        yield f"| `{variable.name}` | {variable.origin.value} | {_default(variable)} | {variable.meaning} |"


def _files() -> Iterator[str]:
    yield from (NOTE, "", "# The files that flow between jobs", "")
    yield from ("| file | written by | read by | meaning |", "|---|---|---|---|")
    files = dict.fromkeys(file for command in COMMANDS for file in (*command.reads, *command.writes))
    for file in files:
        writers = ", ".join(f"`{command.name}`" for command in COMMANDS if file in command.writes) or "people"
        readers = ", ".join(f"`{command.name}`" for command in COMMANDS if file in command.reads) or "people"
        yield f"| `{file.path}` | {writers} | {readers} | {file.meaning} |"


def _checklist() -> Iterator[str]:
    yield from (NOTE, "", "# Variables to define in GitLab", "")
    yield "Define these in the CI/CD settings of the group or project; the rest is rendered from `cigen.yaml`."
    yield "A secret is masked and protected there, and bound to the environments that need it."
    yield from ("", "| variable | secret | needed | meaning | read by |", "|---|---|---|---|---|")
    variables = dict.fromkeys(v for command in COMMANDS for v in command.variables_of(Origin.SETTINGS))
    for variable in variables:
        readers = ", ".join(f"`{command.name}`" for command in COMMANDS if variable in command.variables)
        needed = "always" if variable.required else f"by {variable.login}" if variable.login else "see meaning"
        yield f"| `{variable.name}` | {'yes' if variable.secret else 'no'} | {needed} | {variable.meaning} | {readers} |"


def _default(variable: Variable) -> str:
    if variable.default is None:
        return "required"
    return f"`{variable.default}`" if variable.default else "empty"
