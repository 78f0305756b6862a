"""Checkouts of other projects, for `include: project`."""

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cigen.pipeline.sources import Answer, LocalTree, Missing, Sources, Unknown

CONFIG = "cigen.yaml"
_MARKS = (".git", ".cigen.lock", ".gitlab-ci.yml")
_ORIGIN = re.compile(r'^\[remote "origin"\][^\[]*?^\s*url\s*=\s*(\S+)', re.MULTILINE)
_ADDRESS = re.compile(r"(?:[a-z+]+://[^/]+/|[^/:]+@[^/:]+:)(?P<path>.+?)(?:\.git)?/?")


@dataclass(frozen=True, slots=True)
class Checkouts:
    """A folder: the checkout of one project, or of several that lie below it as `group/project` or `project`.

    A checkout stands for its project as it lies there, whatever ref an include names.
    """

    folder: Path

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:  # noqa: ARG002
        """The checkout of a project; Unknown where the folder is one of another."""
        parts = PurePosixPath(project.lstrip("/")).parts
        if ".." in parts or not parts:
            return Unknown(f"{project} is no path of a project")
        own = checkout_of(self.folder)
        if own.is_of(project):
            return LocalTree(own.root)
        below = self.folder.joinpath(*parts)
        if len(parts) > 1 and below.is_dir():
            return LocalTree(checkout_of(below).root)
        if any((self.folder / parts[-1] / mark).exists() for mark in (*_MARKS, CONFIG)):
            return LocalTree(checkout_of(self.folder / parts[-1]).root)
        if own.project and PurePosixPath(own.project).name != parts[-1]:
            return Unknown(f"{self.folder} is a checkout of {own.project}")
        return _Perhaps(LocalTree(own.root), f"{self.folder} has no such file, and may be no checkout of {project}")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A folder on this disk, and the project that it is one of."""

    root: Path
    """Where the paths of includes start: below the folder where cigen renders into a folder of its own."""
    project: str = ""
    """Its path in GitLab; empty where nothing tells it."""

    def is_of(self, project: str) -> bool:
        """Whether it is certainly a checkout of a project."""
        return bool(self.project) and f"/{self.project}".endswith(f"/{project.lower()}")


def checkout_of(folder: Path) -> Checkout:
    """What cigen.yaml says of a folder, or else the address that Git got it from."""
    for config in (folder / CONFIG, folder.resolve().parent / CONFIG):
        if config.is_file():
            from cigen.config import load

            loaded = load(config)
            root = config.parent / loaded.output
            if config.parent == folder or root.resolve() == folder.resolve():
                return Checkout(folder if config.parent != folder else root, loaded.gitlab.project.lower())
    return Checkout(folder, _origin(folder))


def _origin(folder: Path) -> str:
    """The project that a clone came from; empty for a clone of a folder."""
    try:
        text = (folder / ".git" / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    url = _ORIGIN.search(text)
    address = _ADDRESS.fullmatch(url[1]) if url and not url[1].startswith("file:") else None
    return address["path"].lower() if address else ""


@dataclass(frozen=True, slots=True)
class _Perhaps:
    """A folder that may be the checkout of a project: what it does not have may be there all the same."""

    tree: LocalTree
    doubt: str

    def local(self, path: str) -> Answer:
        answer = self.tree.local(path)
        return Unknown(self.doubt) if isinstance(answer, Missing) else answer

    def matching(self, pattern: str) -> tuple[str, ...]:
        return self.tree.matching(pattern)

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        return self.tree.project(project, ref)

    def other(self, kind: str, address: str) -> Answer:
        return self.tree.other(kind, address)


def project_root(file: Path) -> Path:
    """The folder that stands for the project of a pipeline file: the nearest one that looks like its root."""
    folders = file.absolute().parents
    root = next((folder for folder in folders if any((folder / mark).exists() for mark in _MARKS)), folders[0])
    return root if file.is_absolute() else Path(os.path.relpath(root))
