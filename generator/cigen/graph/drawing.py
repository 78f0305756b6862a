"""What drawings are made of: texts, lines with soft corners, pills, colours; no fonts, no scripts from anywhere."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from textwrap import wrap

from cigen.graph.grid import Points
from cigen.graph.model import Edge, JobNode
from cigen_runtime.contract.model import System

INK, QUIET, PAPER, PANEL, EDGE = "#172033", "#5b6b83", "#ffffff", "#f4f6fa", "#d5dce7"
ORDER = "#a9b4c4"
"""The colour of a line that carries no file."""
AMBER = "#b26a00"
_FILE_COLOURS = ("#1666c5", "#c2560c", "#12805c", "#8139b3", "#b3274f", "#8a6d00", "#0b7c8c", "#5b4bd6")
SYSTEMS = {
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
MARKS = "dashed: may fail, and stops nothing   ·   amber: waits for a person   ·   grey: each service brings its own"
_RADIUS = 6


def opening(title: str, width: float, height: float, colours: Mapping[str, str]) -> Iterator[str]:
    """The first lines of an SVG, with the heads of its arrows and white paper; whoever opens it writes `</svg>`."""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width)}" height="{number(height)}" role="img" aria-label="{escape(title, quote=True)}" '
        "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\">"
    )
    yield "<defs>"
    for colour in dict.fromkeys((ORDER, *colours.values())):
        yield (
            f'<marker id="{_arrow(colour)}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{colour}"/></marker>'
        )
    yield "</defs>"
    yield rectangle(0, 0, width, height, PAPER)


def colours_of(files: Iterable[str]) -> dict[str, str]:
    """A colour for each file."""
    return {file: _FILE_COLOURS[index % len(_FILE_COLOURS)] for index, file in enumerate(dict.fromkeys(files))}


def label(
    x: float, y: float, told: str, size: int, *, colour: str = INK, weight: int = 400, anchor: str = "start"
) -> str:
    """A text on one line."""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(told)}</text>'
    )


def rectangle(
    x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "", radius: float = 0, more: str = ""
) -> str:
    """A box, with round corners where it has a radius."""
    corners = f' rx="{number(radius)}"' if radius else ""
    edge = f' stroke="{stroke}"' if stroke else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"{corners} '
        f'fill="{fill}"{edge}{more}/>'
    )


def card_outline(node: JobNode, width: float, height: float) -> str:
    """The box of a job: how it is drawn says who starts it, and whether it may fail."""
    dash = ' stroke-dasharray="5 4"' if node.may_fail or node.is_of_service else ""
    stroke = AMBER if node.is_manual else "#98a3b5" if node.is_of_service else QUIET
    fill = "#fff8e6" if node.is_manual else "#eef1f6" if node.is_of_service else PAPER
    more = f' stroke-width="{2 if node.is_manual else 1.2}"{dash}'
    return rectangle(0, 0, width, height, fill, stroke=stroke, radius=7, more=more)


def pills(node: JobNode, x: float, y: float) -> Iterator[str]:
    """The systems that a job talks to, beside each other."""
    for system in node.systems:
        name, colour = SYSTEMS[system]
        width = len(name) * 5.9 + 12
        yield rectangle(x, y, width, 15, colour, radius=7.5)
        yield label(x + width / 2, y + 11, name, 10, anchor="middle")
        x += width + 4


def line(edge: Edge, points: Points, colours: Mapping[str, str]) -> str:
    """The way from one job to the next: in the colour of its file, or dashed."""
    files = edge.files
    colour = colours[files[0]] if files else ORDER
    dash = "" if files else ' stroke-dasharray="4 3"'
    told = f"{edge.before} → {edge.after}" + (f": {', '.join(files)}" if files else "")
    return (
        f'<path d="{_rounded(points)}" fill="none" stroke="{colour}" stroke-width="{1.8 if files else 1.2}"{dash} '
        f'marker-end="url(#{_arrow(colour)})"><title>{escape(told)}</title></path>'
    )


def sample(x: float, y: float, colour: str, *, is_dashed: bool = False) -> str:
    """A piece of line, for a legend."""
    dash = ' stroke-dasharray="4 3"' if is_dashed else ""
    return (
        f'<line x1="{number(x)}" x2="{number(x + 26)}" y1="{number(y)}" y2="{number(y)}" '
        f'stroke="{colour}" stroke-width="{1.6 if is_dashed else 2.4}"{dash}/>'
    )


def fitting(told: str, width: float) -> str:
    """As much of a text of size 10 as a width holds."""
    room = int(width / 5.2)
    return told if len(told) <= room else told[: room - 1] + "…"


def lines_of(told: str, width: float, size: int) -> list[str]:
    """A text in lines of a width; a long word is broken."""
    return wrap(told, max(8, int(width / (size * 0.55))), break_on_hyphens=False)


def number(value: float) -> str:
    """A number without needless digits, the same on every machine."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _arrow(colour: str) -> str:
    """The name of the arrow head of a colour: the same in all drawings of one page."""
    return f"arrow-{colour.removeprefix('#')}"


def _rounded(points: Points) -> str:
    """A path with soft corners."""
    told = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_RADIUS, _distance(before, here) / 2, _distance(here, after) / 2)
        (x, y), (to_x, to_y) = _towards(here, before, radius), _towards(here, after, radius)
        corner = f"{number(here[0])} {number(here[1])}"
        told.append(f"L{number(x)} {number(y)} Q{corner} {number(to_x)} {number(to_y)}")
    told.append(f"L{number(points[-1][0])} {number(points[-1][1])}")
    return " ".join(told)


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: tuple[float, float], end: tuple[float, float], length: float) -> tuple[float, float]:
    whole = _distance(start, end) or 1
    return (start[0] + (end[0] - start[0]) * length / whole, start[1] + (end[1] - start[1]) * length / whole)
