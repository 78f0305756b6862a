"""Checkouts of other projects under one folder, for `include: project`."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from cigen.pipeline.sources import LocalTree, Sources


class Checkouts(Mapping[str, Sources]):
    """Each project in a folder named like it, `group/project` or `project`; else the folder stands for all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, project: str) -> Sources:
        parts = PurePosixPath(project.lstrip("/")).parts
        if ".." in parts or not parts:
            raise KeyError(project)
        for candidate in (self._folder.joinpath(*parts), self._folder / parts[-1]):
            if candidate.is_dir():
                return LocalTree(candidate, self)
        return LocalTree(self._folder, self)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True


_MARKS = (".git", ".cigen.lock", ".gitlab-ci.yml")


def project_root(file: Path) -> Path:
    """The folder that stands for the project of a pipeline file: the nearest one that looks like its root."""
    folders = file.absolute().parents
    root = next((folder for folder in folders if any((folder / mark).exists() for mark in _MARKS)), folders[0])
    return root if file.is_absolute() else Path(os.path.relpath(root))
