"""A tree as the text of a file, in which every value is what it was."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from cigen_runtime.configs.documents import Items, Node, Scalar, Table, parse, wrong
from cigen_runtime.errors import ConfigurationError


def dump(path: str, node: Node) -> bytes:
    """The text of a tree, in the format that the file's name says; the same tree always gives the same text.

    It is read again before it is given out. Raises ConfigurationError when it would say something else.
    """
    text = "".join(_json_pieces(node, "\n")) + "\n" if PurePosixPath(path).suffix == ".json" else _yaml_text(node)
    try:
        is_same = _meaning(parse(path, text.encode())) == _meaning(node)
    except ConfigurationError:
        is_same = False
    if not is_same:
        raise wrong(node.place, "merged, it cannot be written so that it says the same", "Put its texts in quotes.")
    return text.encode()


def _meaning(node: Node | None) -> object:
    """What a tree says, wherever it stands and however it is written."""
    match node:
        case Scalar():
            return node.type, node.text
        case Items():
            return [_meaning(item) for item in node.items]
        case Table():
            return {key: _meaning(entry.value) for key, entry in node.entries.items()}
    return None


def _json_pieces(node: Node, newline: str) -> Iterator[str]:
    inner = newline + "  "
    match node:
        case Scalar(type="str"):
            yield json.dumps(node.text, ensure_ascii=False)
        case Scalar():
            yield node.text
        case Items(items=()):
            yield "[]"
        case Table() if not node.entries:
            yield "{}"
        case Items():
            for number, item in enumerate(node.items):
                yield f"{',' if number else '['}{inner}"
                yield from _json_pieces(item, inner)
            yield f"{newline}]"
        case Table():
            for number, (key, entry) in enumerate(node.entries.items()):
                yield f"{',' if number else '{'}{inner}{json.dumps(key, ensure_ascii=False)}: "
                yield from _json_pieces(entry.value, inner)
            yield f"{newline}}}"


def _yaml_text(node: Node) -> str:
    from ruamel.yaml import YAML

    writer = YAML(typ="safe", pure=True)
    writer.width = 1_000_000  # a long line stays one: folding it would change nothing but the difference to look at
    stream = io.StringIO()
    writer.serialize(_yaml_node(node), stream)
    return stream.getvalue()


def _yaml_node(node: Node, *, in_a_row: bool = False) -> object:
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    tag: Callable[[str], str] = "tag:yaml.org,2002:{}".format
    match node:
        case Scalar():
            style = _style(node.text, node.style, in_a_row) if node.type == "str" else node.style
            return ScalarNode(tag(node.type), node.text, style=style)
        case Items():
            row = in_a_row or node.in_a_row
            return SequenceNode(tag("seq"), [_yaml_node(item, in_a_row=row) for item in node.items], flow_style=row)
        case Table():
            row = in_a_row or node.in_a_row
            entries = [
                (
                    ScalarNode(tag("str"), key, style=_style(key, entry.style, row)),
                    _yaml_node(entry.value, in_a_row=row),
                )
                for key, entry in node.entries.items()
            ]
            return MappingNode(tag("map"), entries, flow_style=row)


def _style(text: str, style: str | None, in_a_row: bool) -> str | None:
    """Quotes for a text in brackets that begins with what ruamel.yaml writes bare and then reads as punctuation."""
    return '"' if in_a_row and style is None and text[:1] in {"?", ":", "-"} else style
