"""The reliability matrix: every command that changes something, whatever happens to its requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from cigen_runtime.contract import COMMANDS
from lab import Lab
from reliability.matrix import Cell, Column, cells, why_not
from reliability.play import ArgumentWatch, Play
from reliability.rows import ROWS
from reliability.stage import Surroundings
from reliability.stages import STAGES

CELLS = [cell for row in ROWS for cell in cells(row)]
WATCH = ArgumentWatch()


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_cell(cell: Cell, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "job"
    folder.mkdir()
    WATCH.arguments.clear()

    play = Play(cell, STAGES[cell.row.command.name], Surroundings(lab, folder), WATCH.arguments)

    problems = play.problems()

    if problems:
        pytest.fail("; ".join(problems) + "".join(f"\n\n{ran.output}" for ran in play.runs), pytrace=False)


def test_every_command_that_changes_something_has_its_row_and_its_stage() -> None:
    changing = [command.name for command in COMMANDS if command.changes]

    assert sorted(changing) == sorted(row.command.name for row in ROWS)
    assert sorted(changing) == sorted(STAGES)


def test_every_empty_place_of_the_matrix_says_why() -> None:
    for row in ROWS:
        here = {(cell.column, cell.call) for cell in cells(row)}
        for column in Column:
            calls = [call for call in row.calls if (column, call) in here]
            if not calls and (column, None) not in here:
                reasons = [row.unfit.get(column) or why_not(column, call) for call in row.calls]
                assert all(reasons), f"{row.command.name}: {column}"
        assert all(reason.strip() for reason in row.unfit.values())


def test_every_exit_code_out_of_the_ordinary_belongs_to_a_cell() -> None:
    for row in ROWS:
        here = {(cell.column, cell.call.name) for cell in cells(row) if cell.call}
        assert set(row.ends) <= here
