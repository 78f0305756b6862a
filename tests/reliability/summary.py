"""At the end of a test run: how many cells of the reliability matrix are green."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cigen_runtime.log import counted, table

if TYPE_CHECKING:
    import pytest

PROPERTY = "cell of the reliability matrix"
"""Under this name a test of a cell reports its row and column."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the cells that were played, by what went wrong in them; the columns stand in the matrix's order."""
    played: Counter[str] = Counter()
    green: Counter[str] = Counter()
    rows = set()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            cell = dict(report.user_properties).get(PROPERTY)
            if cell and report.when == "call":
                row, column = cell
                rows.add(row)
                played[column] += 1
                green[column] += outcome == "passed"
    if not played:
        return
    from reliability.matrix import MEANINGS  # where no cell was played, none of the runtime is loaded

    counts = [(column.value, meaning, column) for column, meaning in MEANINGS.items() if played[column]]
    lines = [(name, meaning, f"{green[column]} of {played[column]}") for name, meaning, column in counts]
    terminalreporter.section("reliability matrix")
    rows_played = counted(len(rows), "row")
    terminalreporter.write_line(
        f"{green.total()} of {played.total()} cells are green, in {rows_played}; docs/reliability.md has them all"
    )
    for line in table(("column", "what happens", "green"), lines):
        terminalreporter.write_line(line)
