"""Which jobs run in the pipelines of each kind, before and after."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from cigen.diff.model import Runs
from cigen.diff.values import Change
from cigen.pipeline.contexts import Context
from cigen.pipeline.simulation import Simulation
from cigen.pipeline.tree import Repo
from cigen.pipeline.usual_contexts import simulated, usual_contexts

_Key = tuple[str, str]


class Contexts:
    """Every entry file of both sides in every context."""

    def __init__(self, before: Repo, after: Repo) -> None:
        self.known = usual_contexts()
        self._repos = (before, after)

    @cached_property
    def simulations(self) -> tuple[Mapping[_Key, Simulation], Mapping[_Key, Simulation]]:
        """By entry file and context; before, and after."""
        before, after = (dict(self._run(repo)) for repo in self._repos)
        return before, after

    @cached_property
    def before(self) -> Mapping[_Key, tuple[str, ...]]:
        """The contexts that each job of an entry file is in."""
        return _contexts_of_jobs(self.simulations[0])

    @cached_property
    def after(self) -> Mapping[_Key, tuple[str, ...]]:
        """The same, after the change."""
        return _contexts_of_jobs(self.simulations[1])

    def _run(self, repo: Repo) -> Iterator[tuple[_Key, Simulation]]:
        for path, pipeline in repo.entries.items():
            for name, simulation in simulated(pipeline, self.known):
                yield (path, name), simulation


def runs_of(both: Contexts, renamed: Mapping[_Key, str]) -> Iterator[Runs]:
    """What differs in each context, for entry files that both sides have."""
    before, after = both.simulations
    for key in before:
        if key not in after:
            continue
        told = _differences(key, before[key], after[key], renamed, both.known[key[1]])
        if told is not None:
            yield told


def _differences(
    key: _Key, before: Simulation, after: Simulation, renamed: Mapping[_Key, str], context: Context
) -> Runs | None:
    entry, name = key
    old = {renamed.get((entry, job.name), job.name): job for job in before.jobs}
    new = {job.name: job for job in after.jobs}
    was = {job.name for job in before.absent} | set(old)
    now = {job.name for job in after.absent} | set(new)
    starts = tuple(job for job in new if job not in old and job in was)
    stops = tuple(job for job in old if job not in new and job in now)
    otherwise = tuple(
        Change(job, old[job].when, new[job].when) for job in old if job in new and old[job].when != new[job].when
    )
    known = {fault.message for fault in before.faults}
    refused = tuple(dict.fromkeys(fault.message for fault in after.faults if fault.message not in known))
    if not (starts or stops or otherwise or refused or len(old) != len(new)):
        return None
    return Runs(entry, name, context.title, len(old), len(new), starts, stops, otherwise, refused)


def _contexts_of_jobs(simulations: Mapping[_Key, Simulation]) -> dict[_Key, tuple[str, ...]]:
    found: dict[_Key, tuple[str, ...]] = {}
    for (entry, context), simulation in simulations.items():
        for job in simulation.jobs:
            found[entry, job.name] = (*found.get((entry, job.name), ()), context)
    return found
