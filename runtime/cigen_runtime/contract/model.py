"""What the contract is made of: variables, files, systems, commands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """The exit codes of `cigen-runtime`; they are API: rendered jobs decide by them what is tried again."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    AUTHENTICATION = 10
    PERMISSION = 11
    NOT_FOUND = 12
    CONFLICT = 13
    VERIFICATION = 14
    PARTLY_DONE = 20
    TRY_AGAIN = 75
    OUTCOME_UNKNOWN = 76
    INTERRUPTED = 130


RETRIED = (ExitCode.TRY_AGAIN, ExitCode.OUTCOME_UNKNOWN)
"""The exit codes after which GitLab runs the job again by itself."""


class Origin(StrEnum):
    """Who gives a variable its value."""

    COMPANY = "cigen.yaml, one value for all jobs"
    REGION = "cigen.yaml, one value per environment and region"
    ENVIRONMENT = "cigen.yaml, one value per environment"
    SETTINGS = "CI/CD settings of the GitLab project or group"
    PERSON = "whoever starts the pipeline"
    JOB = "the job that extends the template"
    ID_TOKEN = "id_tokens of the job"  # noqa: S105 - where a token comes from, not one
    GITLAB = "predefined by GitLab"


@dataclass(frozen=True, slots=True)
class Variable:
    """One CI/CD variable: its name, what it means, and who sets it."""

    name: str
    meaning: str
    origin: Origin
    secret: bool = False
    default: str | None = None
    """The value when nobody sets it; None means that a job which reads it cannot run without it."""
    pattern: str | None = None
    """A regular expression that the whole value must match."""
    login: str | None = None
    """The one way to log in to Vault that reads it, and then needs it; None where it is read under all."""

    @property
    def required(self) -> bool:
        """Whether a job that reads it fails without it."""
        return self.default is None


@dataclass(frozen=True, slots=True)
class Condition:
    """Variables that a command reads under one value of another of its variables, and else does without."""

    variable: Variable
    value: str
    only: tuple[Variable, ...]

    def __str__(self) -> str:
        return f"where {self.variable.name} is {self.value}"


@dataclass(frozen=True, slots=True)
class File:
    """One file that flows between jobs; `{environment}`, `{region}` and `{job}` stand for the job's own."""

    path: str
    meaning: str
    schema: str | None = None
    """The name of its JSON Schema in `cigen_runtime.file_schemas`, where it has one."""
    is_secret: bool = False
    """Whether it holds credentials: its owner alone may read it, and nobody may download it."""

    has_parts: bool = False
    """Whether several copies of a job may write a part of it each."""

    def at(self, environment: str = "", region: str = "", job: str = "") -> str:
        """The path for one environment, region and job, relative to the project's folder."""
        return self.path.format(environment=environment, region=region, job=job)

    def part(self, number: str) -> "File":
        """What one of several copies of a job writes in place of the whole file; deployments put it together again."""
        stem, dot, suffix = self.path.rpartition(".")
        return replace(self, path=f"{stem}-{number}{dot}{suffix}")


RESULT = File(
    "cigen-out/results/{job}.json",
    "What one job planned, changed and found done already, and how it ended; `--json FILE` puts it elsewhere.",
    schema="result",
)
"""Every command writes it, however it ends; `{job}` is GitLab's slug of the job's name, elsewhere the command's."""


class System(StrEnum):
    """A remote system that a command talks to."""

    GIT = "the service's Git repository"
    VAULT = "Vault"
    STS = "AWS STS"
    ARTIFACTORY = "Artifactory"
    ECR = "Amazon ECR"
    LAMBDA = "AWS Lambda"
    JIRA = "Jira"
    DASHBOARD = "the version dashboard"
    S3 = "Amazon S3"


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a call of a command, such as `--to closed`."""

    name: str
    meaning: str
    choices: tuple[str, ...] = ()
    """What it may be; empty: any text."""
    required: bool = True
    """Whether each call must make it."""

    @property
    def flag(self) -> str:
        """How a call names it."""
        return f"--{self.name}"


@dataclass(frozen=True, slots=True)
class Argument:
    """What a call of a command names without a flag, such as the project of `trace orders-api`; always needed."""

    name: str
    meaning: str

    @property
    def shown(self) -> str:
        """Its place in a usage line."""
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class Command:
    """One runtime command: the job template of the same name calls it."""

    name: str
    summary: str
    """One sentence for help screens and the job reference."""
    description: str
    variables: tuple[Variable, ...]
    reads: tuple[File, ...]
    writes: tuple[File, ...]
    """The files a later job or a person needs; each becomes an artifact, as does its result file."""
    systems: tuple[System, ...]
    example: str
    by_hand: bool = False
    """Whether a person runs it, so that no job template calls it."""
    changes: bool = True
    """Whether it changes anything outside its own files; such a command has `--dry-run`."""
    options: tuple[Option, ...] = ()
    arguments: tuple[Argument, ...] = ()
    starts_incomplete: bool = False
    """Whether it starts with variables missing, and says what it could not look at for want of them."""
    conditions: tuple[Condition, ...] = ()
    """Which of its variables it reads only sometimes; the rest it always reads."""
    may_lack: tuple[File, ...] = ()
    """The files that it does without, and fails without the rest; where jobs of any region left them, it reads all."""
    hands_over: tuple[File, ...] = ()
    """The files with credentials in them that it writes as well, where cigen.yaml has credentials handed over."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The names of its arguments and options: what a call may choose."""
        return (*(argument.name for argument in self.arguments), *(option.name for option in self.options))

    def needs(self, variable: Variable) -> bool:
        """Whether it cannot start without a value for the variable."""
        return variable.required and not self.starts_incomplete

    def variables_under(self, values: Mapping[str, str]) -> Iterator[Variable]:
        """Those of its variables that it reads when the ones that decide have these values."""
        for variable in self.variables:
            condition = self.condition_of(variable)
            if condition is None or (values.get(condition.variable.name) or condition.variable.default) == (
                condition.value
            ):
                yield variable

    def condition_of(self, variable: Variable) -> Condition | None:
        """What decides whether it reads the variable; None where it always does."""
        return next((condition for condition in self.conditions if variable in condition.only), None)

    def variables_of(self, *origins: Origin) -> Iterator[Variable]:
        """Those of its variables that come from one of these origins, in order."""
        return (variable for variable in self.variables if variable.origin in origins)
