"""Where included files come from: the tree around a file, a checkout of another project, or nowhere."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Protocol

from cigen.nearest import nearest
from cigen.pipeline.source_text import read_file


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
    hint: str = ""


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
            root = self.root.resolve()
            if at.resolve() != root.joinpath(*parts):
                return Missing("a symbolic link stands in its path, and GitLab follows none")
            if not at.is_file():
                return Missing("there is no such file", self._similar(path))
            return Found(str(at), read_file(at))
        except (OSError, ValueError, RuntimeError) as error:
            return Missing(f"it cannot be read: {error}")

    def matching(self, pattern: str) -> tuple[str, ...]:
        """As GitLab matches: `*` within a folder's name, `**` over folders too."""
        expression = path_pattern(pattern)
        start = pattern.lstrip("/").partition("*")[0].rpartition("/")[0]
        return tuple(sorted(path for path in self._paths(start) if expression.fullmatch(path)))

    def project(self, project: str, ref: str) -> "Sources | Unknown | Missing":  # noqa: ARG002
        """The checkout of another project."""
        known = self.projects.get(project) or self.projects.get(project.lower())
        return known or Unknown(f"no checkout of {project} is at hand")

    def other(self, kind: str, address: str) -> Answer:  # noqa: ARG002
        """Skipped: only GitLab has them."""
        return Unknown(f"a {kind} is looked up by GitLab alone")

    def _similar(self, path: str) -> str:
        """A hint for a path that is not there: the same name elsewhere, or a like name in the same folder."""
        wanted = PurePosixPath(path)
        if wanted.suffix.lower() not in _YAML:
            return ""
        looked_at = islice(self._paths(), _MOST_LOOKED_AT)
        others = [other for other in map(PurePosixPath, looked_at) if other.suffix.lower() in _YAML]
        same = [other for other in others if other.name == wanted.name]
        if same:
            return f"did you mean '{same[0]}'?"
        by_stem = {str(other.with_suffix("")): other for other in others[:_MOST_COMPARED]}
        meant = nearest(str(wanted.with_suffix("")), by_stem)
        return f"did you mean '{by_stem[meant]}'?" if meant else ""

    def _paths(self, below: str = "") -> Iterator[str]:
        if ".." in PurePosixPath(below).parts:
            return
        for folder, folders, names in os.walk(self.root / below):
            folders[:] = sorted(name for name in folders if name != ".git")
            base = PurePosixPath(Path(folder).relative_to(self.root).as_posix())
            yield from (str(base / name) for name in names)


_YAML = frozenset({".yml", ".yaml"})
_MOST_COMPARED = 500
_MOST_LOOKED_AT = 20_000
"""For a hint nobody waits until a whole disk is searched."""


def sources_around(path: Path) -> Sources:
    """The project that a file belongs to: the folder above it that is a Git repository; without one, no files."""
    folder = path.absolute().parent
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return LocalTree(candidate)
    return NoFiles("the file belongs to no Git repository")


def path_pattern(pattern: str) -> re.Pattern[str]:
    """A wildcard pattern of GitLab: `*` within a folder's name, `**` over folders too."""
    text = re.escape(pattern.lstrip("/"))
    return re.compile(text.replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))
