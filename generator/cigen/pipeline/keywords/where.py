"""Where in a job a value stands, as the messages name it."""

from typing import NamedTuple

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Mapping, Node, Place, Reference, Scalar, Sequence

_SHOWN = 60
_SHOWN_NAME = 255


class Where(NamedTuple):
    """The keys that lead to a value: `artifacts:when`, and the job that it is in.

    A tuple, not a dataclass: one is made for every value that is looked at.
    """

    job: str
    path: str = ""
    is_item: bool = False
    """Whether it is an item of the list there."""
    fine: set[tuple[int, int]] | None = None
    """The lists and mappings in which nothing was found, each with the shape that it was judged by; None to forget."""
    is_complete: bool = True
    """False where a file or a template is missing: what is not here may stand there."""

    @property
    def item(self) -> "Where":
        """An item of the list that stands here."""
        return self if self.is_item else Where(self.job, self.path, True, self.fine, self.is_complete)

    def under(self, key: object) -> "Where":
        """The same, one key further in."""
        return Where(self.job, f"{self.path}:{key}" if self.path else str(key), False, self.fine, self.is_complete)

    @property
    def named(self) -> str:
        """How a message speaks of it."""
        if self.path:
            return f"an item of '{self.path}'" if self.is_item else f"'{self.path}'"
        return f"job '{shortened(self.job)}'" if self.job else "the pipeline"

    def fault(self, kind: FaultKind, at: "Node | Place", sentence: str, hint: str = "") -> Fault:
        """A fault of the value here: the sentence goes on after its name."""
        place = at if isinstance(at, Place) else at.place
        return Fault(kind, place, f"{self.named} {sentence}", hint, self.job)


def shortened(name: str) -> str:
    """A name as messages show it: whole, unless somebody made it longer than GitLab allows."""
    return name if len(name) <= _SHOWN_NAME else f"{name[:_SHOWN]}…"


def described(node: Node) -> str:
    """A value in a few words: `'sometimes'`, `the number 5`, `a list`."""
    match node:
        case Sequence():
            return "a list" if node.items else "an empty list"
        case Mapping():
            return "a mapping" if node.entries else "an empty mapping"
        case Reference():
            return "a !reference"
        case Scalar(value=None):
            return "empty"
        case Scalar(value=bool()):
            return "true" if node.value else "false"
        case Scalar(value=str() as text):
            if not text.strip():
                return "an empty text"
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            return f"'{shown.splitlines()[0] if shown.strip() else shown}'"
        case _:
            return f"the number {node.value}"


def is_text(node: Node | None) -> bool:
    """Is it a text, and no number, truth value, list or mapping?"""
    return isinstance(node, Scalar) and isinstance(node.value, str)


def is_null(node: Node | None) -> bool:
    """Is it not there, or null?"""
    return node is None or (isinstance(node, Scalar) and node.value is None)


def is_blank(node: Node | None) -> bool:
    """Is it what GitLab calls blank: not there, null, false, an empty text, list or mapping?"""
    match node:
        case None:
            return True
        case Scalar():
            return node.value is None or node.value is False or (isinstance(node.value, str) and not node.value.strip())
        case Sequence():
            return not node.items
        case Mapping():
            return not node.entries
        case _:
            return False


def text_of(node: Node | None) -> str:
    """The text of a scalar; empty for all else."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def flat(node: Node) -> list[Node]:
    """The items of a list, with lists inside it dissolved; a single value is a list of one."""
    if not isinstance(node, Sequence):
        return [node]
    return [inner for item in node.items for inner in flat(item)]
