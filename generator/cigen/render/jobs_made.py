"""Which jobs a pipelines repo brings to its services: what each rendered file has at its top level."""

from collections.abc import Iterable

import yaml

from cigen.pipeline.model import GLOBAL_KEYS
from cigen.render.engine import RenderedFile, is_yaml


def files_and_jobs(rendered: Iterable[RenderedFile]) -> dict[str, frozenset[str]]:
    """The jobs of each file, without hidden ones; a file that is not YAML has none."""
    return {file.path: frozenset(_jobs(file)) for file in rendered}


def _jobs(file: RenderedFile) -> Iterable[str]:
    node = yaml.compose(file.text, yaml.CSafeLoader) if is_yaml(file.path) else None
    if not isinstance(node, yaml.MappingNode):
        return ()
    names = (str(key.value) for key, _ in node.value)
    return (name for name in names if not name.startswith(".") and name not in GLOBAL_KEYS)
