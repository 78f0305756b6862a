"""Jobs in cells, and the ways of the lines between them: stages along, regions across.

Whether along is to the right or downwards is for a drawing to say.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from cigen.graph.model import Edge, Graph

TRACK = 7
"""Between two lines that run across, beside each other."""
BUS = 8
"""Between two lines that run along, beside each other."""
GUTTER = 26
LANE_PADDING = 14

Net = tuple[str, tuple[str, ...]]
"""Lines that run together: from one job, with the same files."""
Points = tuple[tuple[float, float], ...]
"""A way, each point as along and across."""


@dataclass(frozen=True, slots=True)
class Box:
    """The place of a job: where it begins, and how long and broad it is."""

    along: float
    across: float
    length: float
    breadth: float


@dataclass(slots=True)
class Grid:
    """Which job stands in which cell, and which lines run beside each other where."""

    graph: Graph
    lane_of: Mapping[str, Hashable]
    """The lane of each job, by its name."""
    lanes: list[Hashable]
    """In order."""
    slots: list[tuple[str, int]] = field(default_factory=list)
    """Every place along the way: a stage, and how many jobs of the same stage stand before."""
    cells: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Of each job: its slot, its lane, and its row in the lane."""
    edges: list[Edge] = field(default_factory=list)
    """Those that can be drawn."""
    across: dict[int, list[Net]] = field(default_factory=dict)
    """The nets that run across in the gap behind each slot."""
    along: dict[int, list[Net]] = field(default_factory=dict)
    """The nets that run along before each lane."""

    def __post_init__(self) -> None:
        self._place()
        edges = [edge for edge in self.graph.edges if edge.before in self.cells and edge.after in self.cells]
        self.edges = [edge for edge in edges if self.cells[edge.before][0] < self.cells[edge.after][0]]
        self._run()

    def rows(self, lane: int) -> int:
        """How many jobs stand beside each other in a lane at most."""
        return 1 + max((row for _, place, row in self.cells.values() if place == lane), default=0)

    def gap(self, slot: int) -> float:
        """How much room the lines behind a slot need."""
        return GUTTER + TRACK * len(self.across.get(slot, ()))

    def margin(self, lane: int) -> float:
        """How much room the lines before a lane need."""
        return LANE_PADDING + BUS * len(self.along.get(lane, ()))

    def ways(self, boxes: Mapping[str, Box], lane_starts: list[float]) -> Iterator[tuple[Edge, Points]]:
        """The way of each line between boxes that stand in these cells."""
        arriving: dict[str, list[Net]] = {}
        for edge in self.edges:
            arriving.setdefault(edge.after, []).append((edge.before, edge.files))
        ends = [0.0] * len(self.slots)
        for name, box in boxes.items():
            ends[self.cells[name][0]] = max(ends[self.cells[name][0]], box.along + box.length)
        for edge in self.edges:
            net = (edge.before, edge.files)
            source, target = boxes[edge.before], boxes[edge.after]
            slot, (other, lane, _) = self.cells[edge.before][0], self.cells[edge.after]
            ports = arriving[edge.after]
            start = (source.along + source.length, source.across + source.breadth / 2)
            end = (target.along, target.across + target.breadth * (ports.index(net) + 1) / (len(ports) + 1))
            first = ends[slot] + GUTTER / 2 + TRACK * self.across[slot].index(net)
            if self._is_straight(edge):
                yield edge, _simple([start, (first, start[1]), (first, end[1]), end])
                continue
            bus = lane_starts[lane] + LANE_PADDING / 2 + 2 + BUS * self.along[lane].index(net)
            last = ends[other - 1] + GUTTER / 2 + TRACK * self.across[other - 1].index(net)
            yield edge, _simple([start, (first, start[1]), (first, bus), (last, bus), (last, end[1]), end])

    def _place(self) -> None:
        depth = self._depths()
        self.slots = sorted(
            {(node.stage, depth[node.name]) for node in self.graph.jobs},
            key=lambda slot: (self.graph.stages.index(slot[0]), slot[1]),
        )
        taken: dict[tuple[int, int], int] = {}
        for node in self.graph.jobs:
            slot, lane = self.slots.index((node.stage, depth[node.name])), self.lanes.index(self.lane_of[node.name])
            row = taken.get((slot, lane), 0)
            taken[slot, lane] = row + 1
            self.cells[node.name] = (slot, lane, row)

    def _depths(self) -> dict[str, int]:
        """How many jobs of its own stage stand one behind the other before each; jobs in a circle stop somewhere."""
        stages = {node.name: node.stage for node in self.graph.jobs}
        depth = dict.fromkeys(stages, 0)
        inside = [
            (edge.before, edge.after)
            for edge in self.graph.edges
            if edge.before in stages and stages[edge.before] == stages.get(edge.after)
        ]
        for _ in stages:
            behind = [(before, after) for before, after in inside if depth[after] <= depth[before] < len(stages) - 1]
            if not behind:
                break
            for before, after in behind:
                depth[after] = max(depth[after], depth[before] + 1)
        return depth

    def _is_straight(self, edge: Edge) -> bool:
        """Whether a line along meets no job on its way."""
        slot, lane, row = self.cells[edge.before]
        other, other_lane, other_row = self.cells[edge.after]
        if other == slot + 1:
            return True
        if (lane, row) != (other_lane, other_row):
            return False
        return not any(slot < s < other and (place, r) == (lane, row) for s, place, r in self.cells.values())

    def _run(self) -> None:
        for edge in self.edges:
            net = (edge.before, edge.files)
            slot, (other, lane, _) = self.cells[edge.before][0], self.cells[edge.after]
            is_straight = self._is_straight(edge)
            for gap in [slot] if is_straight else [slot, other - 1]:
                _once(self.across.setdefault(gap, []), net)
            if not is_straight:
                _once(self.along.setdefault(lane, []), net)


def _once(nets: list[Net], net: Net) -> None:
    if net not in nets:
        nets.append(net)


def _simple(points: Iterable[tuple[float, float]]) -> Points:
    """Without points that add no corner."""
    given = list(points)
    kept = [given[0], *(later for earlier, later in pairwise(given) if later != earlier)]
    result = [kept[0]]
    for index in range(1, len(kept) - 1):
        before, here, after = result[-1], kept[index], kept[index + 1]
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]):
            result.append(here)
    return (*result, kept[-1])
