"""Where included files come from: the tree around a file, a checkout of another project, or nowhere."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is there."""

    path: str
    """As messages should call it."""
    content: str | bytes


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that certainly is not there: GitLab would refuse the include."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A file that we cannot look up; the include is skipped, and the pipeline says so."""

    reason: str


Answer = Found | Missing | Unknown


class Sources(Protocol):
    """What answers for the files that a pipeline includes."""

    def local(self, path: str) -> Answer:
        """A file of the same project, by its path from the root, without a leading slash."""
        ...

    def matching(self, pattern: str) -> tuple[str, ...] | Unknown:
        """The paths of the same project that a wildcard pattern means, sorted."""
        ...

    def project(self, project: str, ref: str) -> "Sources | Unknown | Missing":
        """Another project at a ref; HEAD where no ref is given."""
        ...

    def other(self, kind: str, address: str) -> Answer:
        """What a `component`, `template` or `remote` include means."""
        ...


@dataclass(frozen=True, slots=True)
class NoFiles:
    """Knows no file at all: every include is skipped."""

    reason: str = "the file is looked at on its own"

    def local(self, path: str) -> Answer:  # noqa: ARG002
        """Skipped."""
        return Unknown(self.reason)

    def matching(self, pattern: str) -> tuple[str, ...] | Unknown:  # noqa: ARG002
        """Skipped."""
        return Unknown(self.reason)

    def project(self, project: str, ref: str) -> "Sources | Unknown | Missing":  # noqa: ARG002
        """Skipped."""
        return Unknown(self.reason)

    def other(self, kind: str, address: str) -> Answer:  # noqa: ARG002
        """Skipped."""
        return Unknown(self.reason)


@dataclass(frozen=True, slots=True)
class LocalTree:
    """The files under a folder, which stands for the root of the project; others by their own checkouts."""

    root: Path
    projects: Mapping[str, "Sources"] = field(default_factory=dict)
    """Checkouts of other projects, by their path in GitLab."""

    def local(self, path: str) -> Answer:
        """A file under the root; a path or link that leaves it is not there, as for GitLab, which has no other."""
        parts = PurePosixPath(path).parts
        if "\0" in path or not parts or any(part in {"..", "/"} for part in parts):
            return Missing("the path leaves the project")
        at = self.root.joinpath(*parts)
        try:
            if not at.resolve().is_relative_to(self.root.resolve()):
                return Missing("the path leaves the project by a symbolic link")
            if at.is_symlink() or not at.is_file():
                return Missing("GitLab does not follow symbolic links" if at.is_symlink() else "there is no such file")
            return Found(str(at), at.read_bytes())
        except (OSError, ValueError, RuntimeError) as error:
            return Missing(f"it cannot be read: {error}")

    def matching(self, pattern: str) -> tuple[str, ...]:
        """As GitLab matches: `*` within a folder's name, `**` over folders too; files ending in .yml or .yaml."""
        expression = _expression(pattern)
        return tuple(sorted(path for path in self._paths() if expression.fullmatch(path)))

    def project(self, project: str, ref: str) -> "Sources | Unknown | Missing":  # noqa: ARG002
        """The checkout of another project."""
        known = self.projects.get(project) or self.projects.get(project.lower())
        return known or Unknown(f"no checkout of {project} is at hand")

    def other(self, kind: str, address: str) -> Answer:  # noqa: ARG002
        """Skipped: only GitLab has them."""
        return Unknown(f"a {kind} is looked up by GitLab alone")

    def _paths(self) -> Iterator[str]:
        for folder, folders, names in self.root.walk() if hasattr(self.root, "walk") else _walk(self.root):
            folders[:] = sorted(name for name in folders if name != ".git")
            base = PurePosixPath(folder.relative_to(self.root))
            for name in names:
                if name.lower().endswith((".yml", ".yaml")):
                    yield str(base / name)


def _walk(root: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    import os

    for folder, folders, names in os.walk(root):
        yield Path(folder), folders, names


def _expression(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern.lstrip("/"))
    return re.compile(text.replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))
