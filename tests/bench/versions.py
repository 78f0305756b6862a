"""Versions of a large repository, beside what one would use for each of its projects."""

import subprocess
import tempfile
from pathlib import Path

from bench.measure import BIN, measured, print_table


def versioning() -> None:
    """All projects of a large repository at once, beside python-semantic-release for one of them."""
    with tempfile.TemporaryDirectory() as folder:
        clone = generate_repository(Path(folder), commits=20_000, projects=300)
        settings = Path(folder) / "release.toml"
        settings.write_text(ONE_PROJECT)
        theirs = measured(
            [BIN / "semantic-release", "--config", settings, "--noop", "version", "--print"],
            cwd=clone,
            environment={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": folder, "CI_SERVER_URL": "https://gitlab.example.com"},
        )
        ours = measured([BIN / "cigen-runtime", "semantic-versioning"], cwd=clone)
    rows = [
        (
            "cigen-runtime semantic-versioning",
            "300, and 300 new tags pushed",
            f"{ours.wall:.2f} s",
            f"{ours.memory:.0f} MB",
        ),
        ("semantic-release --noop version", "1, without its tag", f"{theirs.wall:.2f} s", f"{theirs.memory:.0f} MB"),
    ]
    print_table("Versions from 20,000 commits", ("tool", "projects", "wall", "memory"), rows)


ONE_PROJECT = """
[semantic_release]
tag_format = "project-000-v{version}"
commit_parser = "conventional-monorepo"
[semantic_release.commit_parser_options]
path_filters = ["functions/project-000/*"]
[semantic_release.remote]
type = "gitlab"
domain = "gitlab.example.com"
ignore_token_for_push = true
[semantic_release.remote.token]
env = "CI_JOB_TOKEN"
[semantic_release.branches.main]
match = "main"
"""
"""The same rules for one project, in python-semantic-release's own terms."""


def generate_repository(folder: Path, commits: int, projects: int) -> Path:
    """A clone whose commits touch one project each, with five releases of every project, and its remote."""
    clone, remote = folder / "clone", folder / "remote.git"
    stream = []
    for number in range(1, commits + 1):
        content = f"{number}\n"
        message = f"{'feat' if number % 7 == 0 else 'fix'}: change {number}\n"
        stream.append(
            f"commit refs/heads/main\nmark :{number}\ncommitter Dev <dev@example.com> {1_700_000_000 + number} +0000\n"
            f"data {len(message)}\n{message}{f'from :{number - 1}' if number > 1 else ''}\n"
            f"M 644 inline functions/project-{number % projects:03}/app.py\n"
            f"data {len(content)}\n{content}\n"
        )
    for project in range(projects):
        for minor in range(5):
            at = projects + project + minor * commits // 7
            stream.append(f"reset refs/tags/project-{project:03}-v1.{minor}.0\nfrom :{at}\n\n")
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", remote], check=True)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=remote, input="".join(stream).encode(), check=True)
    subprocess.run(["git", "clone", "--quiet", remote.as_uri(), clone], check=True)
    return clone
