"""Simulated pipelines as text for a terminal: one pipeline in detail, or several side by side."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from cigen.pipeline.comparison import Note, NoteKind
from cigen.pipeline.simulation import SimulatedJob, Simulation

WIDTH = 120
_AFTER = 40
"""The least room for what a job comes after."""
_VERDICT = "pipeline"
"""The name of the row that says which pipelines GitLab refuses."""
_ABSENT = "·"
_MEANINGS = {
    "run": "runs by itself",
    "manual": "somebody has to start it, and the pipeline waits",
    "manual~": "somebody may start it",
    "delayed": "starts by itself, later",
    "always": "runs even after a failure",
    "on_failure": "runs after a failure only",
    "unknown": "its rules are in a file that was not looked at",
    "~": "may fail",
    "?": "if the files that its rules ask for changed or exist (say which: --changed PATH)",
    _ABSENT: "not in the pipeline",
}


def table(simulations: Sequence[Simulation], notes: Sequence[Note], order: Sequence[tuple[str, str]]) -> str:
    """One pipeline in detail, several as a matrix of jobs and contexts; `order` is all jobs with their stages."""
    lines = _single(simulations[0]) if len(simulations) == 1 else _matrix(simulations, order)
    return "\n".join([*lines, *_told(notes)]).replace("\n\n\n", "\n\n").strip("\n") + "\n"


def _single(simulation: Simulation) -> Iterator[str]:
    named = f', named "{simulation.name}"' if simulation.name else ""
    yield f"{simulation.context.name}: {simulation.context.title} ({simulation.context.ref_name}){named}"
    yield ""
    if simulation.jobs:
        rows = [_row(job) for job in simulation.jobs]
        stage = max(len("stage"), *(len(row[0]) for row in rows)) + 2
        when = max(len("when"), *(len(row[2]) for row in rows)) + 2
        name = min(max(len("job"), *(len(row[1]) for row in rows)) + 2, max(WIDTH - _AFTER - stage - when, 24))
        margin = stage + name + when
        yield f"{'stage':<{stage}}{'job':<{name}}{'when':<{when}}after"
        last = ""
        for row in rows:
            shown, last = ("" if row[0] == last else row[0]), row[0]
            after = wrap(row[3], max(WIDTH - margin, 20), break_on_hyphens=False) or [""]
            yield f"{shown:<{stage}}{_shortened(row[1], name - 2):<{name}}{row[2]:<{when}}{after[0]}".rstrip()
            yield from (" " * margin + line for line in after[1:])
        yield ""
    yield from _absent(simulation)
    yield from _legend(_cell(job) for job in simulation.jobs)


def _row(job: SimulatedJob) -> tuple[str, str, str, str]:
    name = job.name if job.instances == 1 else f"{job.name} ({job.instances}x)"
    start_in = f" ({job.decision.start_in})" if job.decision.start_in else ""
    return job.stage, name, _cell(job) + start_in, _after(job)


def _after(job: SimulatedJob) -> str:
    if job.needs is None:
        return "all stages before" if job.layer else "-"
    told = [
        need.job
        + (f" of {need.elsewhere}" if need.elsewhere else "")
        + (" (if it is there)" if need.is_optional else "")
        for need in job.needs
    ]
    return ", ".join(told) or "-"


def _absent(simulation: Simulation) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for job in simulation.absent:
        reasons.setdefault(job.reason, []).append(job.name)
    for reason, names in reasons.items():
        told = f"not in it ({reason}): {', '.join(names)}"
        yield from wrap(told, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    if reasons:
        yield ""


def _matrix(simulations: Sequence[Simulation], order: Sequence[tuple[str, str]]) -> Iterator[str]:
    found = [{job.name: _cell(job) for job in simulation.jobs} for simulation in simulations]
    heads = [simulation.context.name for simulation in simulations]
    widths = [
        2 + max(len(head), *(len(cell) for cell in cells.values()), 7 if simulation.faults else 0)
        for head, cells, simulation in zip(heads, found, simulations, strict=True)
    ]
    is_refused = any(simulation.faults for simulation in simulations)
    longest = max([len(_VERDICT) if is_refused else 0, *(len(name) + 2 for name, _ in order)])
    margin = min(longest + 2, max(WIDTH - sum(widths), 24))
    yield " " * margin + _cells(heads, widths)
    for stage, jobs in groupby(order, key=lambda job: job[1]):
        yield stage
        for name, _ in jobs:
            cells = [each.get(name, _ABSENT) for each in found]
            yield f"{_shortened('  ' + name, margin - 2):<{margin}}{_cells(cells, widths)}".rstrip()
    if is_refused:
        yield f"{_VERDICT:<{margin}}" + _cells(
            ["refused" if simulation.faults else "" for simulation in simulations], widths
        )
    yield ""
    yield from _legend(cells.get(name, _ABSENT) for cells in found for name, _ in order)


def _cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _shortened(name: str, width: int) -> str:
    if len(name) <= width:
        return name
    kept = width - 1
    return name[: kept // 2] + "…" + name[len(name) - (kept - kept // 2) :]


def _cell(job: SimulatedJob) -> str:
    when = "run" if job.when == "on_success" else job.when
    return when + ("~" if job.allow_failure else "") + ("?" if job.decision.asks_for_files else "")


def _legend(cells: Iterable[str]) -> Iterator[str]:
    """What the words in the table mean, those alone that stand in it."""
    used: dict[str, None] = {}
    for cell in cells:
        plain = cell.removesuffix("?")
        used |= dict.fromkeys([plain] if plain in _MEANINGS else [plain.removesuffix("~"), "~"])
        if cell != plain:
            used["?"] = None
    told = [f"{mark} = {meaning}" for mark, meaning in _MEANINGS.items() if mark in used and mark != "run"]
    yield from wrap("; ".join(told), WIDTH, break_long_words=False, break_on_hyphens=False)


def _told(notes: Sequence[Note]) -> Iterator[str]:
    for note in notes:
        head = "error" if note.kind is NoteKind.REFUSED else "note"
        yield ""
        yield from wrap(f"{head}: {note.message}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        if note.hint:
            yield from wrap(f"hint: {note.hint}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
