"""Puts right what can be without a question: the rest of the file stays as it is, comments and all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from cigen.findings import Span
from cigen.lint.engine import lint
from cigen.lint.registry import RULES
from cigen.lint.settings import NO_SETTINGS, LintSettings
from cigen.lint.subject import Subject


@runtime_checkable
class Fixing(Protocol):
    """A rule that knows how to put right what it finds."""

    def edits(self, source: str) -> Iterator[str]:
        """What shall stand in the place of the source that the finding marks; nothing where that is not sure."""
        ...


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    replacement: str


def fixed_texts(subjects: Iterable[Subject], settings: LintSettings = NO_SETTINGS) -> Iterator[tuple[str, str, int]]:
    """Each file of the repository that changes: its path, its new text, and how many places of it were put right."""
    rules = {rule.code: rule for rule in RULES if isinstance(rule, Fixing)}
    looked_at = list(subjects)
    report = lint(looked_at, settings, list(rules.values()))
    of_others = {path for subject in looked_at for path in subject.of_others}
    for path, text in report.texts.items():
        if path in of_others:
            continue
        edits: list[_Edit] = []
        for finding in report.findings:
            rule = rules.get(finding.code)  # none for a rule that crashed
            if finding.span.path == path and rule is not None:
                start, end = _offsets(text, finding.span)
                edits += [_Edit(start, end, replacement) for replacement in rule.edits(text[start:end])]
        if edits:
            yield path, _edited(text, edits), len(edits)


def _edited(text: str, edits: list[_Edit]) -> str:
    """The text with the edits made, from the end to the beginning, so that none moves another."""
    last = len(text) + 1
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        if edit.end <= last:
            text = text[: edit.start] + edit.replacement + text[edit.end :]
            last = edit.start
    return text


def _offsets(text: str, span: Span) -> tuple[int, int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return starts[min(line - 1, len(starts) - 1)] + column - 1

    start = offset(span.line, span.column)
    return start, max(start, offset(span.end_line, span.end_column))
