"""What jobs say about each other: stages, needs, dependencies, and the jobs that stop environments."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from cigen.nearest import name_hint, nearest
from cigen.pipeline.circles import circle
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.where import Where, flat, is_null, is_text, shortened, text_of
from cigen.pipeline.node import Entry, Mapping, Node
from cigen.pipeline.node import Sequence as List
from cigen.pipeline.parallel import Copy, copies
from cigen.pipeline.written_needs import Need, filled, made_child_files, named_needs, speaks_of_matrix

_LONGEST_NEED = 255
_MOST_LOOKED_UP = 50
"""For how many unknown names the one that was meant is looked for, which takes long among many jobs."""
_MOST_SHOWN = 10
"""How many jobs of a circle are named."""
DEFAULT_STAGE = "test"


class Wiring:
    """The visible jobs of a pipeline, and how they hang together."""

    def __init__(
        self,
        jobs: Sequence[tuple[str, Entry]],
        stages: Sequence[str] | None,
        broken: Collection[str],
        *,
        is_complete: bool,
    ) -> None:
        """`stages` is None where they cannot be told.

        A broken job may have keywords that we do not see, a pipeline that is not complete whole jobs.
        """
        self._jobs = {name: entry.value for name, entry in jobs if isinstance(entry.value, Mapping)}
        self._keys = {name: entry.key for name, entry in jobs}
        self._stages: dict[str, int] | None = None
        if stages is not None:
            self._stages = {}
            for index, stage in enumerate(stages):
                self._stages.setdefault(stage, index)
        self._broken = broken
        self._is_complete = is_complete
        self._looked_up = 0
        self._copies: dict[str, tuple[Copy, ...]] = {}
        self._owners: dict[str, str] = {}
        for name, job in self._jobs.items():
            made = copies(name, job.get("parallel"))
            self._copies[name] = made
            self._owners.update({copy.name: name for copy in made} if made else {name: name})

    def faults(self) -> Iterator[Fault]:
        """Each fault between jobs."""
        needs: dict[str, list[tuple[str, list[Need]]]] = {}
        for name, job in self._jobs.items():
            where = Where(name)
            needs[name] = list(self._needs_of_copies(name, job))
            yield from self._stage_faults(name, job, where)
            yield from self._dependency_faults(name, job, where)
            yield from self._need_faults(name, job, needs[name], where)
            yield from self._stop_faults(job, where)
        yield from self._circle_faults(needs)

    def _stage_faults(self, name: str, job: Mapping, where: Where) -> Iterator[Fault]:
        stage, wanted = job.get("stage"), self._stage_name(name)
        if self._stages is None or wanted is None or wanted in self._stages:
            return
        known = list(self._stages)
        if stage is None or is_null(stage):
            said, hint = (
                f"has no 'stage', and there is no stage '{DEFAULT_STAGE}', which it would be in",
                f"known: {', '.join(known)}" if known else "",
            )
        else:
            said, hint = (
                f"is in the stage '{shortened(wanted)}', which is not among the stages",
                name_hint(wanted, known),
            )
        yield where.fault(FaultKind.STAGE_UNDEFINED, self._keys[name] if stage is None else stage, said, hint)

    def _dependency_faults(self, name: str, job: Mapping, where: Where) -> Iterator[Fault]:
        names = job.get("dependencies")
        needed = self._needed(job)
        for node in names.items if isinstance(names, List) else ():
            if is_text(node) and (not needed or text_of(node) in needed):  # others are told as outside of the needs
                made = self._copies.get(text_of(node), ())
                for wanted in [copy.name for copy in made] or [text_of(node)]:
                    yield from self._target_faults(name, Need(wanted, False, node), where, "fetches artifacts of")
        for node, wanted in made_child_files(job):
            yield from self._target_faults(name, Need(wanted, False, node), where, "starts a file made by")

    def _needed(self, job: Mapping) -> frozenset[str]:
        needs = job.get("needs")
        return frozenset(name for name, _, _ in named_needs(needs)) if needs is not None else frozenset()

    def _need_faults(
        self, name: str, job: Mapping, needs: list[tuple[str, list[Need]]], where: Where
    ) -> Iterator[Fault]:
        told: set[tuple[str, int]] = set()
        for wanted in {id(wanted): wanted for _, wanted in needs}.values():  # most copies need the same
            yield from self._specification_faults(name, wanted, where, told)
        rules = job.get("rules")
        for rule in flat(rules) if rules is not None else ():
            if isinstance(rule, Mapping) and (instead := rule.get("needs")) is not None:
                # GitLab does not look for the copies of a parallel job here
                wanted = [Need(need, is_optional, node) for need, is_optional, node in named_needs(instead)]
                yield from self._specification_faults(name, wanted, where, set(), "needs, in one of its rules,")

    def _specification_faults(
        self, name: str, wanted: list[Need], where: Where, told: set[tuple[str, int]], verb: str = "needs"
    ) -> Iterator[Fault]:
        counts = Counter(need.name for need in wanted)
        for need in wanted:
            mark = (need.name, id(need.node))
            if mark in told:
                continue
            told.add(mark)
            yield from self._target_faults(name, need, where, verb)
            if counts[need.name] > 1:
                counts[need.name] = 0
                second = [other for other in wanted if other.name == need.name][1]
                yield where.fault(
                    FaultKind.NEEDS_UNDEFINED,
                    second.node,
                    f"{verb} '{shortened(need.name)}' twice",
                    "a job is needed once",
                )

    def _needs_of_copies(self, name: str, job: Mapping) -> Iterator[tuple[str, list[Need]]]:
        """The needs of a job, or of each of its copies where a need names a value of the matrix."""
        needs = job.get("needs")
        if needs is None or is_null(needs):
            return
        named = list(named_needs(needs))
        made = self._copies[name]
        if not made:
            yield name, list(self._expanded(named, {}))
        elif any(copy.values for copy in made) and any(speaks_of_matrix(need, node) for need, _, node in named):
            for copy in made:
                yield copy.name, list(self._expanded(named, copy.values))
        else:
            wanted = list(self._expanded(named, {}))
            for copy in made:
                yield copy.name, wanted

    def _expanded(self, named: list[tuple[str, bool, Node]], values: dict[str, str]) -> Iterator[Need]:
        for raw, is_optional, node in named:
            name = filled(raw, values)
            chosen = node.get("parallel") if isinstance(node, Mapping) else None
            if self._copies.get(name) and isinstance(chosen, Mapping):
                targets = [filled(copy.name, values) for copy in copies(name, chosen)]
            else:
                targets = [copy.name for copy in self._copies.get(name, ())] or [name]
            at = node.entries["job"].value if isinstance(node, Mapping) else node
            yield from (Need(target, is_optional, at) for target in targets)

    def _target_faults(self, name: str, need: Need, where: Where, verb: str) -> Iterator[Fault]:
        owner = self._owners.get(need.name)
        if owner is None:
            if not need.is_optional and self._is_complete:
                yield where.fault(
                    FaultKind.NEEDS_UNDEFINED,
                    need.node,
                    f"{verb} '{shortened(need.name)}', which is no job of this pipeline",
                    self._meant(need.name, can_be_optional=verb.startswith("needs")),
                )
            return
        if verb.startswith("needs") and len(need.name) > _LONGEST_NEED:
            yield where.fault(
                FaultKind.OVER_LIMIT,
                need.node,
                f"needs a job whose name has {len(need.name)} characters; {_LONGEST_NEED} are allowed",
            )
        own, other = self._stage_name(name), self._stage_name(owner)
        if self._stages is None or own not in self._stages or other not in self._stages:
            return
        if self._stages[other] > self._stages[own]:
            yield where.fault(
                FaultKind.NEEDS_UNDEFINED,
                need.node,
                f"{verb} '{shortened(need.name)}', which is in the later stage '{other}' (this job is in '{own}')",
                f"put this job into '{other}' or a stage after it",
            )

    def _meant(self, name: str, *, can_be_optional: bool = False) -> str:
        if name in self._jobs and self._copies[name]:
            return f"'{name}' is parallel: name one of its jobs, such as '{self._copies[name][0].name}'"
        if name.startswith("."):
            return "a job whose name begins with a dot is hidden, and never runs"
        self._looked_up += 1
        meant = nearest(name, self._owners) if self._looked_up <= _MOST_LOOKED_UP else None
        if meant:
            return f"did you mean '{meant}'?"
        return "with 'optional: true' it may be missing" if can_be_optional else ""

    def _stop_faults(self, job: Mapping, where: Where) -> Iterator[Fault]:
        environment = job.get("environment")
        stop = environment.get("on_stop") if isinstance(environment, Mapping) else None
        if not isinstance(environment, Mapping) or stop is None or not is_text(stop):
            return
        inside, name = where.under("environment").under("on_stop"), text_of(stop)
        owner = self._owners.get(name)
        if owner is None:
            if self._is_complete:
                yield inside.fault(
                    FaultKind.ON_STOP_WIRING,
                    stop,
                    f"names '{shortened(name)}', which is no job of this pipeline",
                    self._meant(name),
                )
            return
        other = self._jobs[owner].get("environment")
        if other is None or is_null(other):
            yield inside.fault(
                FaultKind.ON_STOP_WIRING,
                stop,
                f"names '{shortened(name)}', which has no environment",
                f"give it: environment: {{name: {text_of(environment.get('name'))}, action: stop}}",
            )
            return
        stopped, action = (
            (text_of(other.get("name")), text_of(other.get("action")))
            if isinstance(other, Mapping)
            else (text_of(other), "start")
        )
        if stopped != text_of(environment.get("name")):
            yield inside.fault(
                FaultKind.ON_STOP_WIRING, stop, f"names '{shortened(name)}', which has another environment: '{stopped}'"
            )
        elif action != "stop":
            yield inside.fault(
                FaultKind.ON_STOP_WIRING,
                stop,
                f"names '{shortened(name)}', which does not stop its environment",
                f"add to '{name}': environment: action: stop",
            )

    def _circle_faults(self, needs: dict[str, list[tuple[str, list[Need]]]]) -> Iterator[Fault]:
        owners = {
            name: self._owners_of({id(wanted): wanted for _, wanted in made}.values()) for name, made in needs.items()
        }
        if not circle(owners):
            return
        # copies of one job may need each other, so that what looks like a circle of jobs is none
        names = circle({owner: [need.name for need in wanted] for copies in needs.values() for owner, wanted in copies})
        if not names:
            return
        first = self._owners[names[0]]
        at = self._jobs[first].entries["needs"].value
        shown = names if len(names) <= _MOST_SHOWN else [*names[:_MOST_SHOWN], f"… ({len(names)} jobs)"]
        said = f"needs itself: {' → '.join([*shown, names[0]])}" if len(names) > 1 else "needs itself"
        related = tuple(
            (self._jobs[self._owners[name]].entries["needs"].value.place, f"the needs of '{name}'")
            for name in names[1:_MOST_SHOWN]
        )
        yield Fault(
            FaultKind.NEEDS_CYCLE, at.place, f"job '{first}' {said}", "take one of these needs out", first, related
        )

    def _owners_of(self, needs: Iterable[list[Need]]) -> list[str]:
        names = dict.fromkeys(need.name for wanted in needs for need in wanted)
        return list(dict.fromkeys(self._owners[name] for name in names if name in self._owners))

    def _stage_name(self, name: str) -> str | None:
        """The stage of a job; None where it cannot be told."""
        stage = self._jobs[name].get("stage")
        if stage is None or is_null(stage):
            return None if name in self._broken else DEFAULT_STAGE
        return text_of(stage) if is_text(stage) else None
