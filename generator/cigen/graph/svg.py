"""One or more pipelines as an SVG that needs nothing else: stages from left to right, regions as rows."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from cigen.graph.drawing import (
    EDGE,
    MARKS,
    ORDER,
    PANEL,
    QUIET,
    SYSTEMS,
    card_outline,
    colours_of,
    fitting,
    label,
    line,
    number,
    opening,
    pills,
    rectangle,
    sample,
)
from cigen.graph.layout import HEAD, Card, Layout, layout
from cigen.graph.model import Graph
from cigen_runtime.contract.model import System

_MARGIN = 36
_TITLE = 78
_BAND_HEAD = 44
_BAND_GAP = 30
_LEGEND_ROW = 30


def svg(title: str, subtitle: str, graphs: Iterable[Graph], files: Iterable[str] = ()) -> str:
    """The pipelines, one below the other, with what the colours mean; these files come first in their order."""
    layouts = [layout(graph) for graph in graphs if graph.jobs]
    used = dict.fromkeys(file for each in layouts for line in each.lines for file in line.edge.files)
    colours = {file: colour for file, colour in colours_of([*files, *used]).items() if file in used}
    return "\n".join(_drawn(title, subtitle, layouts, colours)) + "\n"


def _drawn(title: str, subtitle: str, layouts: list[Layout], colours: Mapping[str, str]) -> Iterator[str]:
    height = _TITLE + sum(_BAND_HEAD + each.height + _BAND_GAP for each in layouts) + 4 * _LEGEND_ROW + _MARGIN
    width = max(max((each.width for each in layouts), default=0), 900) + 2 * _MARGIN
    yield from opening(title, width, height, colours)
    yield label(_MARGIN, 44, title, 24, weight=700)
    yield label(_MARGIN, 66, subtitle, 13, colour=QUIET)
    y = float(_TITLE)
    for each in layouts:
        yield from _band(each, width, colours, y)
        y += _BAND_HEAD + each.height + _BAND_GAP
    yield f'<g transform="translate({_MARGIN} {number(y)})">'
    yield from _legend(layouts, colours)
    yield "</g></svg>"


def _band(drawn: Layout, width: float, colours: Mapping[str, str], y: float) -> Iterator[str]:
    graph = drawn.graph
    yield f'<g transform="translate({_MARGIN} {number(y)})">'
    yield label(0, 26, graph.name, 16, weight=700)
    yield label(len(graph.name) * 9.6 + 14, 26, f"{graph.title}  ·  {graph.entry}", 12, colour=QUIET)
    yield f'<g transform="translate(0 {_BAND_HEAD})">'
    for lane in drawn.lanes:
        yield rectangle(0, lane.y, width - 2 * _MARGIN, lane.height, PANEL, stroke=EDGE, radius=8)
        yield label(12, lane.y + lane.height / 2 + 4, lane.label, 12, weight=600)
    for column in drawn.columns:
        yield label(column.x, HEAD - 12, column.stage, 12, colour=QUIET, weight=600)
        yield (
            f'<line x1="{number(column.x)}" x2="{number(column.x + column.width)}" y1="{HEAD - 6}" y2="{HEAD - 6}" '
            f'stroke="{EDGE}" stroke-width="2"/>'
        )
    for each in sorted(drawn.lines, key=lambda line: bool(line.edge.files)):
        yield line(each.edge, each.points, colours)
    for card in drawn.cards:
        yield from _card(card)
    yield "</g></g>"


def _card(card: Card) -> Iterator[str]:
    node = card.node
    yield f'<g transform="translate({number(card.x)} {number(card.y)})"><title>{escape(node.told)}</title>'
    yield card_outline(node, card.width, card.height)
    yield label(12, 20, node.shown, 12, weight=600)
    yield from ([label(12, 36, fitting(node.note, card.width - 24), 10, colour=QUIET)] if node.note else [])
    yield from pills(node, 12, 44)
    yield "</g>"


def _legend(layouts: list[Layout], colours: Mapping[str, str]) -> Iterator[str]:
    yield label(0, 14, "Files that flow", 12, weight=700)
    x = 128.0
    for file, colour in colours.items():
        yield sample(x, 10, colour)
        yield label(x + 32, 14, file, 12)
        x += 32 + len(file) * 7 + 22
    yield sample(x, 10, ORDER, is_dashed=True)
    yield label(x + 32, 14, "waits for it, takes no file", 12)
    yield label(0, 14 + _LEGEND_ROW, "Systems", 12, weight=700)
    x = 128.0
    used = [system for each in layouts for card in each.cards for system in card.node.systems]
    for system in (system for system in System if system in used):
        name, colour = SYSTEMS[system]
        told = f"{name}: {used.count(system)} {'job' if used.count(system) == 1 else 'jobs'}"
        width = len(told) * 6.6 + 16
        yield rectangle(x, _LEGEND_ROW, width, 19, colour, radius=9.5)
        yield label(x + width / 2, 14 + _LEGEND_ROW, told, 11, anchor="middle")
        x += width + 8
    yield label(0, 14 + 2 * _LEGEND_ROW, "Jobs", 12, weight=700)
    yield label(128, 14 + 2 * _LEGEND_ROW, MARKS, 12, colour=QUIET)
