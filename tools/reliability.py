"""Prints docs/reliability.md from the data of the matrix: `python tools/reliability.py [--check]`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from cigen_runtime.contract.model import ExitCode  # noqa: E402 - the tests are no distribution
from reliability.matrix import MEANINGS, Call, Column, Effect, Row, cells, usual_end, why_not  # noqa: E402
from reliability.rows import CHANGING, LOOKING, LOOKING_ONLY, READING, ROWS  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"
RUNS = (Column.OK, Column.TWICE, Column.BOTH, Column.KILLED)
HEADS = {
    Column.SECONDS: "429 s",
    Column.DATE: "429 date",
    Column.LATE: "timeout, done",
    Column.BEFORE: "drop",
    Column.AFTER: "drop, done",
    Column.EXPIRED: "expired",
    Column.TRUNCATED: "truncated",
    Column.HTML: "HTML",
    Column.DOWN: "503…",
    Column.GONE: "drop…",
}
"""Shorter names of columns, for the heads of the tables."""
INTRODUCTION = """\
{total} cells, each a test in `tests/reliability`: one thing goes wrong with one request of a command, or with a run as
a whole. The command runs against the lab, which speaks the protocols of all systems; a run that fails is run again, as
GitLab or a person would. Then all of this must be true:

- **end state**: the systems have exactly what an undisturbed run leaves, no file is half written, and the job's folder
  holds no file that the command's contract does not name;
- **writes**: each one was carried out as often as an undisturbed run does it, and no other one was; only what says how
  things are to be, rather than what to do, may be said twice;
- **exit code**: the one in the table below, and 0 in the end;
- **result file**: it is there after each run, fits its schema, and lists as changed what did change;
- **secrets**: none of the job's, and no token that it was given, is in the log, in any file, or in
  the command line or a variable of any program that is started, but for the header that git pushes with.
"""


def main() -> int:
    """Write the page, or with --check say whether it is current."""
    text = "\n".join(lines()) + "\n"
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: out of date\n")
    if "--check" in sys.argv:
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


def lines() -> Iterator[str]:
    """The page."""
    yield from (
        "<!-- Printed by `make docs`. Do not edit: change tests/reliability. -->",
        "",
        "# The reliability matrix",
        "",
    )
    yield INTRODUCTION.format(total=_count(ROWS, list(Column)))
    yield from ("## One request goes wrong", "", "How many requests of each command meet each fault.", "")
    yield from _counts([column for column in Column if column not in RUNS])
    yield from ("", "## The run as a whole", "")
    yield from _counts(list(RUNS))
    yield from ("", "## The columns", "")
    yield from _table(("column", "what happens", "the run ends with", "not aimed at"), map(_column, Column))
    yield from ("", "## The requests", "")
    yield "Writes stand in bold, with how often a run makes them. Where a run ends otherwise than its column says, the"
    yield "exit code and the requests follow."
    yield ""
    yield from _table(("command", "requests", "ends otherwise"), map(_requests, ROWS))
    yield from ("", "## Met elsewhere, and not at all", "")
    yield from _notes()


def _counts(columns: Sequence[Column]) -> Iterator[str]:
    heads = ("command", *(HEADS.get(column, str(column)) for column in columns), "all")
    rows = [(row.name, *_numbers([row], columns)) for row in CHANGING]
    rows += [("*only reading:*", *("" for _ in heads[1:]))]
    rows += [(row.name, *_numbers([row], columns)) for row in READING]
    yield from _table(heads, [*rows, ("**all**", *_numbers(ROWS, columns))])


def _numbers(rows: Sequence[Row], columns: Sequence[Column]) -> Iterator[str]:
    for some in (*([column] for column in columns), columns):
        yield str(_count(rows, some) or "-")


def _count(rows: Sequence[Row], columns: Sequence[Column]) -> int:
    return sum(cell.column in columns for row in rows for cell in cells(row))


def _column(column: Column) -> tuple[str, str, str, str]:
    calls = [call for row in ROWS for call in row.calls]
    reasons = dict.fromkeys(why for call in calls if (why := why_not(column, call)))
    return HEADS.get(column, str(column)), MEANINGS[column], _usual(column, calls), "; ".join(reasons)


def _usual(column: Column, calls: Sequence[Call]) -> str:
    if column is Column.KILLED:
        return "nothing; the next run with 0"
    if column in {Column.TWICE, Column.BOTH}:
        return "0 and 0" if column is Column.TWICE else "0, or after a conflict that is run again"
    ends = {usual_end(column, call) for call in calls}
    return " or ".join(str(int(end)) for end in sorted(ends))


def _requests(row: Row) -> tuple[str, str, str]:
    ends: dict[tuple[ExitCode, str], list[str]] = {}
    for (column, name), code in row.ends.items():
        if code != usual_end(column, next(call for call in row.calls if call.name == name)):
            ends.setdefault((code, HEADS.get(column, str(column))), []).append(name)
    otherwise = "; ".join(f"{int(code)}: {head} at {', '.join(names)}" for (code, head), names in sorted(ends.items()))
    return row.name, ", ".join(map(_request, row.calls)), otherwise


def _request(call: Call) -> str:
    match call.effect:
        case Effect.NONE:
            return call.name
        case Effect.STAGED:
            return f"{call.name} ({call.times})"
        case _:
            return f"**{call.name}** ({call.times})"


def _notes() -> Iterator[str]:
    notes: dict[str, list[str]] = {}
    for row in ROWS:
        for note in filter(None, row.elsewhere.split("; ")):
            notes.setdefault(note, []).append(f"`{row.name}`")
        if row.settles:
            notes[row.settles] = [f"`{row.name}`, two at once"]
    notes[LOOKING_ONLY] = [f"`{command.name}`" for command in LOOKING]
    yield from (f"- {', '.join(names)}: {note}." for note, names in notes.items())


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
