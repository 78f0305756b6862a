"""What would be rendered now, without writing it."""

from pathlib import Path

from cigen import resources
from cigen.config.model import Config
from cigen.pipeline.tree import Tree
from cigen.render import render


def rendered_tree(config: Config, path: Path) -> Tree:
    """The pipelines repo that the config at this path describes, as texts in memory."""
    folders = [resources.templates_folder(), *([path.parent / config.templates] if config.templates else [])]
    return Tree(str(path), {file.path: file.text.encode() for file in render(config, folders, path.name)})
