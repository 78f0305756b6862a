"""The checklist of variables that a pipelines repo asks its services for, read from the README it was rendered with."""

import re

from cigen.pipeline.tree import Tree

_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \| (?:yes|no) \| ([^|]*) \|", re.MULTILINE)


def settings_of(tree: Tree) -> dict[str, str]:
    """Each variable with when it is needed; empty where the tree has no such list."""
    text = tree.files.get("README.md", b"").decode(errors="replace")
    return {name: needed.strip() for name, needed in _ROW.findall(text)}
