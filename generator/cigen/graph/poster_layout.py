"""Where the pipelines stand on the poster: stages as rows that they share, environments and regions as columns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cigen.graph.grid import LANE_PADDING, Box, Grid, Points
from cigen.graph.layout import ALL_REGIONS
from cigen.graph.model import Edge, Graph, JobNode

CARD_WIDTH = 216.0
CARD_HEIGHT = 82.0
HEAD = 104.0
"""The height of what stands above the first stage: what each pipeline is, and the name of each column."""
STAGE_WIDTH = 186.0
_CARD_GAP = 14
_GRAPH_GAP = 22
_LANE_GAP = 6


@dataclass(frozen=True, slots=True)
class PosterCard:
    """A job and its place."""

    node: JobNode
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PosterLane:
    """A column: one region of one environment, or what all of them share."""

    label: str
    pipeline: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """A stage, across all pipelines."""

    stage: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class PosterLayout:
    """All pipelines, with the left upper corner at 0, 0."""

    graphs: tuple[Graph, ...]
    width: float
    height: float
    rows: tuple[Row, ...]
    lanes: tuple[PosterLane, ...]
    cards: tuple[PosterCard, ...]
    lines: tuple[tuple[Edge, Points], ...]


_Lane = tuple[int, str, str]
"""The pipeline's number, its environment and region; both empty where it is for all regions."""


def together(graphs: Iterable[Graph]) -> list[list[Graph]]:
    """Pipelines that share their rows: those of which half of the jobs are in stages that the first one uses."""
    groups: list[list[Graph]] = []
    for graph in graphs:
        for group in groups:
            used = {stage for other in group for stage in other.stages}
            if 2 * sum(node.stage in used for node in graph.jobs) >= len(graph.jobs):
                group.append(graph)
                break
        else:
            groups.append([graph])
    return groups


def poster_layout(graphs: Iterable[Graph]) -> PosterLayout:
    """The place of every job and the way of every line; the same graphs always give the same."""
    drawn = tuple(graphs)
    merged, of = _merged(drawn)
    lanes = sorted(dict.fromkeys(of.values()), key=lambda lane: (lane[0], bool(lane[2])))
    grid = Grid(merged, of, [*lanes])
    placed, width = _across(grid, lanes)
    ys, rows, height = _along(grid)
    cards = {node.name: _card(node, grid, placed, ys) for node in merged.jobs}
    boxes = {name: Box(card.y, card.x, CARD_HEIGHT, CARD_WIDTH) for name, card in cards.items()}
    starts = [lane.x for lane in placed]
    lines = tuple(
        (_own_names(edge), tuple((across, along) for along, across in way)) for edge, way in grid.ways(boxes, starts)
    )
    shown = tuple(replace(card, node=replace(card.node, name=_own(card.node.name))) for card in cards.values())
    return PosterLayout(drawn, width, height, tuple(rows), tuple(placed), shown, lines)


def _merged(graphs: tuple[Graph, ...]) -> tuple[Graph, Mapping[str, _Lane]]:
    """All pipelines as one, each job with the number of its pipeline before its name; and the lane of each."""
    jobs: list[JobNode] = []
    edges: list[Edge] = []
    lanes: dict[str, _Lane] = {}
    stages: list[str] = []
    for number, graph in enumerate(graphs):
        for node in graph.jobs:
            name = f"{number} {node.name}"
            jobs.append(replace(node, name=name))
            region = node.scope.region
            lanes[name] = (number, node.scope.environment if region else "", region)
        edges += [
            replace(edge, before=f"{number} {edge.before}", after=f"{number} {edge.after}") for edge in graph.edges
        ]
        at = 0
        for stage in graph.all_stages or graph.stages:  # a stage goes behind the one that it follows
            if stage not in stages:
                stages.insert(at, stage)
            at = stages.index(stage) + 1
    return Graph("", "", tuple(stages), tuple(jobs), tuple(edges)), lanes


def _own(name: str) -> str:
    return name.partition(" ")[2]


def _own_names(edge: Edge) -> Edge:
    return replace(edge, before=_own(edge.before), after=_own(edge.after))


def _across(grid: Grid, lanes: list[_Lane]) -> tuple[list[PosterLane], float]:
    placed: list[PosterLane] = []
    x = STAGE_WIDTH
    for number, (pipeline, environment, region) in enumerate(lanes):
        if placed:
            x += _LANE_GAP if placed[-1].pipeline == pipeline else _GRAPH_GAP
        rows = grid.rows(number)
        width = grid.margin(number) + rows * CARD_WIDTH + (rows - 1) * _CARD_GAP + LANE_PADDING
        label = f"{environment} / {region}" if region else ALL_REGIONS
        placed.append(PosterLane(label, pipeline, x, width))
        x += width
    return placed, x


def _along(grid: Grid) -> tuple[list[float], list[Row], float]:
    ys: list[float] = []
    rows: list[Row] = []
    y = HEAD
    for slot, (stage, depth) in enumerate(grid.slots):
        if not depth:
            rows.append(Row(stage, y, 0))
        ys.append(y + LANE_PADDING)
        y += LANE_PADDING + CARD_HEIGHT + grid.gap(slot) - LANE_PADDING
        rows[-1] = replace(rows[-1], height=y - rows[-1].y)
    return ys, rows, y


def _card(node: JobNode, grid: Grid, lanes: list[PosterLane], ys: list[float]) -> PosterCard:
    slot, lane, row = grid.cells[node.name]
    return PosterCard(node, lanes[lane].x + grid.margin(lane) + row * (CARD_WIDTH + _CARD_GAP), ys[slot])


def titles(drawn: PosterLayout) -> Iterator[tuple[Graph, float, float]]:
    """Each pipeline with the place and width of its lanes."""
    for number, graph in enumerate(drawn.graphs):
        own = [lane for lane in drawn.lanes if lane.pipeline == number]
        if own:
            yield graph, own[0].x, own[-1].x + own[-1].width - own[0].x
