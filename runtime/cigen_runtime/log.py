"""The job log: GitLab's folded sections, plain lines elsewhere, and no secret in any of them."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from cigen_runtime.redact import Redactor


class Log:
    """Writes what a person on call reads; every line passes the redactor.

    In GitLab (`folding`) a section can be folded: https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
    """

    def __init__(self, stream: TextIO, redactor: Redactor, now: Callable[[], float], *, folding: bool) -> None:
        self.redactor = redactor
        self._stream = stream
        self._now = now
        self._folding = folding
        self._names: Counter[str] = Counter()

    def line(self, text: str = "") -> None:
        """Write one line (or several), at once."""
        self._stream.write(self.redactor.clean(text) + "\n")
        self._stream.flush()

    @contextmanager
    def section(self, title: str) -> Iterator[None]:
        """Fold what is written inside under this title, in GitLab."""
        if not self._folding:
            self.line(title)
            yield
            return
        name = self._name(title)
        self._mark(f"section_start:{int(self._now())}:{name}[collapsed=true]", title + "\n")
        try:
            yield
        finally:
            self._mark(f"section_end:{int(self._now())}:{name}", "")

    def _name(self, title: str) -> str:
        """A name for GitLab, which folds by it: the second section of one title needs another one."""
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name}_{self._names[name]}"

    def _mark(self, marker: str, after: str) -> None:
        self._stream.write(f"\x1b[0K{marker}\r\x1b[0K{self.redactor.clean(after)}")
        self._stream.flush()


def counted(number: int, noun: str) -> str:
    """A number with its noun, for people."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Lines of a plain table, columns padded to their widest cell."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
