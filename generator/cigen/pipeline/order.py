"""In which order jobs can run: stage after stage, or as soon as what they need is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Waiting:
    """One job of a pipeline, as far as order goes."""

    name: str
    stage: str
    needs: tuple[str, ...] | None
    """None for a job that waits for all stages before its own."""
    is_manual: bool = False
    is_blocking: bool = False
    """A manual job that the pipeline waits for."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a job stands."""

    layer: int
    """How many jobs stand one behind the other before it."""
    held_by: tuple[str, ...] = ()
    """The manual jobs that somebody has to start before it can run, in their order."""
    holds_up: bool = False
    """Do the stages behind it wait while nobody has started those, or itself?"""


@dataclass(slots=True)
class _Ahead:
    """Everything in the stages before one, taken together."""

    layer: int = -1
    held_by: dict[str, None] = field(default_factory=dict)


def positions(stages: Mapping[str, int], jobs: Iterable[Waiting]) -> dict[str, Position]:
    """The position of each job, by the ranks of the stages.

    What a job needs and is not there counts as done, and so does a circle.
    """
    return _Positions({job.name: job for job in jobs}, stages).all()


class _Positions:
    def __init__(self, jobs: Mapping[str, Waiting], stages: Mapping[str, int]) -> None:
        self._jobs = jobs
        self._stages = stages
        self._found: dict[str, Position] = {}
        self._of_stage: dict[int, list[str]] = {}
        for job in jobs.values():
            self._of_stage.setdefault(self._stage(job), []).append(job.name)

    def all(self) -> dict[str, Position]:
        """Stage after stage: a job that waits for stages needs those before it, any other only what it names."""
        ahead = _Ahead()
        for stage in sorted(self._of_stage):
            for name in self._of_stage[stage]:
                self._place(name, ahead)
            ahead = self._with_stage(ahead, self._of_stage[stage])
        return self._found

    def _stage(self, job: Waiting) -> int:
        return self._stages.get(job.stage, len(self._stages))

    def _place(self, first: str, ahead: _Ahead) -> None:
        """What a job needs is placed before it, without recursion: a chain of needs may be long."""
        waiting, entered = [first], {first}
        while waiting:
            job = self._jobs[waiting[-1]]
            missing = [
                name
                for name in job.needs or ()
                if name in self._jobs and name not in self._found and name not in entered
            ]
            if missing:
                entered.add(missing[0])
                waiting.append(missing[0])
            else:
                self._found.setdefault(job.name, self._position(job, ahead))
                waiting.pop()

    def _position(self, job: Waiting, ahead: _Ahead) -> Position:
        if job.needs is None:
            held, is_pending = ahead.held_by, bool(ahead.held_by)
            return Position(ahead.layer + 1, tuple(held), is_pending or job.is_blocking)
        held, is_pending, layer = {}, False, -1
        for name in job.needs:
            before = self._found.get(name)
            if before is None:
                continue
            layer = max(layer, before.layer)
            held |= dict.fromkeys(before.held_by)
            if self._jobs[name].is_manual:
                held[name] = None
            is_pending = is_pending or before.holds_up
        return Position(layer + 1, tuple(held), is_pending or job.is_blocking)

    def _with_stage(self, ahead: _Ahead, names: list[str]) -> _Ahead:
        held = dict(ahead.held_by)
        for name in names:
            position = self._found[name]
            if position.holds_up:
                held |= dict.fromkeys(position.held_by)
                if self._jobs[name].is_blocking:
                    held[name] = None
        return _Ahead(max([ahead.layer, *(self._found[name].layer for name in names)]), held)
