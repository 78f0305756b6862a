"""Where a command of the matrix plays: what is there before, how it is called, what must be there in the end."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lab import Lab
from runtime.repository import ENVIRONMENT

State = Mapping[tuple[str, str], object]
"""What the systems have, by kind and name as the result file calls them; only what a command changes."""
KEPT_BESIDE = frozenset({"file", "manifest", "open tickets", "page"})
"""Kinds that a result file does not list: what a command keeps beside the things it is asked for."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The lab and the job's folder."""

    lab: Lab
    folder: Path
    two: bool = False
    """Whether two jobs run, so that both leave something."""

    def write(self, name: str, content: object) -> None:
        """A JSON file that an earlier job left."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def has(self, project: str, lambda_name: str) -> None:
        """A folder with its `.deployment`."""
        path = self.folder / "functions" / project
        path.mkdir(parents=True, exist_ok=True)
        (path / ".deployment").write_text(f"ACTUAL_LAMBDA_NAME={lambda_name}\n")

    def versions(self, **versions: str) -> None:
        """A versions.json in which everything changed."""
        content = {name: {"version": version, "folder": name, "changed": True} for name, version in versions.items()}
        self.write("versions.json", content)


class Stage(Protocol):
    """One command's surroundings."""

    command: str
    options: tuple[str, ...]
    variables: Mapping[str, str]
    second: Mapping[str, str]
    """Variables in which the second of two jobs at once differs from the first."""

    def arrange(self, at: Surroundings) -> None:
        """Put there what the command starts from."""

    def state(self, at: Surroundings) -> State:
        """What the systems have now."""

    def goal(self, at: Surroundings) -> State:
        """What they must have in the end."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a clone; returns what it printed."""
    done = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return done.stdout
