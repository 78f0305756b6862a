"""The surroundings of a running command: its variables, its folder, its log. Nothing else reads the environment."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from cigen_runtime.clock import Clock
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.identity import ENVIRONMENT, ENVIRONMENT_NAME, REGION
from cigen_runtime.contract.model import Command, File, Variable
from cigen_runtime.diagnosis import check_of
from cigen_runtime.diagnosis.checks import REGION as REGION_CHECK
from cigen_runtime.errors import ConfigurationError, TryAgainError
from cigen_runtime.json_file import write_json
from cigen_runtime.log import Log
from cigen_runtime.redact import Redactor
from cigen_runtime.result import Change, Result
from cigen_runtime.whole_file import write_whole

_SECRETS = sorted(
    {variable.name for command in COMMANDS for variable in command.variables if variable.secret} | {"CI_JOB_TOKEN"}
)
"""What no job writes down, also one that reads none of them: GitLab gives each job all variables of its project."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one command; commands take all they know of the outside from here."""

    command: Command
    folder: Path
    log: Log
    redactor: Redactor
    environment: Mapping[str, str]
    dry_run: bool
    clock: Clock
    options: Mapping[str, str] = field(default_factory=dict)
    """What the call chose, by the name of the command's option or argument; empty where it chose nothing."""
    result: Result = field(default_factory=Result)
    """What the command reports for its result file."""

    def value(self, variable: Variable) -> str:
        """The variable's value, or its default."""
        if variable not in self.command.variables:
            raise LookupError(f"{self.command.name} reads {variable.name} without declaring it in the contract")
        return self.environment.get(variable.name) or variable.default or ""

    def reads(self, variable: Variable) -> bool:
        """Whether the command reads the variable as things are set."""
        return variable in self.command.variables_under(self.environment)

    def lacks(self, *variables: Variable) -> list[str]:
        """What keeps these variables from being used, a line for each that is missing or wrong."""
        return [problem for variable in variables if (problem := _problem(variable, self.environment))]

    @property
    def place(self) -> str:
        """What the job works for: `<environment>/<region>`."""
        return f"{self.value(ENVIRONMENT)}/{self.value(REGION)}"

    def path(self, file: File, region: str = "") -> str:
        """The file's path for this job's environment and region, relative to the project's folder.

        A job that works for all regions of an environment says which of them it means.
        """
        if "{" not in file.path:
            return file.path
        if not region and "{region}" in file.path:
            region = self.value(REGION)
        return file.at(self.value(ENVIRONMENT), region)

    def plan(self, what: str, name: str, to: str) -> None:
        """Report a change that is to be made; a dry run ends with these."""
        self.result.planned.append(Change(what, name, to))

    def changed(self, what: str, name: str, to: str) -> None:
        """Report a change that took effect: the system said so, or shows it."""
        self.result.changed.append(Change(what, name, to))

    def already(self, what: str, name: str, to: str) -> None:
        """Report what was found as it should be."""
        self.result.already.append(Change(what, name, to))

    def write_secret(self, file: File, text: str) -> None:
        """Write a file with credentials, whole or not at all, that its owner alone may read."""
        with self._writing(self.path(file)):
            write_whole(self.folder / self.path(file), text, for_owner_alone=True)
        self.log.line(f"wrote {self.path(file)}, for its owner alone")

    def write(self, file: File, content: Mapping[str, object], region: str = "") -> None:
        """Write a JSON file whole or not at all: the job after this one may start from what is there."""
        with self._writing(self.path(file, region)):
            write_json(self.folder / self.path(file, region), content, self.redactor)
        self.log.line(f"wrote {self.path(file, region)}")

    @contextmanager
    def _writing(self, path: str) -> Iterator[None]:
        """Say what is wrong with the runner where a file cannot be written."""
        try:
            yield
        except OSError as error:
            raise TryAgainError(
                f"{path} could not be written",
                answer=f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}",
                remedy=(
                    "Look at the disk of the runner and at who owns the folder, then run the job again: what is done "
                    "is not done twice."
                ),
            ) from error


def open_job(
    command: Command,
    environment: Mapping[str, str],
    folder: Path,
    stream: TextIO,
    *,
    dry_run: bool = False,
    redactor: Redactor | None = None,
    clock: Clock | None = None,
    options: Mapping[str, str] | None = None,
    result: Result | None = None,
) -> Job:
    """The job for a command, once its variables are complete and its identity is certain.

    Raises ConfigurationError naming every variable that is missing or wrong, not just the first.
    """
    redactor = redactor or Redactor()
    clock = clock or Clock()
    for name in _SECRETS:
        redactor.add(environment.get(name, ""))
    log = Log(stream, redactor, clock.now, folding=environment.get("GITLAB_CI") == "true")
    if not command.starts_incomplete:
        _require_variables(command, environment)
        if ENVIRONMENT_NAME in command.variables:
            refuse_a_foreign_identity(environment, in_one_region=REGION in command.variables)
    return Job(command, folder, log, redactor, environment, dry_run, clock, options or {}, result or Result())


def _require_variables(command: Command, environment: Mapping[str, str]) -> None:
    wrong = [variable for variable in command.variables_under(environment) if _problem(variable, environment)]
    if wrong:
        raise ConfigurationError(
            f"{command.name} cannot start: {len(wrong)} variable{'s' * (len(wrong) > 1)} missing or wrong",
            answer="\n".join(_problem(variable, environment) or "" for variable in wrong),
            remedy="Set each where its line says.",
            leaf=next((check for variable in wrong if (check := check_of(variable))), None),
        )


def _problem(variable: Variable, environment: Mapping[str, str]) -> str | None:
    value = environment.get(variable.name, "")
    if not value:
        return (
            f"{variable.name} is not set ({variable.origin.value}): {variable.meaning}" if variable.required else None
        )
    if variable.pattern and not re.fullmatch(variable.pattern, value):
        shown = "" if variable.secret else f" {value!r}"
        return f"{variable.name}{shown} does not match {variable.pattern} ({variable.origin.value}): {variable.meaning}"
    return None


def refuse_a_foreign_identity(environment: Mapping[str, str], *, in_one_region: bool) -> None:
    """A job whose variables name another place than its GitLab environment would deploy to the wrong one.

    Raises ConfigurationError.
    """
    place, actual = environment[ENVIRONMENT.name], environment[ENVIRONMENT_NAME.name]
    if in_one_region:
        place += f"/{environment[REGION.name]}"
        agrees = actual == place
    else:
        agrees = actual.partition("/")[0] == place
    if not agrees:
        raise ConfigurationError(
            f"{ENVIRONMENT_NAME.name} is {actual!r} but the job's variables say {place!r}",
            remedy=(
                f"Find who overrides {ENVIRONMENT.name} or {REGION.name}: a variable of the project, the group or the "
                "pipeline beats the job's own. Remove it there."
            ),
            leaf=REGION_CHECK,
        )
