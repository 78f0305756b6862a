"""A CI file as GitLab splits it: an optional header with `spec:`, and the configuration below it."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.header import Header, read_header
from cigen.pipeline.interpolation import Context, interpolate
from cigen.pipeline.node import Mapping, Node, Place, Scalar, Sequence
from cigen.pipeline.source_text import read_text
from cigen.pipeline.yaml_file import Document, Locate, read_document

Cache = dict[tuple[str, str | bytes], "CiFile"]
"""Files that were read already."""

_DIVIDER = re.compile(r"(?m)^---\s+", re.ASCII)
_MAX_DIVIDERS = 2
"""GitLab splits a file into three at most, the first of which is empty where the file begins with `---`."""


@dataclass(frozen=True, slots=True)
class CiFile:
    """A file before its inputs are filled in."""

    path: str
    header: Header | None
    """None where the file has no `spec:` above a second document."""
    text: str
    """The configuration's text."""
    start: int
    """The offset in the file where that text begins."""
    whole: str
    document: Document
    """The configuration as it reads without values in it."""
    faults: tuple[Fault, ...]
    """Why GitLab refuses the file before it looks at its inputs."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A file's configuration with its inputs filled in; no root where GitLab goes no further."""

    root: Mapping | None
    faults: tuple[Fault, ...]


def read_ci_file(path: str, content: str | bytes, cache: Cache) -> CiFile:
    """Read a file; the same content under the same path is read once."""
    key = (path, content)
    if key not in cache:
        cache[key] = _read(path, content)
    return cache[key]


def configuration(file: CiFile, context: Context) -> Configuration:
    """The configuration of a file, with values in it where it has a header."""
    if file.header is None or not (interpolated := interpolate(file.text, context)).changes:
        return _rooted(file.path, file.document, file.whole)
    lines = _LineStarts(file.whole)
    faults = [
        Fault(
            FaultKind.INPUT_MISMATCH,
            Place(file.path, *lines.at(file.start + mistake.start), *lines.at(file.start + mistake.end)),
            mistake.message,
            mistake.hint,
        )
        for mistake in interpolated.mistakes
    ]
    if interpolated.is_too_large:
        place = Place(file.path, 0, 0, 0, 0)
        large = Fault(FaultKind.FILE_TOO_LARGE, place, "with its values filled in, the file is too large for GitLab")
        return Configuration(None, (*faults, large))
    written = _LineStarts(interpolated.text)

    def locate(line: int, column: int) -> tuple[int, int]:
        return lines.at(file.start + interpolated.origin(written.offset(line, column)))

    done = _rooted(file.path, read_document(file.path, interpolated.text, locate), file.whole)
    return Configuration(done.root, (*faults, *done.faults))


def _rooted(path: str, document: Document, whole: str) -> Configuration:
    root = document.root
    if isinstance(root, Mapping):
        return Configuration(root, document.faults)
    if document.faults:
        return Configuration(None, document.faults)
    if not whole.strip():
        return Configuration(None, (Fault(FaultKind.NO_VISIBLE_JOB, Place(path, 0, 0, 0, 0), "the file is empty"),))
    if root is None or (isinstance(root, Scalar) and root.value is None):
        message, place = "the file has no keyword and no job, but comments at most", Place(path, 0, 0, 0, 0)
    else:
        kind = "a list" if isinstance(root, Sequence) else "a text"
        message, place = f"the file is {kind}, not a mapping of keywords and jobs", root.place
    return Configuration(None, (Fault(FaultKind.WRONG_SHAPE, place, message),))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between two `---`."""

    text: str
    start: int
    document: Document

    @property
    def is_blank(self) -> bool:
        """Whether GitLab drops it: nothing, null, false, or an empty list or mapping."""
        return not self.document.faults and _is_blank(self.document.root)


def _read(path: str, content: str | bytes) -> CiFile:
    text = read_text(path, content)
    if isinstance(text, Fault):
        return CiFile(path, None, "", 0, " ", Document(None, (text,)), (text,))
    pieces = list(_pieces(path, text))
    faults = [fault for piece in pieces if piece.document.root is None for fault in piece.document.faults]
    if faults:
        return CiFile(path, None, text, 0, text, Document(None, (faults[0],)), (faults[0],))
    pieces = [piece for piece in pieces if not piece.is_blank]
    if not pieces:
        return CiFile(path, None, "", 0, text, Document(None), ())
    first = pieces[0].document.root
    if len(pieces) > 1 and isinstance(first, Mapping) and "spec" in first:
        last = pieces[-1]
        return CiFile(path, read_header(first), last.text, last.start, text, last.document, pieces[0].document.faults)
    return CiFile(path, None, pieces[0].text, pieces[0].start, text, pieces[0].document, ())


def _pieces(path: str, text: str) -> "list[_Piece]":
    bounds = [(0, 0), *[match.span() for match in _DIVIDER.finditer(text)][:_MAX_DIVIDERS], (len(text), len(text))]
    pieces = []
    for (_, start), (end, _) in pairwise(bounds):
        piece = text[start:end]
        document = read_document(path, piece, _shifted(text, start))
        pieces.append(_Piece(piece, start, document))
    return pieces


def _shifted(text: str, start: int) -> Locate | None:
    if start == 0:
        return None
    lines = text.count("\n", 0, start)
    columns = start - text.rfind("\n", 0, start) - 1
    return lambda line, column: (line + lines, column + columns if line == 0 else column)


def _is_blank(root: Node | None) -> bool:
    match root:
        case None:
            return True
        case Scalar():
            return root.value is None or root.value is False or (isinstance(root.value, str) and not root.value.strip())
        case Sequence():
            return not root.items
        case Mapping():
            return not root.entries
        case _:
            return False


class _LineStarts:
    """Offsets of a text as lines and columns, and back."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *[match.end() for match in re.finditer("\r\n|[\n\r\x85\u2028\u2029]", text)]]
        self.length = len(text)

    def at(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset."""
        line = bisect_right(self.starts, offset) - 1
        return line, offset - self.starts[line]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column."""
        if line >= len(self.starts):
            return self.length
        return min(self.starts[line] + column, self.length)
