"""The report for a person: each finding with the line it is about, and what was not looked at."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity, Span
from cigen.lint.engine import Report
from cigen.lint.secrets import masked
from cigen.printable import printable

_COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36;1"}
_LONGEST = 160
"""How much of a line is shown."""


def write(report: Report, *, is_coloured: bool = False) -> str:
    """The whole report."""
    paint = _Paint(is_coloured)
    parts = ["\n".join(_finding(finding, report, paint)) for finding in report.findings]
    parts += ["\n".join(_skipped(report, paint))] if report.skipped else []
    parts.append(_summary(report))
    return "\n\n".join(parts) + "\n"


class _Paint:
    """Colours, where there are any."""

    def __init__(self, is_coloured: bool) -> None:
        self.is_coloured = is_coloured

    def __call__(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.is_coloured else text


def _finding(finding: Finding, report: Report, paint: _Paint) -> Iterator[str]:
    severity = paint(str(finding.severity), _COLOURS[finding.severity])
    yield f"{_place(finding.span)}: {severity}: {printable(finding.message)} [{finding.name}]"
    yield from _excerpt(finding.span, report, paint, _COLOURS[finding.severity])
    for related in finding.related:
        yield f"{_place(related.span)}: {paint('note', '1')}: {printable(related.message)}"
        yield from _excerpt(related.span, report, paint, "1")
    if finding.hint:
        yield f"{paint('hint', '1')}: {printable(finding.hint)}"


def _excerpt(span: Span, report: Report, paint: _Paint, colour: str) -> Iterator[str]:
    lines = report.texts.get(span.path, "").splitlines()
    if not 0 < span.line <= len(lines):
        return
    line = lines[span.line - 1]
    margin = f"{span.line:>5} | "
    if span.column > _LONGEST or not line.strip():
        return
    yield paint(margin, "2") + printable(masked(line[: 4 * _LONGEST])[:_LONGEST])
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    width = max(1, min(end, _LONGEST, len(line)) - (span.column - 1))
    indent = "".join("\t" if character == "\t" else " " for character in line[: span.column - 1])
    yield paint(" " * (len(margin) - 2) + "| ", "2") + indent + paint("^" * width, colour)


def _skipped(report: Report, paint: _Paint) -> Iterator[str]:
    yield paint("not looked at:", "1")
    for skipped in report.skipped:
        place = f"{skipped.path}:{skipped.line}" if skipped.line else skipped.path
        yield f"  {printable(place)}: {printable(skipped.reason)}"


def _summary(report: Report) -> str:
    looked = (
        f"{_count(report.jobs, 'job')} in {_count(report.pipelines, 'pipeline')}, {_count(len(report.texts), 'file')}"
    )
    counts = [_count(report.count(severity), str(severity)) for severity in Severity if report.count(severity)]
    found = ", ".join(counts).replace(" infos", " notes").replace(" info", " note") or "nothing found"
    return f"{looked}: {found}" + (f", {len(report.skipped)} not looked at" if report.skipped else "")


def _place(span: Span) -> str:
    return printable(":".join([span.path, *(str(number) for number in (span.line, span.column) if number)]))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
