"""How a cell is played: on the lab as new, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from lab import Lab
from reliability.matrix import Cell, Column
from reliability.play import Play, ProgramWatch
from reliability.stage import Surroundings
from reliability.stages import STAGES

Playing = Callable[[Cell, float], Play]
WATCH = ProgramWatch()


@pytest.fixture
def play(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Playing]:
    """Plays a cell, with so much patience for a request that gets no answer."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    jobs = lab.folder / "jobs"  # beside the registries, in memory where they are

    def play(cell: Cell, impatience: float) -> Play:
        lab.reset()
        shutil.rmtree(jobs, ignore_errors=True)
        (jobs / "job").mkdir(parents=True)
        WATCH.given.clear()
        surroundings = Surroundings(lab, jobs / "job", cell.column is Column.BOTH)
        played = Play(cell, STAGES[cell.row.name], surroundings, WATCH.given, impatience)
        played.to_the_end()
        return played

    yield play
    shutil.rmtree(jobs)
