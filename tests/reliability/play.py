"""Plays one cell of the matrix, and says all that is not as it must be."""

from __future__ import annotations

import base64
import io
import json
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from cigen_runtime.cli import main
from cigen_runtime.clock import Clock
from cigen_runtime.contract.model import ExitCode, System
from cigen_runtime.file_schemas import SCHEMAS
from lab import CutAfterCommit, Lab, Status
from lab.faults import Fault, Request
from reliability.faults import RETRY_AFTER, START, action_of
from reliability.matrix import Call, Cell, Column, Effect
from reliability.stage import Stage, State, Surroundings

RESULT_SCHEMA = jsonschema.Draft202012Validator(SCHEMAS["result"])
IMPATIENCE = 0.4
"""Seconds that a request may take in the columns about timeouts."""


class QuickClock:
    """Time that passes only by waiting, for several threads."""

    def __init__(self, *, impatient: bool = False) -> None:
        self.time = START
        self.waited = 0.0
        self._lock = threading.Lock()
        self.clock = Clock(self.now, self.sleep, (lambda seconds: min(seconds, IMPATIENCE)) if impatient else float)

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


@dataclass(slots=True)
class Play:
    """One cell on the lab."""

    cell: Cell
    stage: Stage
    at: Surroundings
    arguments: Sequence[str]
    """Of every process that is started, as the audit hook collects them."""
    runs: list[Ran] = field(default_factory=list)

    @property
    def lab(self) -> Lab:
        return self.at.lab

    def problems(self) -> list[str]:
        """Play it, and say what is wrong with what came of it."""
        self.stage.arrange(self.at)
        self.lab.gateway.clear()
        match self.cell.column:
            case Column.OK:
                self.run()
            case Column.TWICE:
                self.run()
                self.run()
            case Column.BOTH:
                self._run_two_at_once()
            case Column.KILLED:
                self._run_and_kill()
            case _:
                self._run_into_a_fault()
        return list(self._problems())

    def run(self, *, folder: Path | None = None) -> Ran:
        """Run the command once."""
        time = QuickClock(impatient=self.cell.column in {Column.TIMEOUT, Column.LATE})
        stream = io.StringIO()
        environment = {**self.stage.variables, **self.lab.job_variables, **self.lab.environment}
        folder = folder or self.at.folder
        before = self.stage.state(self.at)
        code = main([self.stage.command, *self.stage.options], environment, folder, stream, clock=time.clock)
        path = folder / "cigen-out" / "results" / f"{self.stage.command}.json"
        result = json.loads(path.read_text()) if path.exists() else {}
        ran = Ran(code, stream.getvalue(), result, time.waited, before, self.stage.state(self.at))
        self.runs.append(ran)
        return ran

    def _run_into_a_fault(self) -> None:
        call = _required(self.cell.call)
        action, times = action_of(self.cell.column, call)
        fault = self.lab.gateway.fault(
            action, method=call.method, host=call.host, path=call.path, target=call.target, times=times
        )
        first = self.run()
        if not fault.hits:
            raise AssertionError(f"no request was {call.name}")
        self.lab.gateway.mend()
        if first.code != ExitCode.DONE:
            self.run()

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

    def _run_two_at_once(self) -> None:
        other = self.at.folder.with_name("other")
        shutil.copytree(self.at.folder, other)
        threads = [threading.Thread(target=self.run, kwargs={"folder": each}) for each in (self.at.folder, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if any(ran.code for ran in self.runs):
            self.run()

    # What must be true

    def _problems(self) -> Iterator[str]:
        yield from self._wrong_ends()
        if self.runs[-1].after != self.stage.goal(self.at):
            yield f"the end state is {self.runs[-1].after}, not {self.stage.goal(self.at)}"
        yield from self._needless_writes()
        yield from self._untrue_results()
        yield from self._secrets()

    def _wrong_ends(self) -> Iterator[str]:
        codes = [ran.code for ran in self.runs]
        match self.cell.column:
            case Column.BOTH:
                if codes[-1] != ExitCode.DONE or ExitCode.FAULT in codes:
                    yield f"the runs ended with {codes}"
            case Column.KILLED:
                if codes != [ExitCode.DONE]:
                    yield f"the run after the kill ended with {codes}"
            case Column.TWICE:
                if codes != [ExitCode.DONE, ExitCode.DONE]:
                    yield f"the runs ended with {codes}"
            case _:
                wanted = self.cell.exit_code
                is_one_of_two = wanted == ExitCode.AUTHENTICATION and codes[0] == ExitCode.PARTLY_DONE
                if codes[0] != wanted and not is_one_of_two:  # the other one was done by then, or was not
                    yield f"the run ended with {codes[0]}, not {int(wanted)}"
                if codes[-1] != ExitCode.DONE:
                    yield f"the last run ended with {codes[-1]}"
        was_told = self.cell.column in {Column.SECONDS, Column.DATE} and codes[0] == ExitCode.DONE
        is_shown = self.cell.call and self.cell.call.system is not System.GIT  # git keeps the header to itself
        if was_told and is_shown and self.runs[0].waited < RETRY_AFTER:
            yield f"it waited {self.runs[0].waited} s, and was asked to wait {RETRY_AFTER}"

    def _needless_writes(self) -> Iterator[str]:
        """Each write happens as often as an undisturbed run makes it; who only says what is to be may say it again."""
        carried_out = [request for request in self.lab.gateway.requests if request.carried_out]
        for call in self.cell.row.calls:
            count = sum(is_call(request, call) for request in carried_out)
            if call.effect in {Effect.NONE, Effect.STAGED}:
                continue
            # Of two at once the system itself refuses the second one's tag or revision, after taking the request.
            most = call.times * 2 if self.cell.column is Column.BOTH else call.times
            may_repeat = call.effect is Effect.SAME and self.cell.call == call
            if not call.times <= count <= most + may_repeat:
                yield f"{call.name} was carried out {count} times, not {call.times}"
        if self.cell.column is Column.TWICE and self.runs[1].before != self.runs[1].after:
            yield "the second run changed something"
        known = self.cell.row.calls
        writes = [request for request in carried_out if is_write(request)]
        strange = [each for each in writes if not any(is_call(each, call) for call in known if call.is_write)]
        if self.cell.column is Column.OK and not self.cell.row.elsewhere and strange:
            yield f"these writes are no part of the row: {strange}"

    def _untrue_results(self) -> Iterator[str]:
        for ran in self.runs:
            if not ran.result:
                yield "there is no result file"
                continue
            RESULT_SCHEMA.validate(ran.result)
            if ran.result["exit_code"] != ran.code:
                yield f"the result file says {ran.result['exit_code']}, the run ended with {ran.code}"
            if (ran.result["error"] is None) != (ran.code in {ExitCode.DONE, ExitCode.INTERRUPTED}):
                yield f"the result file has the error {ran.result['error']} after {ran.code}"
            if self.cell.column is Column.BOTH:
                continue  # what the other one changed meanwhile is not in this one's file
            planned, changed, already = (
                Counter((each["what"], each["name"]) for each in ran.result[part])
                for part in ("planned", "changed", "already")
            )
            differs = {key for key in ran.after if ran.after[key] != ran.before.get(key)}
            if ran.code == ExitCode.DONE and set(changed) != differs:
                yield f"the result file says that {set(changed)} changed, and {differs} did"
            if not set(changed) <= differs or not set(changed) <= set(planned) or max(changed.values(), default=1) > 1:
                yield f"the result file lists as changed {changed}; planned were {planned}, and {differs} changed"
            if set(already) & set(changed):
                yield f"changed and there already: {set(already) & set(changed)}"

    def _secrets(self) -> Iterator[str]:
        secrets = {*self._known_secrets()}
        texts = {f"output {number}": ran.output for number, ran in enumerate(self.runs, 1)}
        texts |= {"the command lines": "\n".join(self.arguments)}
        for path in self.at.folder.rglob("*"):
            if path.is_file():
                texts[str(path.relative_to(self.at.folder))] = path.read_text(errors="replace")
        for place, text in texts.items():
            if any(secret in text for secret in secrets):
                yield f"there is a secret in {place}"

    def _known_secrets(self) -> Iterator[str]:
        """Those of the job's settings, as they are and as they travel, and every token that was given out."""
        variables = self.lab.job_variables
        for name in ("VAULT_SECRET_ID", "ARTIFACTORY_PASS", "JIRA_API_TOKEN", "VERSIONING_TOKEN"):
            yield variables[name]
        for user, password in (
            ("ci", variables["ARTIFACTORY_PASS"]),
            (variables["JIRA_USER"], variables["JIRA_API_TOKEN"]),
            ("cigen", variables["VERSIONING_TOKEN"]),
        ):
            yield base64.b64encode(f"{user}:{password}".encode()).decode()
        yield from self.lab.vault.issued
        for given in self.lab.aws.issued:
            yield given.secret_key
            yield given.session_token


def is_call(request: Request, call: Call) -> bool:
    """Whether a request is this one."""
    fault = Fault(Status(500), call.method, call.host, call.path, call.target, 1)
    return fault.matches(request.method, request.host, request.path, request.target)


def is_write(request: Request) -> bool:
    """Whether a request may change something, by its method and what we know of the systems' reads by POST."""
    reads = ("/search/jql", "/comment/list", "/git-upload-pack", "/auth/", "/aws/sts/")
    if request.method in {"GET", "HEAD"} or any(part in request.path for part in reads):
        return False
    return not request.target.rpartition(".")[2].startswith("Get")


class ArgumentWatch:
    """Collects the command lines of all processes that this one starts; an audit hook cannot be taken away again."""

    def __init__(self) -> None:
        self.arguments: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            self.arguments.append(" ".join(map(str, details[1])))


def _required(call: Call | None) -> Call:
    if call is None:
        raise ValueError("a cell of this column has a request")
    return call


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore_dangling_symlinks=True)
