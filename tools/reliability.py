"""Prints docs/reliability.md from the data of the matrix: `python tools/reliability.py [--check]`."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from reliability.matrix import Column, Row, cells, why_not  # noqa: E402 - the tests are no distribution
from reliability.rows import ROWS  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"


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
    total = sum(1 for row in ROWS for _ in cells(row))
    yield from (
        "<!-- Printed by `make docs`. Do not edit: change tests/reliability. -->",
        "",
        "# The reliability matrix",
        "",
    )
    yield f"{total} cells, each a test: what happens to a request (or to the run), and then the end state, the number"
    yield "of writes that were carried out, the exit code, the result file, and that no secret got out."
    yield from ("", f"| | {' | '.join(row.command.name for row in ROWS)} |", f"|---|{'---|' * len(ROWS)}")
    for column in Column:
        yield f"| {column} | {' | '.join(_count(row, column) for row in ROWS)} |"
    yield from ("", "## Why a place is empty, or a request is not in it", "")
    reasons = dict.fromkeys(
        f"- {column}, at {call.name}: {why}."
        for row in ROWS
        for column in Column
        for call in row.calls
        if (why := why_not(column, call))
    )
    yield from reasons
    for row in ROWS:
        yield from (f"- {row.command.name}, {column}: {why}." for column, why in row.unfit.items())
        if row.elsewhere:
            yield f"- {row.command.name}: {row.elsewhere}."


def _count(row: Row, column: Column) -> str:
    return str(sum(cell.column is column for cell in cells(row)) or "-")


if __name__ == "__main__":
    sys.exit(main())
