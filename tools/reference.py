"""Prints docs/reference/ from the contract, the diagnosis and the config model: nobody writes these facts twice.

`make docs` writes the pages, `make check` wants them up to date: `python tools/reference.py [--check]`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cigen.config.json_schema import json_schema
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import RESULT, RETRIED, Command, ExitCode, Origin, Variable
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import JobError

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
NOTE = "<!-- Printed by `make docs`. Do not edit: change the contract, the diagnosis or the config model. -->"


def main() -> int:
    """Write what differs, or with --check name it and return 1."""
    stale = [(FOLDER / name, text) for name, text in pages().items() if _text(FOLDER / name) != text]
    for path, text in stale:
        sys.stdout.write(f"{path.relative_to(FOLDER.parents[1])}: out of date\n")
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def pages() -> dict[str, str]:
    """Every reference page by its path below the reference folder."""
    return {
        "cigen.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        "commands.md": "\n".join(_commands()) + "\n",
        "failures.md": "\n".join(_failures()) + "\n",
        "files.md": "\n".join(_files()) + "\n",
        "variables.md": "\n".join(_checklist()) + "\n",
    }


def _commands() -> Iterator[str]:
    yield from (NOTE, "", "# The runtime commands", "")
    yield "Each job template calls the command of its own name; some commands are for people."
    yield "All are safe to run again. Those that change something take `--dry-run`."
    yield f"However a command ends, it writes `{RESULT.path}`; `--json FILE` puts it elsewhere, and with `--json -`"
    yield "it goes to the standard output and the log to the standard error."
    for command in COMMANDS:
        yield from _command(command)


def _command(command: Command) -> Iterator[str]:
    yield from ("", f"## `{command.name}`", "", command.summary, "", command.description, "")
    yield f"Talks to: {', '.join(system.value for system in command.systems)}."
    for verb, files in (("Reads", command.reads), ("Writes", command.writes)):
        if files:
            yield f"{verb}: {', '.join(f'`{file.path}`' for file in files)}."
    for option in command.options:
        yield f"Takes `--{option.name}`, {option.meaning}: {', '.join(f'`{choice}`' for choice in option.choices)}."
    yield from ("", "```console", f"$ {command.example}", "```", "")
    yield from ("| variable | set by | default | meaning |", "|---|---|---|---|")
    for variable in command.variables:
        yield f"| `{variable.name}` | {variable.origin.value} | {_default(variable)} | {variable.meaning} |"


def _failures() -> Iterator[str]:
    yield from (NOTE, "", "# When a job fails", "")
    yield "The end of the job's log says what was done, what came back and what to do; below it stand these checks."
    yield "Every command may be run again: it looks at what is there before it changes anything."
    yield from ("", "## Exit codes", "", "| code | meaning | GitLab tries again |", "|---|---|---|")
    meanings = {kind.exit_code: (kind.__doc__ or "").splitlines()[0] for kind in _kinds(JobError)}
    meanings |= {ExitCode.DONE: "Done, or nothing to do.", ExitCode.INTERRUPTED: "Somebody stopped it."}
    meanings[ExitCode.FAULT] = "A fault we have no name for: please report it."
    for code in ExitCode:
        yield f"| {int(code)} | {meanings[code]} | {'yes' if code in RETRIED else 'no'} |"
    for branch in Branch:
        yield from ("", f"## {branch.value.step[0].upper()}{branch.value.step[1:]}", "")
        yield from (f"{number}. {check}" for number, check in enumerate(branch.value.in_order, start=1))


def _kinds(kind: type[JobError]) -> Iterator[type[JobError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _kinds(child)


def _files() -> Iterator[str]:
    yield from (NOTE, "", "# The files that flow between jobs", "")
    yield from ("| file | written by | read by | meaning |", "|---|---|---|---|")
    files = dict.fromkeys(file for command in COMMANDS for file in (*command.reads, *command.writes))
    for file in files:
        writers = ", ".join(f"`{command.name}`" for command in COMMANDS if file in command.writes) or "people"
        readers = ", ".join(f"`{command.name}`" for command in COMMANDS if file in command.reads) or "people"
        yield f"| `{file.path}` | {writers} | {readers} | {file.meaning} |"
    yield f"| `{RESULT.path}` | every command | people | {RESULT.meaning} |"


def _checklist() -> Iterator[str]:
    yield from (NOTE, "", "# Variables to define in GitLab", "")
    yield "Define these in the CI/CD settings of the group or project; the rest is rendered from `cigen.yaml`."
    yield "A secret is masked and protected there, and bound to the environments that need it."
    yield from ("", "| variable | secret | needed | meaning | read by |", "|---|---|---|---|---|")
    variables = dict.fromkeys(v for command in COMMANDS for v in command.variables_of(Origin.SETTINGS))
    for variable in variables:
        readers = ", ".join(f"`{command.name}`" for command in COMMANDS if variable in command.variables)
        needed = "always" if variable.required else f"by {variable.login}" if variable.login else "see meaning"
        secret = "yes" if variable.secret else "no"
        yield f"| `{variable.name}` | {secret} | {needed} | {variable.meaning} | {readers} |"


def _default(variable: Variable) -> str:
    if variable.default is None:
        return "required"
    return f"`{variable.default}`" if variable.default else "empty"


if __name__ == "__main__":
    sys.exit(main())
