"""The reliability matrix: every command that a job runs, whatever happens to its requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cigen_runtime.contract import COMMANDS
from reliability.conftest import Playing
from reliability.judgement import problems
from reliability.matrix import Cell, Column, cells, why_not
from reliability.play import SILENT
from reliability.rows import CHANGING, LOOKING, READING, ROWS
from reliability.stages import STAGES
from reliability.summary import PROPERTY

CELLS = [cell for row in ROWS for cell in cells(row)]
IMPATIENCE = 0.2
PATIENCE = 3.0
"""A machine that is busy looks like a system that is silent: what goes wrong in a hurry is played again without."""


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_cell(cell: Cell, play: Playing, record_property: Callable[[str, object], None]) -> None:
    record_property(PROPERTY, (cell.row.name, cell.column.value))
    played = play(cell, IMPATIENCE)
    wrong = list(problems(played))
    if wrong and cell.column in SILENT:
        played = play(cell, PATIENCE)
        wrong = list(problems(played))

    if wrong:
        pytest.fail("; ".join(wrong) + "".join(f"\n\n{ran.output}" for ran in played.runs), pytrace=False)


def test_every_command_of_the_contract_has_its_row_and_its_stage_or_a_reason_why_not() -> None:
    assert {command.name for command in COMMANDS if command.changes} == {row.command.name for row in CHANGING}
    reading = {command.name for command in COMMANDS if not command.changes}
    assert reading == {row.command.name for row in READING} | {command.name for command in LOOKING}
    assert all(command.by_hand for command in LOOKING)
    assert sorted(row.name for row in ROWS) == sorted(STAGES)


def test_every_empty_place_of_the_matrix_says_why() -> None:
    for row in ROWS:
        for column in Column:
            if not any(cell.column is column for cell in cells(row)):
                assert all(why_not(column, call) for call in row.calls), f"{row.name}: {column}"


def test_only_rows_that_change_nothing_have_no_writes() -> None:
    assert all(row.writes for row in CHANGING)
    assert not any(row.writes for row in READING)


def test_every_exit_code_out_of_the_ordinary_belongs_to_a_cell() -> None:
    for row in ROWS:
        here = {(cell.column, cell.call.name) for cell in cells(row) if cell.call}
        assert set(row.ends) <= here, row.name


def test_every_cell_has_a_name_of_its_own() -> None:
    assert len({str(cell) for cell in CELLS}) == len(CELLS)
