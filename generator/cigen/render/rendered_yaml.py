"""Whether a text is YAML as GitLab reads it, and where it is not."""

from collections.abc import Hashable, Iterator

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # a PyYAML without libyaml is slower, and says the same
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

Fault = tuple[int, str]
"""A line, from 1, and what is wrong there."""


def syntax_fault(text: str) -> Fault | None:
    """The first place where a text is not YAML."""
    return _compose(text)[1]


def faults(text: str) -> Iterator[Fault]:
    """Where a text is not YAML, or has a key twice in one mapping."""
    documents, fault = _compose(text)
    if fault is not None:
        yield fault
        return
    for document in documents:
        yield from _duplicate_keys(document, set())


def _compose(text: str) -> tuple[list[Node], Fault | None]:
    try:
        return list(yaml.compose_all(text, Loader=Loader)), None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [], (mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}")
    except yaml.YAMLError as error:
        return [], (1, f"not YAML: {error}")


def _duplicate_keys(node: Node, seen: set[int]) -> Iterator[Fault]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, SequenceNode):
        for child in node.value:
            yield from _duplicate_keys(child, seen)
    elif isinstance(node, MappingNode):
        first: dict[Hashable, int] = {}
        for key, child in node.value:
            if isinstance(key, ScalarNode) and key.value != "<<":
                line = key.start_mark.line + 1
                if key.value in first:
                    yield line, f"duplicate key '{key.value}': it stands in line {first[key.value]} already"
                first.setdefault(key.value, line)
            yield from _duplicate_keys(child, seen)
