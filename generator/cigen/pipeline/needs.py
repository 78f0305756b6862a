"""What a job needs, read from its `needs` or from a rule's."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cigen.pipeline import node
from cigen.pipeline.node import Node, Place, Scalar, Sequence

_INSTANCE = re.compile(r"(?P<name>.+?)(?: \d+/\d+|: \[.*\])", re.DOTALL)
_MATRIX_VALUE = re.compile(r"\$\[\[.*?\]\]")


@dataclass(frozen=True, slots=True)
class Need:
    """One job that another one waits for, or takes artifacts from."""

    job: str
    place: Place
    is_optional: bool = False
    has_artifacts: bool = True
    elsewhere: str = ""
    """The other project or pipeline that the job is in; such a need is not waited for."""

    def named_in(self, names: Collection[str]) -> str | None:
        """The one of these jobs that it means; `parallel` makes names of its own, such as `test 1/3`.

        A value of the matrix, `$[[ matrix.X ]]`, stands for any text here.
        """
        if self.job in names:
            return self.job
        instance = _INSTANCE.fullmatch(self.job)
        if instance and instance["name"] in names:
            return instance["name"]
        if "$[[" not in self.job:
            return None
        parts = (re.escape(part) for part in _MATRIX_VALUE.split(self.job))
        filled = re.compile(".+".join(parts), re.DOTALL)
        return next((name for name in names if filled.fullmatch(name)), None)


def read_needs(written: Node | Iterable[Node] | None) -> tuple[Need, ...]:
    """The needs of a list; what has no name is left out, it is judged elsewhere."""
    match written:
        case None:
            return ()
        case Sequence():
            return read_needs(written.items)
        case Scalar(value=str() as name):
            return (Need(name, written.place),)
        case node.Mapping():
            return _described(written)
        case Scalar() | node.Reference():
            return ()
        case _:
            return tuple(need for item in written for need in read_needs(item))


def _described(written: node.Mapping) -> tuple[Need, ...]:
    told = {key: node.plain(value) for key in ("job", "project", "pipeline") if (value := written.get(key)) is not None}
    elsewhere = str(told.get("project") or told.get("pipeline") or "")
    if not isinstance(told.get("job"), str):
        return ()
    return (
        Need(
            str(told["job"]),
            written.place,
            _is_true(written.get("optional")),
            not _is_false(written.get("artifacts")),
            elsewhere,
        ),
    )


def _is_true(written: Node | None) -> bool:
    return isinstance(written, Scalar) and written.value is True


def _is_false(written: Node | None) -> bool:
    return isinstance(written, Scalar) and written.value is False
