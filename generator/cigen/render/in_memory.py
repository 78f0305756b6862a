"""What would be rendered now, without writing it."""

from dataclasses import replace
from pathlib import Path

from cigen import resources
from cigen.config.model import Config
from cigen.lock import LOCK_NAME, lock_of
from cigen.pipeline.tree import Tree
from cigen.render import render
from cigen.render.lock_facts import lock_facts


def rendered_tree(config: Config, path: Path) -> Tree:
    """The pipelines repo that the config at this path describes, as texts in memory."""
    folders = [resources.templates_folder(), *([path.parent / config.templates] if config.templates else [])]
    return Tree(str(path), {file.path: file.text.encode() for file in render(config, folders, path.name)})


def with_lock(tree: Tree, config: Config) -> Tree:
    """The same with the lock that would stand beside the files."""
    lock = lock_of({path: content.decode() for path, content in tree.files.items()}, lock_facts(config))
    return replace(tree, files={**tree.files, LOCK_NAME: lock.text.encode()})
