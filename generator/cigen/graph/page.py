"""A drawing as one HTML page, with a table of the jobs below it."""

from collections.abc import Iterator, Sequence
from html import escape

from cigen.graph.model import Graph
from cigen.graph.svg import svg

_STYLE = """\
body { margin: 0; background: #fff; color: #172033; font: 14px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
figure { margin: 0; overflow-x: auto; }
svg { display: block; }
section { padding: 0 40px 36px; }
table { border-collapse: collapse; width: 100%; margin-bottom: 24px; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid #d5dce7; vertical-align: top; }
@media print { @page { size: A2 landscape; margin: 1cm } svg { width: 100%; height: auto } section { display: none } }
"""


def page(title: str, drawing: str, graphs: Sequence[Graph], files: Sequence[str] = ()) -> str:
    """A drawing, fit to print, and what every job does; each pipeline by itself too, where there are several.

    These files have the colours in it that the drawing gives them.
    """
    return "\n".join(_lines(title, drawing, graphs, files)) + "\n"


def _lines(title: str, drawing: str, graphs: Sequence[Graph], files: Sequence[str]) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>'
    yield f"<style>\n{_STYLE}</style>\n</head>\n<body>\n<figure>"
    yield drawing.rstrip()
    yield "</figure>\n<section>"
    for graph in graphs:
        if len(graphs) > 1:
            yield f"<figure>\n{svg(graph.name, graph.title, [graph], files).rstrip()}\n</figure>"
        yield "<table>"
        yield "<tr><th>job</th><th>stage</th><th>what it does</th><th>talks to</th></tr>"
        for node in graph.jobs:
            cells = (node.shown, node.stage, node.summary, ", ".join(system.value for system in node.systems))
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        yield "</table>"
    yield "</section>\n</body>\n</html>"
