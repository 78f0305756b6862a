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
    """Where some characters of a value stand in its file; what is near them where the file does not hold them so."""
    place = scalar.place
    found = subject.characters_of(scalar)
    if found is None:
        return _near(subject, scalar, offset, length)
    if not found:
        return place.span
    (line, column), (end_line, end_column) = (
        found[min(offset, len(found) - 1)],
        found[min(offset + max(length, 1), len(found)) - 1],
    )
    return Span(place.path, line + 1, column + 1, end_line + 1, end_column + 2)


def _near(subject: Subject, scalar: Scalar, offset: int, length: int) -> Span:
    """The same characters where they stand in the line as they are, or that line of a block, or all of the value."""
    place, value = scalar.place, str(scalar.value)
    number = place.line + (0 if place.line == place.end_line else 1 + value.count("\n", 0, offset))
    source = subject.line(place.path, number)
    start = source.find(value[offset : offset + length])
    if length and start >= 0 and "\n" not in value[offset : offset + length]:
        return _span(place, number, start, length)
    if place.line < number < place.end_line and source.strip():
        text = source.strip()
        return _span(place, number, source.index(text), len(text))
    return place.span


def _span(place: Place, line: int, column: int, length: int) -> Span:
    return Span(place.path, line + 1, column + 1, line + 1, column + 1 + length)
