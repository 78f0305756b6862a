"""A YAML text as nodes: read by libyaml, the parser under GitLab's own."""

from collections.abc import Hashable, Iterator

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode
from yaml.nodes import Node as YamlNode

from cigen.pipeline.node import Entry, Mapping, Node, Place, Plain, Reference, Scalar, Sequence


def read_documents(path: str, text: str) -> Iterator[Node]:
    """Each document of the text; raises yaml.YAMLError where it is not YAML."""
    for document in yaml.compose_all(text, Loader=yaml.CSafeLoader):
        yield _node(path, document)


def _node(path: str, node: YamlNode) -> Node:
    place = _place(path, node)
    match node:
        case MappingNode():
            return Mapping(dict(_entries(path, node)), place)
        case SequenceNode() if node.tag == "!reference":
            return Reference(tuple(str(item.value) for item in node.value), place)
        case SequenceNode():
            return Sequence(tuple(_node(path, item) for item in node.value), place)
        case _:
            return _scalar(path, node)


def _entries(path: str, node: MappingNode) -> Iterator[tuple[Hashable, Entry]]:
    for key, value in node.value:
        name = _scalar(path, key)
        yield name.value, Entry(name, _node(path, value))


def _scalar(path: str, node: YamlNode) -> Scalar:
    value: Plain = yaml.CSafeLoader("").construct_object(node) if isinstance(node, ScalarNode) else str(node.value)
    return Scalar(value, _place(path, node), str(node.value), bool(getattr(node, "style", None)))


def _place(path: str, node: YamlNode) -> Place:
    start, end = node.start_mark, node.end_mark
    return Place(path, start.line, start.column, end.line, end.column)
