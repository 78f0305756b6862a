"""Which jobs need a job that is not in all pipelines they are in.

Jobs with the same rules are together everywhere, so only one pair of each kind of difference is simulated.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cigen.lint.conditions import read_variables
from cigen.lint.kinds import KINDS
from cigen.lint.subject import Subject, items_of, text_of
from cigen.lint.variables import definitions
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.needs import Need, read_needs
from cigen.pipeline.node import Mapping, plain
from cigen.pipeline.predefined import PREDEFINED
from cigen.pipeline.simulation import simulate

_DECIDING = ("rules", "only", "except", "when")


@dataclass(frozen=True, slots=True)
class AbsentNeed:
    """A need that some pipelines of the job lack."""

    job: str
    need: Need
    titles: tuple[str, ...]
    """Those pipelines, in words."""


def absent_needs(subject: Subject) -> Iterator[AbsentNeed]:
    """Every such need; what only the settings of GitLab decide is left open."""
    pipeline = subject.pipeline
    if pipeline is None:
        return
    marks = {job.name: _mark(job) for job in pipeline.visible_jobs}
    pairs: dict[tuple[str, str], list[tuple[Job, Need, str]]] = defaultdict(list)
    for job, need, needed in _pairs(pipeline):
        if marks[job.name] != marks[needed]:
            pairs[marks[job.name], marks[needed]].append((job, need, needed))
    absent = _absent(pipeline, [(group[0][0].name, group[0][2]) for group in pairs.values()])
    defined = {definition.name for definition in definitions(subject)}
    for group in pairs.values():
        first, _, needed = group[0]
        titles = tuple(title for title, missing in absent.items() if needed in missing and first.name not in missing)
        if titles and not _is_open(pipeline, needed, defined):
            yield from (AbsentNeed(job.name, need, titles) for job, need, _ in group)


def _pairs(pipeline: Pipeline) -> Iterator[tuple[Job, Need, str]]:
    names = {job.name for job in pipeline.visible_jobs}
    for job in pipeline.visible_jobs:
        for need in read_needs(job.needs):
            needed = need.named_in(names)
            if needed is not None and not need.elsewhere and not need.is_optional:
                yield job, need, needed


def _mark(job: Job) -> str:
    """All that decides about a job, as one text."""
    rules = repr([plain(node) for node in (job.get(key) for key in _DECIDING) if node is not None])
    own = job.own_variables
    return rules + repr([(entry.key.value, plain(entry.value)) for entry in own or () if str(entry.key.value) in rules])


def _absent(pipeline: Pipeline, pairs: list[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """For each kind of pipeline, in words, which of the jobs it does not have."""
    chosen = {name for pair in pairs for name in pair}
    if not chosen:
        return {}
    part = Pipeline(pipeline.path, pipeline.root)
    part.set_jobs(tuple(job for job in pipeline.jobs if job.name in chosen))
    simulations = [simulate(part, context) for context in KINDS.values()]
    return {
        simulation.context.title: frozenset(job.name for job in simulation.absent)
        for simulation in simulations
        if simulation.jobs or simulation.absent
    }


def _is_open(pipeline: Pipeline, name: str, defined: set[str]) -> bool:
    """Whether a condition of the job asks for a variable that no file defines."""
    job = pipeline.job(name)
    asked = {
        variable
        for rule in (items_of(job.get("rules")) if job else ())
        if isinstance(rule, Mapping)
        for variable, _, _ in read_variables(text_of(rule.get("if")))
    }
    return any(variable not in PREDEFINED and variable not in defined for variable in asked)
