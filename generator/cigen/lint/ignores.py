"""Inline ignores: `# cigen: ignore[name] reason` says that a person has looked and knows better."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cigen.findings import Finding, Severity, Span
from cigen.lint.rule import Rule, found
from cigen.nearest import name_hint

_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*cigen:\s*ignore\[(?P<names>[^\]\n]*)\][ \t]*(?P<reason>[^\n]*)")


@dataclass(slots=True)
class Ignore:
    """One comment that silences rules."""

    span: Span
    names: tuple[str, ...]
    reason: str
    lines: range
    """The lines it is about, counted from 1."""
    used: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """The errors that it would silence if it gave a reason."""


def ignores_in(path: str, text: str) -> Iterator[Ignore]:
    """The ignores of a file: on a line, on lines of their own above one, or at the head for the whole file."""
    if "cigen:" not in text:
        return
    lines = text.splitlines()
    head = next((number for number, line in enumerate(lines) if not _is_comment_or_blank(line)), len(lines))
    for number, line in enumerate(lines):
        found_comment = _COMMENT.search(line)
        if found_comment is None:
            continue
        names = tuple(name.strip() for name in found_comment["names"].split(",") if name.strip())
        start, end = found_comment.span()
        span = Span(path, number + 1, start + 1, number + 1, end + 1)
        reason = found_comment["reason"].strip(" -:")
        yield Ignore(span, names, reason, _lines_of(number, lines, head))


def _lines_of(number: int, lines: list[str], head: int) -> range:
    if not _is_comment_or_blank(lines[number]):
        return range(number + 1, number + 2)
    if number < head and _ends_head(number, lines):
        return range(len(lines) + 2)
    below = next((later for later in range(number, len(lines)) if not _is_comment_or_blank(lines[later])), number)
    return range(below + 1, below + 2)


def _ends_head(number: int, lines: list[str]) -> bool:
    """Whether a blank line parts the comment from what follows: then it speaks for the file, not for the first key."""
    for line in lines[number:]:
        if not line.strip():
            return True
        if not line.lstrip().startswith("#"):
            return line.startswith("---")
    return True


def _is_comment_or_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


class Silencer:
    """Leaves out what is ignored, and afterwards tells which ignores are wrong."""

    def __init__(self, texts: Iterable[tuple[str, str]], known: Iterable[str]) -> None:
        self.known = tuple(known)
        self.by_path: dict[str, list[Ignore]] = {}
        for path, text in texts:
            if path not in self.by_path:
                self.by_path[path] = list(ignores_in(path, text))

    def is_silenced(self, finding: Finding) -> bool:
        """Whether a person has said, and where it must be given a reason for, that this is as it should be."""
        is_silenced = False
        for ignore in self.by_path.get(finding.span.path, ()):
            if finding.span.line not in ignore.lines:
                continue
            for name in {finding.name, finding.code}.intersection(ignore.names):
                ignore.used.add(name)
                if ignore.reason or finding.severity is not Severity.ERROR:
                    is_silenced = True
                else:
                    ignore.refused.add(name)
        return is_silenced

    def unexplained(self, rule: Rule) -> Iterator[Finding]:
        """The ignores of errors that give no reason."""
        for ignore in self._all():
            for name in sorted(ignore.refused):
                hint = f"# cigen: ignore[{name}] why it is right here"
                yield found(rule, ignore.span, f"an error can be ignored for a reason only: {name}", hint=hint)

    def unknown(self, rule: Rule) -> Iterator[Finding]:
        """The ignores that name no rule."""
        for ignore in self._all():
            for name in ignore.names:
                if name not in self.known:
                    yield found(rule, ignore.span, f"there is no rule '{name}'", hint=name_hint(name, self.known))
            if not ignore.names:
                yield found(rule, ignore.span, "the ignore names no rule", hint="# cigen: ignore[name] reason")

    def unused(self, rule: Rule) -> Iterator[Finding]:
        """The ignores that no finding needs."""
        for ignore in self._all():
            for name in ignore.names:
                if name in self.known and name not in ignore.used:
                    yield found(rule, ignore.span, f"nothing to ignore here: {name}", hint="take the comment out")

    def _all(self) -> Iterator[Ignore]:
        return (ignore for ignores in self.by_path.values() for ignore in ignores)
