"""The scripts of a job as one text each, as the runner joins them, with the way back to the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cigen.findings import Span
from cigen.lint.subject import Job, Subject, items_of, text_of
from cigen.pipeline.node import Place, Scalar
from cigen.pipeline.shell_words import Use, Words, is_powershell, scan, without_comments

_PARTS = (("before_script", "script"), ("after_script",))


@dataclass(frozen=True)
class Script:
    """What one shell of a job runs."""

    job: Job
    lines: tuple[Scalar, ...]
    subject: Subject

    @cached_property
    def text(self) -> str:
        """The lines, joined."""
        return "\n".join(str(line.value) for line in self.lines)

    @cached_property
    def words(self) -> Words:
        """The variables that it reads and sets."""
        return scan(self.text)

    @cached_property
    def code(self) -> str:
        """The text with its comments blanked out."""
        return without_comments(self.text)

    @cached_property
    def is_foreign(self) -> bool:
        """Whether another language than the shell's decides what its words mean."""
        return is_powershell(self.text)

    def span(self, offset: int, length: int) -> Span:
        """Where in the file some characters of the text stand."""
        for line in self.lines:
            size = len(str(line.value)) + 1
            if offset < size:
                return span_within(self.subject, line, offset, length)
            offset -= size
        return self.job.place.span

    def span_of(self, use: Use) -> Span:
        """Where a variable is read."""
        is_braced = self.text.startswith("${", use.offset)
        return self.span(
            use.offset, len(use.name) + (3 if is_braced and not use.has_default else 2 if is_braced else 1)
        )


def scripts(subject: Subject, job: Job) -> tuple[Script, ...]:
    """The shells of a job: `before_script` with `script`, and `after_script`."""
    return subject.once(_of_all_jobs)[job.name]


def _of_all_jobs(subject: Subject) -> dict[str, tuple[Script, ...]]:
    return {name: tuple(_of_job(subject, job)) for name, job in subject.jobs.items()}


def _of_job(subject: Subject, job: Job) -> Iterator[Script]:
    for keys in _PARTS:
        lines = tuple(
            line for key in keys for line in items_of(job.get(key)) if isinstance(line, Scalar) and text_of(line)
        )
        if lines:
            yield Script(job, lines, subject)


def span_within(subject: Subject, scalar: Scalar, offset: int, length: int) -> Span:
    """Where some characters of a value stand in its file; the whole value where quoting or folding hides them."""
    place = scalar.place
    value = str(scalar.value)
    wanted = value[offset : offset + length]
    before = value[:offset]
    row = before.count("\n")
    column = offset - (before.rfind("\n") + 1)
    if place.line == place.end_line:
        source = subject.line(place.path, place.line)
        for start in (place.column + column, place.column + column + 1):
            if source.startswith(wanted, start):
                return _span(place, place.line, start, length)
        return place.span
    line = place.line + 1 + row
    source = subject.line(place.path, line)
    whole = value.splitlines()[row] if row < len(value.splitlines()) else ""
    start = source.find(whole) + column
    if whole and source.find(whole) >= 0 and source.startswith(wanted, start) and "\n" not in wanted:
        return _span(place, line, start, length)
    return place.span


def _span(place: Place, line: int, column: int, length: int) -> Span:
    return Span(place.path, line + 1, column + 1, line + 1, column + 1 + length)
