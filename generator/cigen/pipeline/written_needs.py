"""The needs of a job, as they are written."""

from collections.abc import Iterator
from dataclasses import dataclass

from cigen.pipeline.keywords.order import need_sort
from cigen.pipeline.keywords.where import flat, is_text, text_of
from cigen.pipeline.node import Mapping, Node
from cigen.pipeline.parallel import MATRIX_VALUE, copies


@dataclass(frozen=True, slots=True)
class Need:
    """One job that another waits for, by the name that GitLab looks it up with."""

    name: str
    is_optional: bool
    node: Node


def named_needs(needs: Node) -> Iterator[tuple[str, bool, Node]]:
    """Each need of a job of this pipeline: its name as written, whether the job may be missing, and its node."""
    for node in flat(needs):
        if need_sort(node) != "job":
            continue
        if not isinstance(node, Mapping):
            yield text_of(node), False, node
        elif is_text(job := node.get("job")):
            optional = node.get("optional")
            yield text_of(job), getattr(optional, "value", None) is True, node


def made_child_files(job: Mapping) -> Iterator[tuple[Node, str]]:
    """The jobs that make the files of a child pipeline."""
    trigger = job.get("trigger")
    files = trigger.get("include") if isinstance(trigger, Mapping) else None
    for file in flat(files) if files is not None else ():
        maker = file.get("job") if isinstance(file, Mapping) else None
        if maker is not None and is_text(maker):
            yield maker, text_of(maker)


def speaks_of_matrix(name: str, node: Node) -> bool:
    """Does a need differ from copy to copy of a matrix job?"""
    if "$[[" in name:
        return True
    chosen = node.get("parallel") if isinstance(node, Mapping) else None
    return chosen is not None and any("$[[" in copy.name for copy in copies("", chosen))


def filled(text: str, values: dict[str, str]) -> str:
    """A text with the values of a copy in it; one that the matrix does not have is left."""
    if "$[[" not in text:
        return text
    return MATRIX_VALUE.sub(lambda found: values.get(found[1], found[0]), text)
