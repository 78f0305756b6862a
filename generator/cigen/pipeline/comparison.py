"""What the pipelines of several contexts say together: two pipelines for one push, jobs that are in none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cigen.pipeline.contexts import Context
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.possibility import asked_variables, can_run, may_be_in
from cigen.pipeline.simulation import Simulation

_ONE_PIPELINE = (
    "in workflow:rules, first {if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS, when: never}, then {when: always}"
)


class NoteKind(StrEnum):
    """What a note is about."""

    DUPLICATE = "duplicate-pipelines"
    NEVER = "job-never-runs"
    ABSENT = "job-in-none-of-these"
    REFUSED = "refused"
    NO_PIPELINE = "no-pipeline"
    MANUAL = "waits-for-somebody"
    NEEDS = "needs-of-a-rule"
    FILES = "depends-on-files"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a look at the contexts shows."""

    kind: NoteKind
    message: str
    hint: str = ""
    jobs: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()


def compare(
    pipeline: Pipeline,
    simulations: Sequence[Simulation],
    known: Mapping[str, Context],
    run: Callable[[Context], Simulation],
) -> tuple[Note, ...]:
    """What to tell about these pipelines, the worst first.

    `pipeline` has every job that any context may have, `known` are all contexts, also those not looked at, and `run`
    simulates one of them.
    """
    return (
        *_refused(simulations),
        *_duplicates(simulations, known, run),
        *_absent(pipeline, simulations, known, run),
        *_needs(simulations),
        *_manual(simulations),
        *_without_pipeline(simulations),
    )


def _refused(simulations: Sequence[Simulation]) -> Iterator[Note]:
    by_fault: dict[tuple[str, str, str], list[str]] = {}
    for simulation in simulations:
        for fault in simulation.faults:
            by_fault.setdefault((fault.message, fault.hint, fault.job), []).append(simulation.context.name)
    for (message, hint, job), names in by_fault.items():
        told = f"GitLab refuses the pipeline of {_listed(names)}: {message}"
        yield Note(NoteKind.REFUSED, told, hint, (job,) if job else (), tuple(names))


def _duplicates(
    simulations: Sequence[Simulation], known: Mapping[str, Context], run: Callable[[Context], Simulation]
) -> Iterator[Note]:
    """GitLab makes a pipeline for the branch and one for the merge request, for the same push."""
    looked_at = {simulation.context.name for simulation in simulations}
    if not looked_at & {"branch", "branch-with-mr", "mr"}:
        return
    of_branch, of_request = (run(known[name]) for name in ("branch-with-mr", "mr"))
    if not (of_branch.is_created and of_request.is_created):
        return
    both = tuple(job.name for job in of_branch.jobs if of_request.job(job.name) and job.when != "unknown")
    if not both and any(job.when == "unknown" for job in of_branch.jobs):
        return
    told = f"with {_listed(both)} in both" if both else "with different jobs"
    yield Note(
        NoteKind.DUPLICATE,
        f"a push to a branch with an open merge request starts two pipelines, {told}",
        _ONE_PIPELINE if both else "",
        both,
        ("branch", "mr"),
    )


def _absent(
    pipeline: Pipeline,
    simulations: Sequence[Simulation],
    known: Mapping[str, Context],
    run: Callable[[Context], Simulation],
) -> Iterator[Note]:
    """Jobs that none of these pipelines has: because of a variable, because of the kind, or because of their rules."""
    seen = {job.name for simulation in simulations for job in simulation.jobs}
    without = _Without(simulations, run)
    barred: dict[str, list[str]] = {}
    asking: dict[tuple[str, ...], list[str]] = {}
    elsewhere: dict[tuple[str, ...], list[str]] = {}
    for job in pipeline.visible_jobs:
        if job.name in seen:
            continue
        if not can_run(pipeline, job):
            told = f"{job.name} is in no pipeline of any kind: its rules can never match"
            yield Note(NoteKind.NEVER, told, _where(job), (job.name,))
            continue
        looked_at = [simulation.context for simulation in simulations]
        if given := without.brings(job):
            barred.setdefault(given, []).append(job.name)
        elif asked := _awaited(pipeline, job, looked_at):
            asking.setdefault(asked, []).append(job.name)
        elif len(simulations) > 1:
            kinds = tuple(name for name, context in known.items() if may_be_in(pipeline, job, context))
            elsewhere.setdefault(kinds, []).append(job.name)
    here = "in this pipeline" if len(simulations) == 1 else "in any of these pipelines"
    for name, jobs in barred.items():
        told = f"{_listed(jobs)} {_are(jobs)} not {here} because of the given {name}"
        hint = f"try it without --variable {name}, or with another value"
        yield Note(NoteKind.ABSENT, told, hint, tuple(jobs))
    for names, jobs in asking.items():
        told = f"{_listed(jobs)} {_are(jobs)} not {here}; the rules ask for {_listed(names)}"
        yield Note(NoteKind.ABSENT, told, f"try --variable {names[0]}=…", tuple(jobs))
    for kinds, jobs in elsewhere.items():
        hint = f"try --context {kinds[0]}" if kinds else ""
        yield Note(NoteKind.ABSENT, f"{_listed(jobs)} {_are(jobs)} not {here}", hint, tuple(jobs), kinds)


class _Without:
    """The same pipelines, with one of the given variables less; made when they are asked for."""

    def __init__(self, simulations: Sequence[Simulation], run: Callable[[Context], Simulation]) -> None:
        self._contexts = [simulation.context for simulation in simulations]
        self._run = run
        self._jobs: dict[str, frozenset[str]] = {}

    def brings(self, job: Job) -> str:
        """The given variable without which the job would be there; empty if there is none."""
        given = dict.fromkeys(name for context in self._contexts for name in context.variables)
        return next((name for name in given if job.name in self._jobs_without(name)), "")

    def _jobs_without(self, name: str) -> frozenset[str]:
        if name not in self._jobs:
            found = [self._run(context.without_variables(name)) for context in self._contexts]
            self._jobs[name] = frozenset(job.name for simulation in found for job in simulation.jobs)
        return self._jobs[name]


def _awaited(pipeline: Pipeline, job: Job, contexts: Sequence[Context]) -> tuple[str, ...]:
    """The variables that bring the job into one of these pipelines when they are set.

    Those that it cannot do without; or, where it can do without each, those of which any one is enough. A variable that
    keeps the job out, as a deploy freeze does, is neither.
    """
    asked = asked_variables(job.get("rules"), contexts)

    def may_be_in_without(context: Context, *names: str) -> bool:
        return may_be_in(pipeline, job, context.without_variables(*names))

    waiting = [each for each in contexts if may_be_in_without(each) and not may_be_in_without(each, *asked)]
    if not waiting:
        return ()
    needed = [name for name in asked if not any(may_be_in_without(each, name) for each in waiting)]
    if needed:
        return tuple(needed)
    others = {name: [other for other in asked if other != name] for name in asked}
    enough = [name for name in asked if any(may_be_in_without(each, *others[name]) for each in waiting)]
    return tuple(enough or asked)


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _where(job: Job) -> str:
    written = job.get("rules") or job.value
    return f"they are in {written.place.path}, line {written.place.line + 1}"


def _needs(simulations: Sequence[Simulation]) -> Iterator[Note]:
    for told in dict.fromkeys(told for simulation in simulations for told in simulation.notes):
        names = tuple(simulation.context.name for simulation in simulations if told in simulation.notes)
        yield Note(NoteKind.NEEDS, f"{_listed(names)}: {told}", contexts=names)


def _manual(simulations: Sequence[Simulation]) -> Iterator[Note]:
    """Who waits for whom, told once for all the contexts in which it is so."""
    waiting: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for simulation in simulations:
        for job in simulation.jobs:
            if job.when == "manual":
                behind = tuple(other.name for other in simulation.jobs if job.name in other.held_by)
                if behind:
                    waiting.setdefault((job.name, behind), []).append(simulation.context.name)
    for (name, behind), names in waiting.items():
        told = f"{_listed(names)}: somebody has to start {name} before {_listed(behind)} can run"
        yield Note(NoteKind.MANUAL, told, "", (name, *behind), tuple(names))


def _without_pipeline(simulations: Sequence[Simulation]) -> Iterator[Note]:
    by_reason: dict[str, list[str]] = {}
    for simulation in simulations:
        if not simulation.jobs and not simulation.faults:
            by_reason.setdefault(simulation.reason, []).append(simulation.context.name)
    for reason, names in by_reason.items():
        yield Note(
            NoteKind.NO_PIPELINE, f"GitLab makes no pipeline for {_listed(names)}: {reason}", "", (), tuple(names)
        )


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = list(names) if len(names) <= most + 1 else [*names[:most], f"{len(names) - most} more"]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]
