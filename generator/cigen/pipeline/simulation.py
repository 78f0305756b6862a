"""The pipeline that GitLab would make in a context: which jobs, in which order, and what holds them up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cigen.pipeline import policies, rules
from cigen.pipeline.contexts import Context
from cigen.pipeline.expand import expand
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.job_facts import Facts, read_facts
from cigen.pipeline.model import Pipeline
from cigen.pipeline.needs import Need, read_needs
from cigen.pipeline.order import Waiting, positions
from cigen.pipeline.rules import Decision
from cigen.pipeline.variables import Layers, value_of, variables_of


@dataclass(frozen=True, slots=True)
class SimulatedJob:
    """A job that is in the pipeline."""

    name: str
    stage: str
    when: str
    allow_failure: bool
    needs: tuple[Need, ...] | None
    """Those that are in the pipeline too; None for a job that waits for the stages before its own."""
    variables: Mapping[str, str]
    """From YAML: the pipeline's, the job's and those of the rule that matched."""
    decision: Decision
    environment: str = ""
    instances: int = 1
    """How many of it `parallel` makes."""
    layer: int = 0
    """How many jobs stand one behind the other before it."""
    held_by: tuple[str, ...] = ()
    """The manual jobs that somebody has to start before it can run."""

    @property
    def is_blocking(self) -> bool:
        """Does the pipeline wait for somebody to start it?"""
        return self.when == "manual" and not self.allow_failure


@dataclass(frozen=True, slots=True)
class AbsentJob:
    """A job that is not in the pipeline, and why."""

    name: str
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """What GitLab makes of a pipeline's files in one context."""

    context: Context
    jobs: tuple[SimulatedJob, ...] = ()
    """In the order in which they can run: by stage, and inside a stage by what they wait for."""
    absent: tuple[AbsentJob, ...] = ()
    name: str = ""
    """The pipeline's own name, from `workflow:name`."""
    faults: tuple[Fault, ...] = ()
    """Why GitLab refuses to make it, where it does."""
    notes: tuple[str, ...] = ()
    reason: str = ""
    """Why there is no pipeline, where GitLab makes none without calling that an error."""

    @property
    def is_created(self) -> bool:
        """Is there a pipeline?"""
        return bool(self.jobs) and not self.faults

    def job(self, name: str) -> SimulatedJob | None:
        """The job of that name, if it is in the pipeline."""
        return next((job for job in self.jobs if job.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class _Decided:
    facts: Facts
    decision: Decision
    variables: Mapping[str, str]


class Simulator:
    """Makes the pipelines of several contexts out of the same files."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._variables = variables_of(pipeline.variables)
        self._jobs = [read_facts(job, self._variables) for job in pipeline.visible_jobs]
        self._ranks = {stage.name: index for index, stage in enumerate(pipeline.stages)}
        workflow = pipeline.workflow
        written = workflow.get("rules") if workflow else None
        self._workflow = None if written is None else rules.read_rules(written)
        self._name = value_of(workflow.get("name")) if workflow else ""

    def run(self, context: Context) -> Simulation:
        """The pipeline that GitLab makes when a person or an event starts it like this."""
        workflow = self._decide_workflow(context)
        if not workflow.is_in or workflow.faults:
            return Simulation(context, faults=workflow.faults, reason=f"workflow:rules: {workflow.reason}")
        decided = [self._decide(facts, context, workflow.variables) for facts in self._jobs]
        found = [each for each in decided if each.decision.is_in]
        present = {each.facts.name for each in found}
        jobs = [_simulated(each) for each in found]
        faults = [fault for each in decided for fault in each.decision.faults]
        faults += _absent_needs(self._pipeline, (each.facts for each in found), present)
        is_empty = all(job.stage in {".pre", ".post"} for job in jobs)
        return Simulation(
            context,
            () if is_empty else self._ordered(jobs, present),
            tuple(self._absent(decided)),
            expand(self._name, _visible({**self._variables, **workflow.variables}, context, dict)),
            tuple(faults),
            tuple(_notes(jobs, present)),
            ("all its jobs are in .pre and .post" if jobs else "no job is in it") if is_empty else "",
        )

    def _decide_workflow(self, context: Context) -> Decision:
        if self._workflow is None:
            return Decision("always", "no workflow:rules")
        return rules.decide(self._workflow, context, _visible(self._variables, context, dict), "always")

    def _decide(self, facts: Facts, context: Context, of_workflow: Mapping[str, str]) -> _Decided:
        own = facts.variables
        if of_workflow:
            inherited = {name: value for name, value in of_workflow.items() if facts.inherits(name)}
            own = {**own, **inherited, **facts.own_variables}
        if not facts.is_known:
            return _Decided(facts, Decision("unknown", "its template was not looked at", facts.job.key.place), own)
        visible = _visible(own, context, lambda: facts.predefined(own))
        if facts.rules is not None:
            decision = rules.decide(facts.rules, context, visible, facts.when)
            return _Decided(facts, decision, {**own, **decision.variables} if decision.variables else own)
        has_default = self._workflow is None
        decision = policies.decide(facts.only, facts.excluded, context, visible, has_default=has_default)
        if decision.is_in:
            decision = replace(decision, when=facts.when, start_in=facts.start_in)
        return _Decided(facts, decision, own)

    def _ordered(self, jobs: list[SimulatedJob], present: set[str]) -> tuple[SimulatedJob, ...]:
        found = positions(self._ranks, (_waiting(job, present) for job in jobs))
        placed = [replace(job, layer=found[job.name].layer, held_by=found[job.name].held_by) for job in jobs]
        return tuple(sorted(placed, key=lambda job: (self._rank(job.stage), job.layer)))

    def _absent(self, decided: Iterable[_Decided]) -> Iterator[AbsentJob]:
        absent = [each for each in decided if not each.decision.is_in]
        for each in sorted(absent, key=lambda each: self._rank(each.facts.stage)):
            yield AbsentJob(each.facts.name, each.facts.stage, each.decision.reason)

    def _rank(self, stage: str) -> int:
        return self._ranks.get(stage, len(self._ranks))


def simulate(pipeline: Pipeline, context: Context) -> Simulation:
    """The pipeline of one context; for several, a Simulator reads the jobs but once."""
    return Simulator(pipeline).run(context)


def _visible(
    variables: Mapping[str, str], context: Context, of_job: Callable[[], Mapping[str, str]]
) -> Mapping[str, str]:
    """What a condition sees: those given at the start, the user's, then YAML's, and below them GitLab's own."""
    return Layers(context.variables, context.of_user, variables, context.predefined, last=of_job)


def _simulated(decided: _Decided) -> SimulatedJob:
    facts, decision = decided.facts, decided.decision
    return SimulatedJob(
        facts.name,
        facts.stage,
        decision.when,
        facts.allow_failure if decision.allow_failure is None else decision.allow_failure,
        facts.needs if decision.needs is None else read_needs(decision.needs),
        decided.variables,
        decision,
        expand(facts.environment.name, decided.variables),
        facts.instances,
    )


def _absent_needs(pipeline: Pipeline, jobs: Iterable[Facts], present: set[str]) -> Iterator[Fault]:
    """GitLab refuses the whole pipeline where a job that is in it needs one that is not.

    It looks at the job's own `needs` for that, even where a rule puts others in their place.
    """
    for job in jobs:
        for need in job.needs or ():
            if need.elsewhere or need.is_optional or need.named_in(present) or _is_unknown(pipeline, need):
                continue
            yield Fault(
                FaultKind.NEEDS_ABSENT,
                need.place,
                f"{job.name} needs {need.job}, which is not in this pipeline",
                "give both the same rules, or say `optional: true` in the need",
                job.name,
            )


def _is_unknown(pipeline: Pipeline, need: Need) -> bool:
    """May the job stand in a file that was not looked at?"""
    return not pipeline.is_complete and pipeline.job(need.job) is None


def _notes(jobs: Iterable[SimulatedJob], present: set[str]) -> Iterator[str]:
    for job in jobs:
        missing = [need.job for need in job.needs or () if not (need.elsewhere or need.named_in(present))]
        if job.decision.needs is not None and missing:
            yield f"{job.name} starts without {', '.join(missing)}: its rule needs what is not in this pipeline"


def _waiting(job: SimulatedJob, present: set[str]) -> Waiting:
    needs = None if job.needs is None else tuple(filter(None, (need.named_in(present) for need in job.needs)))
    return Waiting(job.name, job.stage, needs, job.when == "manual", job.is_blocking)
