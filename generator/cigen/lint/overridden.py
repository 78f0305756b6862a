"""What a service changes in the jobs of the pipelines repo: the rules about services tell of each change itself."""

from collections.abc import Iterator

from cigen.lint.overrides import overrides
from cigen.lint.rules.reserved_name import is_a_job_of_its_own
from cigen.lint.subject import Subject
from cigen.pipeline.node import Mapping, Node, Place


def overridden_places(subject: Subject) -> frozenset[Place]:
    """The places of all values that a service gives to such jobs."""
    return subject.once(_overridden_places)


def _overridden_places(subject: Subject) -> frozenset[Place]:
    changed = (override.own for override in overrides(subject) if not is_a_job_of_its_own(override))
    return frozenset(place for own in changed for place in _places(own))


def _places(node: Node) -> Iterator[Place]:
    yield node.place
    for entry in node if isinstance(node, Mapping) else ():
        yield from _places(entry.value)
