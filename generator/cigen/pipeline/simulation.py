"""The pipeline that GitLab would make in a context: which jobs, in which order, and what holds them up."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cigen.pipeline import node, policies, rules
from cigen.pipeline.contexts import Context, slug
from cigen.pipeline.expand import expand
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.needs import Need, read_needs
from cigen.pipeline.order import Waiting, positions
from cigen.pipeline.rules import Decision
from cigen.pipeline.variables import value_of, variables_of


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


@dataclass(frozen=True, slots=True)
class _Decided:
    job: Job
    decision: Decision
    variables: Mapping[str, str]


def simulate(pipeline: Pipeline, context: Context) -> Simulation:
    """Make the pipeline that the files describe, as GitLab does when a person or an event starts it."""
    root_variables = variables_of(pipeline.variables)
    workflow = _workflow(pipeline, context, root_variables)
    if not workflow.is_in or workflow.faults:
        return Simulation(context, faults=workflow.faults, reason=f"workflow:rules: {workflow.reason}")
    decided = [_decide(pipeline, job, context, workflow.variables) for job in pipeline.visible_jobs]
    jobs = [_simulated(each) for each in decided if each.decision.is_in]
    present = {job.name for job in jobs}
    faults = [fault for each in decided for fault in each.decision.faults]
    faults += _absent_needs((each.job for each in decided if each.decision.is_in), present)
    is_empty = all(job.stage in {".pre", ".post"} for job in jobs)
    return Simulation(
        context,
        () if is_empty else _ordered(pipeline, jobs, present),
        tuple(_absent(pipeline, decided)),
        _name(pipeline, context, {**root_variables, **workflow.variables}),
        tuple(faults),
        tuple(_notes(jobs, present)),
        ("all its jobs are in .pre and .post" if jobs else "no job is in it") if is_empty else "",
    )


def _workflow(pipeline: Pipeline, context: Context, variables: Mapping[str, str]) -> Decision:
    written = pipeline.workflow.get("rules") if pipeline.workflow else None
    if written is None:
        return Decision("always", "no workflow:rules")
    return rules.decide(written, context, _visible(variables, context), "always")


def _name(pipeline: Pipeline, context: Context, variables: Mapping[str, str]) -> str:
    written = pipeline.workflow.get("name") if pipeline.workflow else None
    return expand(value_of(written), _visible(variables, context))


def _decide(pipeline: Pipeline, job: Job, context: Context, of_workflow: Mapping[str, str]) -> _Decided:
    inherited = {name: value for name, value in of_workflow.items() if _inherits(job, name)}
    own = {**variables_of(job.variables), **inherited, **variables_of(job.own_variables)}
    visible = _visible(own, context, _of_job(job, own))
    default_when = _told(job.get("when")) or "on_success"
    job_rules = job.get("rules")
    if not job.is_complete and not any(key in job.mapping for key in ("rules", "only", "except")):
        return _Decided(job, Decision("unknown", "its template was not looked at", job.key.place), own)
    if job_rules is not None:
        decision = rules.decide(job_rules, context, visible, default_when)
        return _Decided(job, decision, {**own, **decision.variables})
    has_default = not (pipeline.workflow and pipeline.workflow.get("rules"))
    decision = policies.decide(job.get("only"), job.get("except"), context, visible, has_default=has_default)
    if decision.is_in:
        decision = replace(decision, when=default_when, start_in=_told(job.get("start_in")))
    return _Decided(job, decision, own)


def _inherits(job: Job, name: str) -> bool:
    inherit = job.get("inherit")
    written = inherit.get("variables") if isinstance(inherit, node.Mapping) else None
    match node.plain(written) if written else True:
        case bool() as all_of_them:
            return all_of_them
        case list() as names:
            return name in names
        case _:
            return True


def _visible(variables: Mapping[str, str], context: Context, of_job: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a condition sees: GitLab's own variables, over them YAML's, the user's, and those given at the start."""
    user = {name: value for name, value in context.predefined.items() if name.startswith("GITLAB_USER_")}
    return {**(of_job or {}), **context.predefined, **variables, **user, **context.variables}


def _of_job(job: Job, variables: Mapping[str, str]) -> dict[str, str]:
    found = {
        "CI_JOB_NAME": job.name,
        "CI_JOB_NAME_SLUG": slug(job.name),
        "CI_JOB_GROUP_NAME": job.name,
        "CI_JOB_STAGE": job.stage_name,
        "CI_NODE_TOTAL": str(_instances(job)),
    }
    if _told(job.get("when")) in {"manual", "delayed"}:
        found["CI_JOB_MANUAL"] = "true"
    environment = job.get("environment")
    if name := _environment(job):
        found["CI_ENVIRONMENT_NAME"] = expand(name, variables)
        found["CI_ENVIRONMENT_ACTION"] = _part(environment, "action") or "start"
        found["CI_ENVIRONMENT_TIER"] = _part(environment, "deployment_tier")
        found["CI_ENVIRONMENT_URL"] = _part(environment, "url")
    return {name: value for name, value in found.items() if value}


def _simulated(decided: _Decided) -> SimulatedJob:
    job, decision = decided.job, decided.decision
    of_rule = None if decision.needs is None else read_needs(decision.needs)
    own = None if job.needs is None else read_needs(job.needs)
    return SimulatedJob(
        job.name,
        job.stage_name,
        decision.when,
        _may_fail(job) if decision.allow_failure is None else decision.allow_failure,
        own if of_rule is None else of_rule,
        decided.variables,
        decision,
        expand(_environment(job), decided.variables),
        _instances(job),
    )


def _may_fail(job: Job) -> bool:
    """What the job itself says; a job that is manual by itself, and not by a rule, may be left alone."""
    written = job.get("allow_failure")
    match node.plain(written) if written else None:
        case None:
            return _told(job.get("when")) == "manual"
        case bool() as allowed:
            return allowed
        case _:
            return False


def _instances(job: Job) -> int:
    parallel = job.get("parallel")
    match node.plain(parallel) if parallel else None:
        case int() as count if not isinstance(count, bool):
            return max(count, 1)
        case {"matrix": list() as rows}:
            return max(sum(_combinations(row) for row in rows), 1)
        case _:
            return 1


def _combinations(row: object) -> int:
    count = 1
    for values in row.values() if isinstance(row, dict) else ():
        count *= max(len(values), 1) if isinstance(values, list) else 1
    return count


def _environment(job: Job) -> str:
    environment = job.get("environment")
    return _part(environment, "name") if isinstance(environment, node.Mapping) else _told(environment)


def _part(written: node.Node | None, key: str) -> str:
    return _told(written.get(key)) if isinstance(written, node.Mapping) else ""


def _told(written: node.Node | None) -> str:
    return value_of(written) if isinstance(written, node.Scalar) else ""


def _absent(pipeline: Pipeline, decided: Iterable[_Decided]) -> Iterator[AbsentJob]:
    rank = _ranks(pipeline)
    absent = [each for each in decided if not each.decision.is_in]
    for each in sorted(absent, key=lambda each: rank.get(each.job.stage_name, len(rank))):
        yield AbsentJob(each.job.name, each.job.stage_name, each.decision.reason)


def _ranks(pipeline: Pipeline) -> dict[str, int]:
    return {stage.name: index for index, stage in enumerate(pipeline.stages)}


def _absent_needs(jobs: Iterable[Job], present: set[str]) -> Iterator[Fault]:
    """GitLab refuses the whole pipeline where a job that is in it needs one that is not.

    It looks at the job's own `needs` for that, even where a rule puts others in their place.
    """
    for job in jobs:
        for need in read_needs(job.needs):
            if need.elsewhere or need.is_optional or need.named_in(present) or _is_unknown(job.pipeline, need):
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


def _ordered(pipeline: Pipeline, jobs: list[SimulatedJob], present: set[str]) -> tuple[SimulatedJob, ...]:
    rank = _ranks(pipeline)
    found = positions(rank, (_waiting(job, present) for job in jobs))
    placed = [replace(job, layer=found[job.name].layer, held_by=found[job.name].held_by) for job in jobs]
    return tuple(sorted(placed, key=lambda job: (rank.get(job.stage, len(rank)), job.layer)))


def _waiting(job: SimulatedJob, present: set[str]) -> Waiting:
    needs = None if job.needs is None else tuple(filter(None, (need.named_in(present) for need in job.needs)))
    return Waiting(job.name, job.stage, needs, job.when == "manual", job.is_blocking)
