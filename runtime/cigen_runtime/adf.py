"""Builds the documents that Jira's descriptions and comments are made of.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]

LIMIT = 32_767
"""Characters that Jira takes in one description or comment."""
NOTE = " … (cut: Jira takes no more)"


def text(value: str) -> Node:
    """Plain text; Jira shows it as it is, whatever characters it holds."""
    return {"type": "text", "text": value}


def code(value: str) -> Node:
    """Text in the font of code, within a line."""
    return {"type": "text", "text": value, "marks": [{"type": "code"}]}


def link(value: str, address: str) -> Node:
    """Text that leads somewhere."""
    return {"type": "text", "text": value, "marks": [{"type": "link", "attrs": {"href": address}}]}


def paragraph(*parts: Node) -> Node:
    """A paragraph of inline parts."""
    return {"type": "paragraph", "content": list(parts)}


def heading(value: str, level: int = 3) -> Node:
    """A heading."""
    return {"type": "heading", "attrs": {"level": level}, "content": [text(value)]}


def bullet_list(*items: Node) -> Node:
    """A list with one block per item."""
    return {"type": "bulletList", "content": [{"type": "listItem", "content": [item]} for item in items]}


def code_block(value: str, language: str) -> Node:
    """Code on lines of its own, which Jira lets one copy with a click."""
    return {"type": "codeBlock", "attrs": {"language": language}, "content": [text(value)]}


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Node:
    """A table with one line of headings."""
    lines = [_row("tableHeader", heads), *(_row("tableCell", row) for row in rows)]
    return {"type": "table", "content": lines}


def document(*blocks: Node) -> Node:
    """A whole document; text beyond what Jira takes is cut off, with a note in its place."""
    kept, _ = _within(list(blocks), LIMIT - len(NOTE))
    return {"type": "doc", "version": 1, "content": kept}


def plain(node: Node) -> str:
    """The text of a node, without its form."""
    return str(node.get("text", "")) + "".join(map(plain, node.get("content", ())))


def lines(node: Node) -> Iterator[str]:
    """The text of a node as a log shows it: a line for each block and each row of a table, with what links lead to."""
    match node["type"]:
        case "tableRow":
            yield " | ".join(" ".join(lines(cell)) for cell in node["content"])
        case "paragraph" | "heading":
            yield "".join(map(_with_address, node.get("content", ())))
        case "codeBlock":
            yield from plain(node).splitlines()
        case _:
            for child in node.get("content", ()):
                yield from lines(child)


def same(one: Node, other: Node) -> bool:
    """Whether two nodes say the same; what Jira adds for itself does not count."""
    return bool(_bare(one) == _bare(other))


def _with_address(part: Node) -> str:
    address = next((mark["attrs"]["href"] for mark in part.get("marks", ()) if mark["type"] == "link"), "")
    return f"{plain(part)} <{address}>" if address else plain(part)


def _row(kind: str, cells: Sequence[str]) -> Node:
    # An empty text node is not allowed, an empty paragraph is.
    return {
        "type": "tableRow",
        "content": [{"type": kind, "content": [paragraph(*([text(cell)] if cell else []))]} for cell in cells],
    }


def _within(nodes: Sequence[Node], left: int) -> tuple[list[Node], int]:
    """The nodes as far as `left` characters go, and how many are left; below 0 once something was cut."""
    kept: list[Node] = []
    for node in nodes:
        if left < 0:
            break
        if "text" in node:
            value = str(node["text"])
            fits = len(value) <= left
            kept.append(node if fits else {**node, "text": value[:left] + NOTE})
            left = left - len(value) if fits else -1
        elif "content" in node:
            content, left = _within(node["content"], left)
            kept.append({**node, "content": content})
        else:
            kept.append(node)
    return kept, left


def _bare(value: Any) -> Any:
    """Without the ids that Jira gives nodes, and without attributes that say nothing."""
    if isinstance(value, Mapping):
        bare = {key: _bare(item) for key, item in value.items() if key != "localId"}
        return {key: item for key, item in bare.items() if item not in ({}, None)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_bare(item) for item in value]
    return value
