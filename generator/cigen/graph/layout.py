"""Where everything stands in a drawing: stages as columns, regions as rows, needs as lines along them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from cigen.graph.model import Edge, Graph, JobNode

_CHARACTER = 7.5
_CARD_PADDING = 30
_CARD_LEAST = 190
CARD_HEIGHT = 66
_ROW_GAP = 16
_LANE_PADDING = 14
_LANE_LABEL = 64
_TRACK = 7
_GUTTER = 26
_BUS = 8
ALL_REGIONS = "all regions"
HEAD = 30
"""The height of the row with the names of the stages."""


@dataclass(frozen=True, slots=True)
class Card:
    """A job and its place."""

    node: JobNode
    x: float
    y: float
    width: float
    height: float = CARD_HEIGHT


@dataclass(frozen=True, slots=True)
class Lane:
    """The rows of one region, or of all of them together."""

    label: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """The name of a stage above its jobs."""

    stage: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """The way from one job to another."""

    edge: Edge
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One pipeline, with the left upper corner at 0, 0."""

    graph: Graph
    width: float
    height: float
    columns: tuple[Column, ...]
    lanes: tuple[Lane, ...]
    cards: tuple[Card, ...]
    lines: tuple[Line, ...]


def layout(graph: Graph) -> Layout:
    """The place of every job and the way of every line; the same graph always gives the same."""
    return _Plan(graph).layout()


_Net = tuple[str, tuple[str, ...]]
"""Lines that run together: from one job, with the same files."""


@dataclass(slots=True)
class _Plan:
    graph: Graph
    slots: list[tuple[str, int]] = field(default_factory=list)
    """Every column of cards: a stage, and how many jobs of the same stage stand before."""
    cells: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Of each job: its column, lane and row in the lane."""
    lanes: list[str] = field(default_factory=list)

    def layout(self) -> Layout:
        """Cells first, then how much room the lines between them need, then coordinates."""
        self._place()
        edges = [edge for edge in self.graph.edges if edge.before in self.cells and edge.after in self.cells]
        edges = [edge for edge in edges if self.cells[edge.before][0] < self.cells[edge.after][0]]
        upright, level = self._tracks(edges)
        xs, widths, width = self._horizontal(upright)
        ys, lanes, height = self._vertical(level)
        cards = {
            node.name: Card(
                node, xs[self.cells[node.name][0]], ys[self.cells[node.name][1:]], widths[self.cells[node.name][0]]
            )
            for node in self.graph.jobs
        }
        lines = tuple(self._lines(edges, cards, upright, level, lanes))
        return Layout(
            self.graph, width, height, tuple(self._columns(xs, widths)), tuple(lanes), tuple(cards.values()), lines
        )

    def _place(self) -> None:
        depth = self._depths()
        self.slots = sorted(
            {(node.stage, depth[node.name]) for node in self.graph.jobs},
            key=lambda slot: (self.graph.stages.index(slot[0]), slot[1]),
        )
        regions = list(dict.fromkeys(node.scope.region for node in self.graph.jobs))
        self.lanes = sorted(regions, key=bool)
        taken: dict[tuple[int, int], int] = {}
        for node in self.graph.jobs:
            column, lane = self.slots.index((node.stage, depth[node.name])), self.lanes.index(node.scope.region)
            row = taken.get((column, lane), 0)
            taken[column, lane] = row + 1
            self.cells[node.name] = (column, lane, row)

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
        """Whether a level line meets no card on its way."""
        column, lane, row = self.cells[edge.before]
        other, other_lane, other_row = self.cells[edge.after]
        if other == column + 1:
            return True
        way = {(lane, row)} if (lane, row) == (other_lane, other_row) else {(lane, row), (other_lane, other_row)}
        if len(way) == 2:
            return False
        return not any(column < c < other and (place, r) in way for c, place, r in self.cells.values())

    def _tracks(self, edges: Iterable[Edge]) -> tuple[dict[int, list[_Net]], dict[int, list[_Net]]]:
        """Which nets run upright in the gap behind each column, and which run level above each lane."""
        upright: dict[int, list[_Net]] = {}
        level: dict[int, list[_Net]] = {}
        for edge in edges:
            net = (edge.before, edge.files)
            column, _, _ = self.cells[edge.before]
            other, lane, _ = self.cells[edge.after]
            gaps = [column] if self._is_straight(edge) else [column, other - 1]
            for gap in gaps:
                if net not in upright.setdefault(gap, []):
                    upright[gap].append(net)
            if not self._is_straight(edge) and net not in level.setdefault(lane, []):
                level[lane].append(net)
        return upright, level

    def _horizontal(self, upright: Mapping[int, list[_Net]]) -> tuple[list[float], list[float], float]:
        xs: list[float] = []
        widths: list[float] = []
        x = max(_LANE_LABEL, max(len(region or ALL_REGIONS) for region in self.lanes) * _CHARACTER + 26)
        for column in range(len(self.slots)):
            names = [node.shown for node in self.graph.jobs if self.cells[node.name][0] == column]
            width = max(_CARD_LEAST, max(map(len, names)) * _CHARACTER + _CARD_PADDING)
            xs.append(x)
            widths.append(width)
            x += width + _GUTTER + _TRACK * len(upright.get(column, ()))
        return xs, widths, x - _GUTTER + _LANE_PADDING

    def _vertical(self, level: Mapping[int, list[_Net]]) -> tuple[dict[tuple[int, int], float], list[Lane], float]:
        ys: dict[tuple[int, int], float] = {}
        lanes: list[Lane] = []
        y = float(HEAD)
        for lane, region in enumerate(self.lanes):
            top = y
            y += _LANE_PADDING + _BUS * len(level.get(lane, ()))
            rows = 1 + max(row for _, place, row in self.cells.values() if place == lane)
            for row in range(rows):
                ys[lane, row] = y
                y += CARD_HEIGHT + _ROW_GAP
            y += _LANE_PADDING - _ROW_GAP
            lanes.append(Lane(region or ALL_REGIONS, top, y - top))
            y += 6
        return ys, lanes, y

    def _lines(
        self,
        edges: Iterable[Edge],
        cards: Mapping[str, Card],
        upright: Mapping[int, list[_Net]],
        level: Mapping[int, list[_Net]],
        lanes: list[Lane],
    ) -> Iterator[Line]:
        arriving: dict[str, list[_Net]] = {}
        for edge in edges:
            arriving.setdefault(edge.after, []).append((edge.before, edge.files))
        for edge in edges:
            net = (edge.before, edge.files)
            source, target = cards[edge.before], cards[edge.after]
            column, (other, lane, _) = self.cells[edge.before][0], self.cells[edge.after]
            start = (source.x + source.width, source.y + CARD_HEIGHT / 2)
            ports = arriving[edge.after]
            end = (target.x, target.y + CARD_HEIGHT * (ports.index(net) + 1) / (len(ports) + 1))
            first = self._upright(cards, column, upright, net)
            if self._is_straight(edge):
                yield Line(edge, _simple([start, (first, start[1]), (first, end[1]), end]))
                continue
            bus = lanes[lane].y + _LANE_PADDING / 2 + 2 + _BUS * level[lane].index(net)
            last = self._upright(cards, other - 1, upright, net)
            yield Line(edge, _simple([start, (first, start[1]), (first, bus), (last, bus), (last, end[1]), end]))

    def _upright(self, cards: Mapping[str, Card], column: int, upright: Mapping[int, list[_Net]], net: _Net) -> float:
        right = max(card.x + card.width for card in cards.values() if self.cells[card.node.name][0] == column)
        return right + _GUTTER / 2 + _TRACK * upright[column].index(net)

    def _columns(self, xs: list[float], widths: list[float]) -> Iterator[Column]:
        for stage in self.graph.stages:
            found = [index for index, slot in enumerate(self.slots) if slot[0] == stage]
            yield Column(stage, xs[found[0]], xs[found[-1]] + widths[found[-1]] - xs[found[0]])


def _simple(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Without points that add no corner."""
    kept = [points[0], *(later for earlier, later in pairwise(points) if later != earlier)]
    result = [kept[0]]
    for index in range(1, len(kept) - 1):
        before, here, after = result[-1], kept[index], kept[index + 1]
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]):
            result.append(here)
    return (*result, kept[-1])
