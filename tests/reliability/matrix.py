"""The reliability matrix as data: which commands, which of their requests, which faults, and what must come of it.

`test_matrix.py` plays every cell on the lab; `tools/reliability.py` prints the tables. Nothing here needs the lab.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from cigen_runtime.contract.model import Command, ExitCode, System


class Column(StrEnum):
    """What happens to a run."""

    OK = "ok"
    SECONDS = "429, Retry-After in seconds"
    DATE = "429, Retry-After as a date"
    ERROR = "500"
    BUSY = "503"
    TIMEOUT = "timeout"
    LATE = "timeout, carried out"
    BEFORE = "drop before read"
    AFTER = "drop after commit"
    EXPIRED = "expired token"
    TRUNCATED = "truncated body"
    HTML = "HTML instead of JSON"
    DOWN = "503 that lasts"
    GONE = "drops that last"
    KILLED = "killed after"
    TWICE = "run twice"
    BOTH = "two at once"


MEANINGS: Mapping[Column, str] = {
    Column.OK: "nothing",
    Column.SECONDS: "one answer is 429 with `Retry-After: 7`",
    Column.DATE: "one answer is 429 with a date in `Retry-After`",
    Column.ERROR: "one answer is 500",
    Column.BUSY: "one answer is 503",
    Column.TIMEOUT: "one request gets no answer and is not carried out",
    Column.LATE: "one request is carried out and gets no answer",
    Column.BEFORE: "the connection ends before the system has read the request",
    Column.AFTER: "the request is carried out, and the connection ends before its answer",
    Column.EXPIRED: "the system calls the token expired",
    Column.TRUNCATED: "the answer breaks off after a few bytes",
    Column.HTML: "a proxy's sign-in page comes back, with status 200",
    Column.DOWN: "every answer to this request is 503",
    Column.GONE: "every connection with this request ends unanswered",
    Column.KILLED: "the process ends right after this write, each one in turn",
    Column.TWICE: "the same job runs twice, one after the other",
    Column.BOTH: "two jobs run at once, and meet at this write before either is carried out",
}
"""What happens, for the table of columns."""
WHOLE_RUN = (Column.OK, Column.TWICE)
"""Columns that are about the run as a whole, not about one of its requests."""
AFTERWARDS = (Column.LATE, Column.AFTER, Column.KILLED)
"""Columns in which the request is carried out, and nobody hears of it."""


class Effect(Enum):
    """What a request changes when it is carried out."""

    NONE = "nothing: it reads"
    STAGED = "nothing that anybody sees: a step of an upload that counts only when it is whole"
    SAME = "the same again when it is repeated: it says what is to be, not what to do"
    ONCE = "something that must happen once"


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a command that a fault can meet; `host`, `path` and `target` are regular expressions."""

    name: str
    system: System
    method: str
    host: str
    path: str = ""
    target: str = ""
    effect: Effect = Effect.NONE
    times: int = 1
    """How often an undisturbed run makes it, where it changes something."""
    each_run: bool = False
    """Whether each run makes it that changed anything, also one that then failed."""
    has_body: bool = True
    """Whether its answer has one."""
    renews: bool = False
    """Whether its client gets itself a new token and goes on, as that of a registry does."""
    side_by_side: int = 1
    """How many of one run are under way at once at one path."""

    @property
    def is_write(self) -> bool:
        """Whether it changes anything at all."""
        return self.effect is not Effect.NONE


@dataclass(frozen=True, slots=True)
class Row:
    """One command of the matrix, in one of its ways to work."""

    command: Command
    calls: tuple[Call, ...]
    ends: Mapping[tuple[Column, str], ExitCode] = field(default_factory=dict)
    """Exit codes that are right and not the usual ones of their column, by column and call."""
    way: str = ""
    """Which of the command's ways to work it is, where there are several."""
    also: tuple[Call, ...] = ()
    """Those of its writes that are met in another row."""
    elsewhere: str = ""
    """Which of its requests are met in another row, and why there."""
    settles: str = ""
    """Why two at once may leave more than one thing, until both have run once more; empty: they never do."""

    @property
    def name(self) -> str:
        """What the tables and the tests call it."""
        return f"{self.command.name} ({self.way})" if self.way else self.command.name

    @property
    def writes(self) -> tuple[Call, ...]:
        """Every request by which it changes something."""
        return tuple(call for call in (*self.calls, *self.also) if call.is_write)


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that happens to one run of one command."""

    row: Row
    column: Column
    call: Call | None = None
    turn: int = 1
    """Which of several equal requests it happens to."""

    def __str__(self) -> str:
        """The id of its test."""
        after = f" {self.call.name} {self.turn}" if self.call and self.column is Column.KILLED else ""
        at = f" at {self.call.name}" if self.call and not after else ""
        return f"{self.row.name}: {self.column}{at}{after}"

    @property
    def exit_code(self) -> ExitCode:
        """How the run must end that it happens to."""
        name = self.call.name if self.call else ""
        return self.row.ends.get((self.column, name), usual_end(self.column, self.call))


def cells(row: Row) -> Iterator[Cell]:
    """Every cell of a command's row."""
    for column in Column:
        if column in WHOLE_RUN or (column is Column.BOTH and not row.writes):
            yield Cell(row, column)
            continue
        for call in row.calls:
            if why_not(column, call) is None:
                turns = call.times if column is Column.KILLED else 1
                yield from (Cell(row, column, call, turn) for turn in range(1, turns + 1))


def why_not(column: Column, call: Call) -> str | None:
    """Why a column cannot be aimed at a request; None where it can."""
    if column in AFTERWARDS and not call.is_write:
        return "reads: they carry out nothing"
    if column is Column.BOTH and not call.is_write:
        return "reads: two may read at once"
    if column is Column.BOTH and call.effect is Effect.STAGED:
        return "steps of an upload: nobody sees them before its end"
    if column is Column.TRUNCATED and not call.has_body:
        return "answers without a body: they cannot end early"
    if column is Column.HTML and call.method == "HEAD":
        return "HEAD: its answer has no body"
    return None


def usual_end(column: Column, call: Call | None) -> ExitCode:
    """How a run ends in a column, unless its row says otherwise."""
    match column:
        case Column.EXPIRED if call is not None:
            return ExitCode.DONE if call.renews else EXPIRED_ENDS[call.system]
        case Column.DOWN:
            return ExitCode.TRY_AGAIN
        case Column.GONE:
            return ExitCode.OUTCOME_UNKNOWN if call and call.effect is Effect.ONCE else ExitCode.TRY_AGAIN
        case Column.KILLED:
            return ExitCode.INTERRUPTED
        case _:
            return ExitCode.DONE


EXPIRED_ENDS: Mapping[System, ExitCode] = {
    System.GIT: ExitCode.AUTHENTICATION,
    System.VAULT: ExitCode.PERMISSION,  # Vault tells an expired token from a missing permission by nothing
    System.STS: ExitCode.DONE,  # credentials that AWS calls expired are replaced, once
    System.ARTIFACTORY: ExitCode.AUTHENTICATION,
    System.ECR: ExitCode.DONE,
    System.LAMBDA: ExitCode.DONE,
    System.JIRA: ExitCode.AUTHENTICATION,
    System.DASHBOARD: ExitCode.AUTHENTICATION,
    System.S3: ExitCode.DONE,
}
