"""Where everything of one pipeline stands: stages as columns, regions as rows, needs as lines along them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cigen.graph.grid import GUTTER, LANE_PADDING, Box, Grid
from cigen.graph.model import Edge, Graph, JobNode

_CHARACTER = 7.5
_CARD_PADDING = 30
_CARD_LEAST = 190
CARD_HEIGHT = 66
_ROW_GAP = 16
_LANE_LABEL = 64
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
    regions = sorted(dict.fromkeys(node.scope.region for node in graph.jobs), key=bool)
    grid = Grid(graph, {node.name: node.scope.region for node in graph.jobs}, [*regions])
    xs, widths, width = _horizontal(grid, regions)
    ys, lanes, height = _vertical(grid, regions)
    cards = {node.name: _card(node, grid, xs, widths, ys) for node in graph.jobs}
    boxes = {name: Box(card.x, card.y, card.width, card.height) for name, card in cards.items()}
    lines = tuple(Line(edge, points) for edge, points in grid.ways(boxes, [lane.y for lane in lanes]))
    columns = tuple(_columns(grid, xs, widths))
    return Layout(graph, width, height, columns, tuple(lanes), tuple(cards.values()), lines)


def _card(node: JobNode, grid: Grid, xs: list[float], widths: list[float], ys: Mapping[tuple[int, int], float]) -> Card:
    slot, lane, row = grid.cells[node.name]
    return Card(node, xs[slot], ys[lane, row], widths[slot])


def _horizontal(grid: Grid, regions: list[str]) -> tuple[list[float], list[float], float]:
    xs: list[float] = []
    widths: list[float] = []
    x = max(_LANE_LABEL, max(len(region or ALL_REGIONS) for region in regions) * _CHARACTER + 26)
    for slot in range(len(grid.slots)):
        names = [node.shown for node in grid.graph.jobs if grid.cells[node.name][0] == slot]
        width = max(_CARD_LEAST, max(map(len, names)) * _CHARACTER + _CARD_PADDING)
        xs.append(x)
        widths.append(width)
        x += width + grid.gap(slot)
    return xs, widths, x - GUTTER + LANE_PADDING


def _vertical(grid: Grid, regions: list[str]) -> tuple[dict[tuple[int, int], float], list[Lane], float]:
    ys: dict[tuple[int, int], float] = {}
    lanes: list[Lane] = []
    y = float(HEAD)
    for lane, region in enumerate(regions):
        top = y
        y += grid.margin(lane)
        for row in range(grid.rows(lane)):
            ys[lane, row] = y
            y += CARD_HEIGHT + _ROW_GAP
        y += LANE_PADDING - _ROW_GAP
        lanes.append(Lane(region or ALL_REGIONS, top, y - top))
        y += 6
    return ys, lanes, y


def _columns(grid: Grid, xs: list[float], widths: list[float]) -> Iterator[Column]:
    for stage in grid.graph.stages:
        found = [index for index, slot in enumerate(grid.slots) if slot[0] == stage]
        yield Column(stage, xs[found[0]], xs[found[-1]] + widths[found[-1]] - xs[found[0]])
