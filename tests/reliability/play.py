"""Plays one cell of the matrix; `judgement.py` says what is wrong with what came of it."""

from __future__ import annotations

import io
import json
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cigen_runtime.cli import main
from cigen_runtime.clock import Clock
from cigen_runtime.contract.model import ExitCode
from lab import CutAfterCommit, Lab
from lab.faults import Fault
from reliability.faults import START, action_of
from reliability.matrix import Call, Cell, Column
from reliability.stage import Stage, State, Surroundings

SILENT = frozenset({Column.TIMEOUT, Column.LATE})
"""The columns in which a client waits for nothing, in real time."""


class QuickClock:
    """Time that passes only by waiting, for several threads."""

    def __init__(self, impatience: float | None) -> None:
        self.time = START
        self.waited = 0.0
        self._lock = threading.Lock()
        at_most = (lambda seconds: min(seconds, impatience)) if impatience else float
        self.clock = Clock(self.now, self.sleep, at_most)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.waited += seconds
            self.time += seconds


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: how it ended, what it printed, and what its result file says."""

    code: int
    output: str
    result: dict[str, Any]
    waited: float
    before: State
    after: State
    written: list[str]
    """The files of its contract that it left or changed."""


@dataclass(slots=True)
class Play:
    """One cell on the lab."""

    cell: Cell
    stage: Stage
    at: Surroundings
    given: Sequence[str]
    """What every process that is started gets to see, as the audit hook collects it."""
    impatience: float
    """Seconds that a request may take where one of them gets no answer."""
    present: frozenset[str] = frozenset()
    """The files that were in the job's folder before the first run."""
    runs: list[Ran] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    """What was to happen and did not: then the cell says nothing."""

    @property
    def lab(self) -> Lab:
        return self.at.lab

    def to_the_end(self) -> None:
        """Arrange the stage and run, as the column says."""
        self.stage.arrange(self.at)
        self.present = frozenset(self.files())
        self.lab.gateway.clear()
        match self.cell.column:
            case Column.OK:
                self.run()
            case Column.TWICE:
                self.run()
                self.run()
            case Column.BOTH:
                self._run_two_at_once(self.cell.call)
            case Column.KILLED:
                self._run_and_kill()
            case _:
                self._run_into_a_fault()

    def run(self, *, folder: Path | None = None, **variables: str) -> Ran:
        """Run the command once; keyword arguments are variables."""
        time = QuickClock(self.impatience if self.cell.column in SILENT else None)
        stream = io.StringIO()
        environment = {**self.stage.variables, **self.lab.job_variables, **self.lab.environment, **variables}
        folder = folder or self.at.folder
        before, files = self.stage.state(self.at), self._files(folder)
        path = folder / "cigen-out" / "results" / f"{self.stage.command}.json"
        path.unlink(missing_ok=True)
        code = main([self.stage.command, *self.stage.options], environment, folder, stream, clock=time.clock)
        result = json.loads(path.read_text()) if path.exists() else {}
        written = [name for name, content in self._files(folder).items() if files.get(name) != content]
        ran = Ran(code, stream.getvalue(), result, time.waited, before, self.stage.state(self.at), written)
        self.runs.append(ran)
        return ran

    def files(self) -> Iterator[str]:
        """The files in the job's folder, but for what git keeps for itself."""
        for path in self.at.folder.rglob("*"):
            place = path.relative_to(self.at.folder)
            if path.is_file() and place.parts[0] != ".git":
                yield str(place)

    def _files(self, folder: Path) -> dict[str, bytes]:
        """The files that the command's contract says it writes, as they are now."""
        patterns = [file.at("*", "*").removesuffix("/") for file in self.cell.row.command.writes]
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for pattern in patterns
            for place in folder.glob(pattern)
            for path in (place, *place.rglob("*"))
            if path.is_file()
        }

    def _run_into_a_fault(self) -> None:
        call = _required(self.cell.call)
        fault = self._fault(call)
        first = self.run()
        if not fault.hits:
            self.unmet.append(f"no request was {call.name}")
        self.lab.gateway.mend()
        if first.code != ExitCode.DONE:
            self.run()

    def _fault(self, call: Call) -> Fault:
        action, times = action_of(self.cell.column, call)
        return self.lab.gateway.fault(
            action, method=call.method, host=call.host, path=call.path, target=call.target, times=times
        )

    def _run_and_kill(self) -> None:
        """End the process right after one of its writes: what it does from then on reaches nobody and no disk."""
        call = _required(self.cell.call)
        left = self.at.folder.with_name("left")
        cut = CutAfterCommit(lambda: _copy(self.at.folder, left))
        self.lab.gateway.fault(
            cut, method=call.method, host=call.host, path=call.path, target=call.target, skip=self.cell.turn - 1
        )
        self.run()
        if not left.exists():
            raise AssertionError(f"there was no {call.name} number {self.cell.turn}")
        self.runs.clear()
        shutil.rmtree(self.at.folder)
        left.rename(self.at.folder)
        self.lab.gateway.mend()
        self.run()

    def _run_two_at_once(self, call: Call | None) -> None:
        """Two runs that reach the request at the same moment, each having seen nothing of the other.

        Where the row says that they settle only then, both run once more.
        """
        self.lab.jira.search_lag = 2
        other = self.at.folder.with_name("other")
        shutil.copytree(self.at.folder, other)
        jobs: list[tuple[Path, Mapping[str, str]]] = [(self.at.folder, {}), (other, self.stage.second)]
        fault = self._fault(call) if call else None
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda job: self.run(folder=job[0], **job[1]), jobs))
        if call and fault and fault.hits < 2:
            self.unmet.append(f"the two did not meet at {call.name}")
        self.lab.gateway.mend()
        if self.cell.row.settles:
            for folder, variables in jobs:
                self.run(folder=folder, **variables)


class ProgramWatch:
    """Collects what all processes that this one starts are given; an audit hook cannot be taken away again.

    Their command lines, and their variables but for the header that git pushes with: that one it needs.
    """

    def __init__(self) -> None:
        self.given: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            _, arguments, _, environment = details
            self.given.append(" ".join(map(str, arguments)))
            variables = (environment or {}).items()
            self.given += [f"{name}={value}" for name, value in variables if not name.startswith("GIT_CONFIG_VALUE_")]


def _required(call: Call | None) -> Call:
    if call is None:
        raise ValueError("a cell of this column has a request")
    return call


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore_dangling_symlinks=True)
