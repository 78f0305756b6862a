"""A simulated pipeline as a Mermaid flowchart, for a merge request or a page of documentation."""

from collections.abc import Iterator
from itertools import groupby

from cigen.pipeline.simulation import SimulatedJob, Simulation

_CLASSES = {
    "manual": "stroke-width:3px",
    "optional": "stroke-dasharray:5 5",
}


def mermaid(simulation: Simulation) -> str:
    """The jobs by stage, with an arrow from each job to those that wait for it."""
    return "\n".join(_lines(simulation)) + "\n"


def _lines(simulation: Simulation) -> Iterator[str]:
    yield "flowchart LR"
    yield f"  %% {_comment(f'{simulation.context.name}: {simulation.context.title}')}"
    if not simulation.jobs:
        yield f'  none["no pipeline: {_text(_why(simulation))}"]'
        return
    ids = {job.name: f"job{number}" for number, job in enumerate(simulation.jobs, start=1)}
    stages = [(stage, list(jobs)) for stage, jobs in groupby(simulation.jobs, key=lambda job: job.stage)]
    for number, (stage, jobs) in enumerate(stages, start=1):
        yield f'  subgraph stage{number}["{_text(stage)}"]'
        yield from (f'    {ids[job.name]}["{_text(_label(job))}"]' for job in jobs)
        yield "  end"
    for number, (_, jobs) in enumerate(stages):
        for job in jobs:
            yield from _arrows(job, ids, number)
    for name, style in _CLASSES.items():
        members = [ids[job.name] for job in simulation.jobs if name in _classes(job)]
        if members:
            yield f"  classDef {name} {style}"
            yield f"  class {','.join(members)} {name}"


def _arrows(job: SimulatedJob, ids: dict[str, str], stages_before: int) -> Iterator[str]:
    if job.needs is None:
        if stages_before:
            yield f"  stage{stages_before} --> {ids[job.name]}"
        return
    for need in job.needs:
        before = None if need.elsewhere else need.named_in(ids)
        if before:
            yield f"  {ids[before]} {'-.->' if need.is_optional else '-->'} {ids[job.name]}"


def _label(job: SimulatedJob) -> str:
    told = [] if job.when == "on_success" else [job.when]
    told += [f"{job.instances}x"] if job.instances > 1 else []
    return job.name + (f" ({', '.join(told)})" if told else "")


def _classes(job: SimulatedJob) -> Iterator[str]:
    if job.when == "manual":
        yield "manual"
    if job.allow_failure:
        yield "optional"


def _why(simulation: Simulation) -> str:
    return simulation.faults[0].message if simulation.faults else simulation.reason


def _text(told: str) -> str:
    """A label between quotes; Mermaid writes what may not stand there as entities."""
    entities = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
    return "".join(entities.get(character, character) for character in " ".join(told.split()))


def _comment(told: str) -> str:
    return " ".join(told.split()).replace("{", "(").replace("}", ")")
