"""A service repository with a real remote, for tests of what reads or tags its history."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Dev",
    "GIT_AUTHOR_EMAIL": "dev@example.com",
    "GIT_COMMITTER_NAME": "Dev",
    "GIT_COMMITTER_EMAIL": "dev@example.com",
}


class Repository:
    """A clone on branch main with a bare `origin` beside it."""

    def __init__(self, folder: Path) -> None:
        self.origin = folder / "origin.git"
        self.folder = folder / "clone"
        folder.mkdir(parents=True, exist_ok=True)
        _git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        _git(folder, "init", "--quiet", "--initial-branch=main", str(self.folder))
        self.git("remote", "add", "origin", self.origin.as_uri())
        _git(self.origin, "config", "receive.advertisePushOptions", "true")

    def git(self, *arguments: str) -> str:
        """Run git in the clone."""
        return _git(self.folder, *arguments)

    def commit(self, message: str, files: Mapping[str, str]) -> str:
        """Write files, commit and push them; returns the commit's id."""
        for path, text in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD").strip()

    def remote_tags(self) -> list[str]:
        """The tags that the remote has."""
        return _git(self.origin, "tag", "--list").split()


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True
    ).stdout
