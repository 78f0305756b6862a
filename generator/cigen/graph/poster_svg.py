"""The poster as one SVG that needs nothing else: services and templates, pipelines, systems, from left to right."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from cigen.graph.drawing import (
    EDGE,
    INK,
    MARKS,
    ORDER,
    PANEL,
    PAPER,
    QUIET,
    SYSTEMS,
    card_outline,
    colours_of,
    fitting,
    label,
    line,
    lines_of,
    number,
    opening,
    pills,
    rectangle,
    sample,
)
from cigen.graph.model import JobNode
from cigen.graph.poster import FileNote, Place, Poster, SystemNote, TemplateNote
from cigen.graph.poster_layout import (
    CARD_HEIGHT,
    CARD_WIDTH,
    HEAD,
    PosterCard,
    PosterLayout,
    poster_layout,
    titles,
    together,
)

_MARGIN = 40
_TITLE = 96
_SIDE = 330.0
_SIDE_GAP = 34
_PADDING = 14
_INKS = ("#12355b", "#7a3b00", "#14532d", "#4b2a63")
"""One for each pipeline, in turn."""

_SUBTITLE = (
    "Drawn from the rendered pipelines and the contract of their commands: stages run downwards, environments and "
    "regions are columns, a line leads to whoever waits."
)
_COLUMN_GAP = 20
_NAME = 25
"""How many letters of a name stand on one line of a card."""

_Lines = list[str]


def poster_svg(poster: Poster) -> str:
    """The whole poster."""
    return "\n".join(_drawn(poster)) + "\n"


def _drawn(poster: Poster) -> Iterator[str]:
    first, *others = [poster_layout(group) for group in together(poster.graphs)] or [poster_layout([])]
    edges = [edge for each in (first, *others) for edge, _ in each.lines]
    colours = colours_of([note.name for note in poster.flowing] + [file for edge in edges for file in edge.files])
    left, left_height = _stacked(
        [
            _panel("Service repos", "what each service brings", _brought(poster.brought)),
            _panel("Shared templates", "hidden jobs, and how many jobs are made of each", _templates(poster.templates)),
            _panel("Files that flow", "from job to job, as artifacts", _flowing(poster.flowing, colours)),
        ]
    )
    middle = (list(_pipelines(first, colours, 0)), first.height)
    right, right_height, right_width = _right(poster, others, colours, len(first.graphs))
    height = _TITLE + max(left_height, middle[1], right_height) + _MARGIN
    width = 2 * _MARGIN + _SIDE + 2 * _SIDE_GAP + first.width + right_width
    yield from opening(poster.title, width, height, colours)
    yield label(_MARGIN, 58, poster.title, 30, weight=700)
    yield label(width - _MARGIN, 58, MARKS, 13, colour=QUIET, anchor="end")
    yield label(_MARGIN, 82, " ".join((_SUBTITLE, poster.note)).rstrip(), 13, colour=QUIET)
    x = float(_MARGIN)
    for lines, own_width in ((left, _SIDE), (middle[0], first.width), (right, right_width)):
        yield f'<g transform="translate({number(x)} {_TITLE})">'
        yield from lines
        yield "</g>"
        x += own_width + _SIDE_GAP
    yield "</svg>"


def _right(
    poster: Poster, others: list[PosterLayout], colours: Mapping[str, str], inks: int
) -> tuple[_Lines, float, float]:
    """The pipelines that have rows of their own, and the systems below them, in as many columns as there is room."""
    drawings: list[tuple[_Lines, float]] = []
    for each in others:
        drawings.append((list(_pipelines(each, colours, inks)), each.height))
        inks += len(each.graphs)
    lines, top = _stacked(drawings)
    width = max([_SIDE, *(each.width for each in others)])
    count = int((width + _COLUMN_GAP) // (_SIDE + _COLUMN_GAP))
    each_width = (width + _COLUMN_GAP) / count - _COLUMN_GAP
    columns: list[list[tuple[_Lines, float]]] = [[] for _ in range(count)]
    for note in poster.systems:
        min(columns, key=lambda column: sum(height for _, height in column)).append(_system(note, each_width))
    heights = []
    for at, column in enumerate(columns):
        below, height = _stacked(column)
        lines += [f'<g transform="translate({number(at * (each_width + _COLUMN_GAP))} {number(top)})">', *below, "</g>"]
        heights.append(height)
    return lines, top + max(heights), width


def _pipelines(drawn: PosterLayout, colours: Mapping[str, str], inks: int) -> Iterator[str]:
    for count, row in enumerate(drawn.rows):
        yield rectangle(0, row.y, drawn.width, row.height, PANEL if count % 2 == 0 else PAPER)
        yield label(12, row.y + 32, row.stage, 13, weight=700)
    for graph, x, width in titles(drawn):
        yield from _title(graph.name, graph.title, graph.entry, x, width, _ink(inks + drawn.graphs.index(graph)))
    for lane in drawn.lanes:
        ink = _ink(inks + lane.pipeline)
        more = ' fill-opacity="0" stroke-opacity="0.35"'
        yield rectangle(lane.x, HEAD - 30, lane.width, drawn.height - HEAD + 30, PAPER, stroke=ink, radius=6, more=more)
        yield label(lane.x + lane.width / 2, HEAD - 10, lane.label, 13, colour=ink, weight=700, anchor="middle")
    for edge, points in sorted(drawn.lines, key=lambda each: bool(each[0].files)):
        yield line(edge, points, colours)
    for card in drawn.cards:
        yield from _card(card)


def _title(name: str, told: str, entry: str, x: float, width: float, ink: str) -> Iterator[str]:
    yield rectangle(x, 0, width, HEAD - 36, ink, radius=6)
    yield label(x + 14, 24, name, 17, colour=PAPER, weight=700)
    yield label(x + 14, 42, told, 12, colour=PAPER)
    yield label(x + 14, 58, fitting(entry, width - 28), 10, colour=PAPER)


def _card(card: PosterCard) -> Iterator[str]:
    node = card.node
    name, rest = _two_lines(node)
    weight, ink = (400, QUIET) if name == node.step else (700, INK)
    yield f'<g transform="translate({number(card.x)} {number(card.y)})"><title>{escape(node.told)}</title>'
    yield card_outline(node, CARD_WIDTH, CARD_HEIGHT)
    yield (
        f'<text x="12" y="21" font-size="13" font-weight="700" fill="{INK}">{escape(name)}'
        f'<tspan x="12" dy="15" font-weight="{weight}" fill="{ink}">{escape(rest)}</tspan></text>'
    )
    note_at = 52 if rest else 37
    yield from ([label(12, note_at, fitting(node.note, CARD_WIDTH - 24), 10, colour=QUIET)] if node.note else [])
    yield from pills(node, 12, CARD_HEIGHT - 23)
    yield "</g>"


def _two_lines(node: JobNode) -> tuple[str, str]:
    """The name of a job: its step, and what it is for; a long step is parted where one may read a pause."""
    end = len(node.step) if len(node.step) <= _NAME else max(node.step.rfind("-", 0, _NAME + 1), 0)
    return (node.shown[:end], node.shown[end:]) if end else (node.shown, "")


def _ink(pipeline: int) -> str:
    return _INKS[pipeline % len(_INKS)]


def _stacked(panels: Iterable[tuple[_Lines, float]]) -> tuple[_Lines, float]:
    """Panels below each other, and how high they are together."""
    lines: _Lines = []
    y = 0.0
    for panel, height in panels:
        lines += [f'<g transform="translate(0 {number(y)})">', *panel, "</g>"]
        y += height + 20
    return lines, y


def _panel(
    title: str, told: str, body: tuple[_Lines, float], *, width: float = _SIDE, fill: str = PAPER
) -> tuple[_Lines, float]:
    lines, height = body
    height += 62
    head = [
        rectangle(0, 0, width, height, fill, stroke=EDGE, radius=8),
        label(_PADDING, 27, title, 17, weight=700),
        label(_PADDING, 45, told, 11, colour=QUIET),
        '<g transform="translate(0 56)">',
    ]
    return [*head, *lines, "</g>"], height


def _brought(notes: Iterable[FileNote]) -> tuple[_Lines, float]:
    lines: _Lines = []
    y = 12.0
    for note in notes:
        lines.append(label(_PADDING, y, note.name, 13, weight=700))
        y = _paragraph(lines, y + 16, note.meaning)
        y = _paragraph(lines, y, f"→ {', '.join(note.readers)}") + 10
    return lines, y


def _flowing(notes: Iterable[FileNote], colours: Mapping[str, str]) -> tuple[_Lines, float]:
    lines: _Lines = []
    y = 12.0
    for note in notes:
        lines += [sample(_PADDING, y - 4, colours[note.name]), label(_PADDING + 34, y, note.name, 13, weight=700)]
        y = _paragraph(lines, y + 16, note.meaning)
        y = _paragraph(lines, y, f"{', '.join(note.writers)} → {', '.join(note.readers)}") + 10
    lines += [
        sample(_PADDING, y - 4, ORDER, is_dashed=True),
        label(_PADDING + 34, y, "waits for it, takes no file", 12),
    ]
    return lines, y + 10


def _templates(notes: Iterable[TemplateNote]) -> tuple[_Lines, float]:
    lines: _Lines = []
    y = 12.0
    for note in notes:
        told = str(note.jobs) if note.jobs else "for services"
        lines.append(label(_PADDING, y, note.name, 12, weight=600 if note.jobs else 400))
        lines.append(label(_SIDE - _PADDING, y, told, 11, colour=QUIET, anchor="end"))
        y += 19
    return lines, y


def _system(note: SystemNote, width: float) -> tuple[_Lines, float]:
    lines: _Lines = []
    y = 4.0
    for place in note.places:
        y = _place(lines, y, place, width, is_first=place is note.places[0])
    if not note.places:
        y = _paragraph(lines, y + 8, f"← {', '.join(note.steps)}", width)
    name, fill = note.system.value, SYSTEMS[note.system][1]
    first, *others = note.facts or ("",)
    told: _Lines = [label(_PADDING, 4.0 + 14 * at, other, 11, colour=QUIET) for at, other in enumerate(others)]
    down = 14.0 * len(others)
    body = [*told, f'<g transform="translate(0 {number(down)})">', *lines, "</g>"]
    return _panel(name[0].upper() + name[1:], first, (body, y + down), width=width, fill=fill)


def _place(lines: _Lines, y: float, place: Place, width: float, *, is_first: bool) -> float:
    """A repository as a box of its own; an arrow leads from the one before."""
    if not is_first:
        lines.append(label(width / 2, y + 11, "↓", 14, weight=700, anchor="middle"))
        y += 18
    inner: _Lines = []
    end = _paragraph(inner, y + 36, f"← {', '.join(place.steps)}", width - 20)
    lines.append(rectangle(_PADDING, y, width - 2 * _PADDING, end - y, PAPER, stroke=EDGE, radius=6))
    lines.append(label(_PADDING + 10, y + 19, f"{place.told}: {place.name}", 13, weight=700))
    lines += [each.replace(f'x="{_PADDING}"', f'x="{_PADDING + 10}"') for each in inner]
    return end + 4


def _paragraph(lines: _Lines, y: float, told: str, width: float = _SIDE) -> float:
    """Small lines below each other; returns where the next one stands."""
    for each in lines_of(told.replace("`", ""), width - 2 * _PADDING, 11):
        lines.append(label(_PADDING, y, each, 11, colour=QUIET))
        y += 14
    return y
