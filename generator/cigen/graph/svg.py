"""Drawings as one SVG that needs nothing else: no fonts, no styles, no scripts from anywhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from cigen.graph.layout import HEAD, Card, Layout, Line, layout
from cigen.graph.model import Graph, JobNode
from cigen_runtime.contract.model import System

_MARGIN = 36
_TITLE = 78
_BAND_HEAD = 44
_BAND_GAP = 30
_LEGEND_ROW = 30
_RADIUS = 6
_INK, _QUIET, _PAPER, _PANEL, _EDGE = "#172033", "#5b6b83", "#ffffff", "#f4f6fa", "#d5dce7"
_ORDER = "#a9b4c4"
_FILE_COLOURS = ("#1666c5", "#c2560c", "#12805c", "#8139b3", "#b3274f", "#8a6d00", "#0b7c8c", "#5b4bd6")
_SYSTEMS = {
    System.GIT: ("Git", "#e8e3f7"),
    System.VAULT: ("Vault", "#fff0b8"),
    System.STS: ("STS", "#ffe2c2"),
    System.ARTIFACTORY: ("Artifactory", "#d5f2dc"),
    System.ECR: ("ECR", "#ffdcc8"),
    System.LAMBDA: ("Lambda", "#ffd0a6"),
    System.JIRA: ("Jira", "#d4e6ff"),
    System.DASHBOARD: ("dashboard", "#dff3f7"),
    System.S3: ("S3", "#dcefc9"),
}


@dataclass(frozen=True, slots=True)
class _Poster:
    title: str
    subtitle: str
    layouts: list[Layout]
    colours: dict[str, str]

    @property
    def width(self) -> float:
        widest = max((each.width for each in self.layouts), default=0)
        return max(widest, 900) + 2 * _MARGIN


def svg(title: str, subtitle: str, graphs: Iterable[Graph]) -> str:
    """The pipelines, one below the other, with what the colours mean."""
    layouts = [layout(graph) for graph in graphs if graph.jobs]
    files = dict.fromkeys(file for each in layouts for line in each.lines for file in line.edge.files)
    colours = {file: _FILE_COLOURS[index % len(_FILE_COLOURS)] for index, file in enumerate(files)}
    poster = _Poster(title, subtitle, layouts, colours)
    return "\n".join(_drawn(poster)) + "\n"


def _drawn(poster: _Poster) -> Iterator[str]:
    legend = list(_legend(poster))
    height = _TITLE + sum(_BAND_HEAD + each.height + _BAND_GAP for each in poster.layouts) + 4 * _LEGEND_ROW + _MARGIN
    width = poster.width
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" '
        f'height="{_n(height)}" role="img" aria-label="{_a(poster.title)}" '
        "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\">"
    )
    yield "<defs>"
    for name, colour in (("order", _ORDER), *((f"file{i}", c) for i, c in enumerate(poster.colours.values()))):
        yield (
            f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{colour}"/></marker>'
        )
    yield "</defs>"
    yield f'<rect width="{_n(width)}" height="{_n(height)}" fill="{_PAPER}"/>'
    yield _label(_MARGIN, 44, poster.title, 24, weight=700)
    yield _label(_MARGIN, 66, poster.subtitle, 13, colour=_QUIET)
    y = float(_TITLE)
    for each in poster.layouts:
        yield from _band(each, poster, y)
        y += _BAND_HEAD + each.height + _BAND_GAP
    yield f'<g transform="translate({_MARGIN} {_n(y)})">'
    yield from legend
    yield "</g></svg>"


def _band(drawn: Layout, poster: _Poster, y: float) -> Iterator[str]:
    graph = drawn.graph
    yield f'<g transform="translate({_MARGIN} {_n(y)})">'
    yield _label(0, 26, graph.name, 16, weight=700)
    yield _label(len(graph.name) * 9.6 + 14, 26, f"{graph.title}  ·  {graph.entry}", 12, colour=_QUIET)
    yield f'<g transform="translate(0 {_BAND_HEAD})">'
    full = poster.width - 2 * _MARGIN
    for lane in drawn.lanes:
        yield (
            f'<rect x="0" y="{_n(lane.y)}" width="{_n(full)}" height="{_n(lane.height)}" rx="8" '
            f'fill="{_PANEL}" stroke="{_EDGE}"/>'
        )
        yield _label(12, lane.y + lane.height / 2 + 4, lane.label, 12, weight=600)
    for column in drawn.columns:
        yield _label(column.x, HEAD - 12, column.stage, 12, colour=_QUIET, weight=600)
        yield (
            f'<line x1="{_n(column.x)}" x2="{_n(column.x + column.width)}" y1="{HEAD - 6}" y2="{HEAD - 6}" '
            f'stroke="{_EDGE}" stroke-width="2"/>'
        )
    for line in sorted(drawn.lines, key=lambda line: bool(line.edge.files)):
        yield _line(line, poster.colours)
    for card in drawn.cards:
        yield from _card(card)
    yield "</g></g>"


def _line(line: Line, colours: dict[str, str]) -> str:
    files = line.edge.files
    colour = colours[files[0]] if files else _ORDER
    marker = f"file{list(colours).index(files[0])}" if files else "order"
    dash = "" if files else ' stroke-dasharray="4 3"'
    told = f"{line.edge.before} → {line.edge.after}" + (f": {', '.join(files)}" if files else "")
    return (
        f'<path d="{_rounded(line.points)}" fill="none" stroke="{colour}" stroke-width="{1.8 if files else 1.2}"{dash} '
        f'marker-end="url(#{marker})"><title>{escape(told)}</title></path>'
    )


def _card(card: Card) -> Iterator[str]:
    node = card.node
    dash = ' stroke-dasharray="5 4"' if node.may_fail or node.is_of_service else ""
    stroke = "#b26a00" if node.is_manual else "#98a3b5" if node.is_of_service else _QUIET
    yield f'<g transform="translate({_n(card.x)} {_n(card.y)})"><title>{escape(node.summary or node.shown)}</title>'
    yield (
        f'<rect width="{_n(card.width)}" height="{_n(card.height)}" rx="7" fill="{_fill(node)}" '
        f'stroke="{stroke}" stroke-width="{2 if node.is_manual else 1.2}"{dash}/>'
    )
    yield _label(12, 20, node.shown, 12, weight=600)
    told = f"stages {node.summary}" if node.is_of_service else f"writes {', '.join(node.writes)}" if node.writes else ""
    told = "started by a person" if node.is_manual and not told else told
    yield from ([_label(12, 36, _fitting(told, card.width), 10, colour=_QUIET)] if told else [])
    x = 12.0
    for system in node.systems:
        name, colour = _SYSTEMS[system]
        pill = len(name) * 5.9 + 12
        yield f'<rect x="{_n(x)}" y="44" width="{_n(pill)}" height="15" rx="7.5" fill="{colour}"/>'
        yield _label(x + pill / 2, 55, name, 10, anchor="middle")
        x += pill + 4
    yield "</g>"


def _fill(node: JobNode) -> str:
    return "#fff8e6" if node.is_manual else "#eef1f6" if node.is_of_service else _PAPER


def _legend(poster: _Poster) -> Iterator[str]:
    yield _label(0, 14, "Files that flow", 12, weight=700)
    x = 128.0
    for file, colour in poster.colours.items():
        yield f'<line x1="{_n(x)}" x2="{_n(x + 26)}" y1="10" y2="10" stroke="{colour}" stroke-width="2.4"/>'
        yield _label(x + 32, 14, file, 12)
        x += 32 + len(file) * 7 + 22
    yield (
        f'<line x1="{_n(x)}" x2="{_n(x + 26)}" y1="10" y2="10" '
        f'stroke="{_ORDER}" stroke-width="1.6" stroke-dasharray="4 3"/>'
    )
    yield _label(x + 32, 14, "waits for it, takes no file", 12)
    yield _label(0, 14 + _LEGEND_ROW, "Systems", 12, weight=700)
    x = 128.0
    used = {system for each in poster.layouts for card in each.cards for system in card.node.systems}
    for system in [system for system in System if system in used]:
        name, colour = _SYSTEMS[system]
        jobs = sum(system in card.node.systems for each in poster.layouts for card in each.cards)
        told = f"{name}: {jobs} {'job' if jobs == 1 else 'jobs'}"
        width = len(told) * 6.6 + 16
        yield f'<rect x="{_n(x)}" y="{_LEGEND_ROW}" width="{_n(width)}" height="19" rx="9.5" fill="{colour}"/>'
        yield _label(x + width / 2, 14 + _LEGEND_ROW, told, 11, anchor="middle")
        x += width + 8
    yield _label(0, 14 + 2 * _LEGEND_ROW, "Jobs", 12, weight=700)
    marks = (
        "dashed: may fail, and stops nothing   ·   amber: waits for a person   ·   grey: each service brings its own"
    )
    yield _label(128, 14 + 2 * _LEGEND_ROW, marks, 12, colour=_QUIET)


def _rounded(points: tuple[tuple[float, float], ...]) -> str:
    """A path with soft corners."""
    told = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_RADIUS, _distance(before, here) / 2, _distance(here, after) / 2)
        enter, leave = _towards(here, before, radius), _towards(here, after, radius)
        told.append(f"L{_n(enter[0])} {_n(enter[1])} Q{_n(here[0])} {_n(here[1])} {_n(leave[0])} {_n(leave[1])}")
    told.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return " ".join(told)


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: tuple[float, float], end: tuple[float, float], length: float) -> tuple[float, float]:
    whole = _distance(start, end) or 1
    return (start[0] + (end[0] - start[0]) * length / whole, start[1] + (end[1] - start[1]) * length / whole)


def _fitting(told: str, width: float) -> str:
    room = int((width - 24) / 5.2)
    return told if len(told) <= room else told[: room - 1] + "…"


def _label(
    x: float, y: float, told: str, size: int, *, colour: str = _INK, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(told)}</text>'
    )


def _a(told: str) -> str:
    return escape(told, quote=True)


def _n(value: float) -> str:
    """A number without needless digits, the same on every machine."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
