"""What a command planned, changed and found done already, and how it ended: kept while it runs, written at its end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from cigen_runtime import __version__
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.contract.model import Command, ExitCode
from cigen_runtime.errors import JobError


class Outcome(StrEnum):
    """How a command ended."""

    DONE = "done"
    PLANNED = "planned"
    """A dry run that came to its end."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in a remote system and what it becomes: `function` `orders-api`, to run an image."""

    what: str
    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Result:
    """The changes of one run, as the command reports them; several threads may add at once."""

    planned: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    """What took effect: confirmed by the system's answer, or by reading it back."""
    already: list[Change] = field(default_factory=list)
    """What was found as it should be."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, and when."""

    exit_code: ExitCode
    started: float
    finished: float
    dry_run: bool
    error: JobError | None = None

    @property
    def outcome(self) -> Outcome:
        """The exit code in a word."""
        match self.exit_code:
            case ExitCode.DONE:
                return Outcome.PLANNED if self.dry_run else Outcome.DONE
            case ExitCode.INTERRUPTED:
                return Outcome.INTERRUPTED
            case _:
                return Outcome.FAILED


def result_document(
    command: Command, environment: Mapping[str, str], result: Result, ending: Ending
) -> dict[str, object]:
    """The content of a result file; what the job has no value for is null."""

    def fact(name: str) -> str | None:
        return environment.get(name) or None

    return {
        "schema": 1,
        "command": command.name,
        "runtime": __version__,
        "environment": fact(ENVIRONMENT.name) if ENVIRONMENT in command.variables else None,
        "region": fact(REGION.name) if REGION in command.variables else None,
        "job": fact("CI_JOB_ID"),
        "job_name": fact("CI_JOB_NAME"),
        "pipeline": fact("CI_PIPELINE_ID"),
        "dry_run": ending.dry_run,
        "outcome": ending.outcome.value,
        "exit_code": int(ending.exit_code),
        "started": _time(ending.started),
        "finished": _time(ending.finished),
        "planned": [asdict(change) for change in result.planned],
        "changed": [asdict(change) for change in result.changed],
        "already": [asdict(change) for change in result.already],
        "error": _error(ending.error) if ending.error else None,
    }


def _error(error: JobError) -> dict[str, object]:
    return {
        "kind": error.kind,
        "attempted": error.attempted,
        "answer": error.answer,
        "remedy": error.remedy,
        "branch": error.branch.name.lower() if error.branch else None,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
