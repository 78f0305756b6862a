"""What a look at a pipeline yields: one finding per fault, with the place it was written."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """GitLab refuses it, or the job cannot work or is unsafe as written."""
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file: lines and columns count from 1, the end stands behind the last character.

    Line 0 means the whole file.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that has to do with a finding, such as where a job is extended from."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where."""

    code: str
    """Short and stable, such as `CG201`; reports and ignores use it."""
    name: str
    """The same in words, such as `needs-undefined`."""
    severity: Severity
    span: Span
    message: str
    hint: str = ""
    """What to do, where that is known."""
    job: str = ""
    """The job that it is about, where it is about one."""
    related: tuple[Related, ...] = ()
