"""What can go wrong, in words for the person at the terminal, each kind with its exit code."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from cigen.printable import printable

_LONGEST_SHOWN = 160
"""How much of a line is shown."""


class ExitCode(IntEnum):
    """The exit codes of `cigen`; they are API."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    FAILED = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file, and where; lines and columns count from 1, and 0 means the whole file."""

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    source: str = ""
    """The line of the file, shown below the message."""

    def __str__(self) -> str:
        return self.told("error")

    def told(self, level: str) -> str:
        """All of it, as an error or as a warning."""
        place = ":".join([self.path, *(str(number) for number in (self.line, self.column) if number)])
        return "\n".join([f"{printable(place)}: {level}: {self.message}", *self._excerpt(), *self._hint()])

    def _excerpt(self) -> Iterable[str]:
        if self.source.strip():
            margin = f"{self.line:>5} | "
            yield f"{margin}{printable(self.source[:_LONGEST_SHOWN])}"
            if 0 < self.column <= _LONGEST_SHOWN:
                yield " " * (len(margin) - 2) + "| " + _blank(self.source[: self.column - 1]) + "^"

    def _hint(self) -> Iterable[str]:
        if self.hint:
            yield f"hint: {self.hint}"


class CigenError(Exception):
    """An error that we have words for; its text is all that a person needs."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"error: {self.message}" + (f"\nhint: {self.hint}" if self.hint else "")


class UsageError(CigenError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class WorkError(CigenError):
    """The work could not be done: a folder that cannot be written, a file that is in the way."""

    exit_code = ExitCode.FAILED


class EditedByHandError(CigenError):
    """Files that cigen rendered were changed by a person, and rendering would lose that."""

    exit_code = ExitCode.FINDINGS


class ProblemsError(CigenError):
    """Files are wrong, in one place or in several."""

    exit_code = ExitCode.USAGE

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __str__(self) -> str:
        return self.message


class ConfigError(ProblemsError):
    """The config file is wrong."""


class TemplateError(ProblemsError):
    """A template is wrong, or what it renders to is."""


def _blank(text: str) -> str:
    """As wide as the text on a terminal: tabs stay tabs."""
    return "".join("\t" if character == "\t" else " " for character in text)
