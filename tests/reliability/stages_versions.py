"""Versions: reserved by tags on the Git host."""

from __future__ import annotations

from collections.abc import Mapping

from reliability.stage import State, Surroundings, git
from runtime.repository import ENVIRONMENT

PROJECT = "team/orders"
TAGS = ("billing-v1.0.0", "orders-v1.0.0")


class VersioningStage:
    """A clone of a service repo with two projects that were never released."""

    command = "semantic-versioning"
    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {}
    variables: Mapping[str, str] = {"PATH": ENVIRONMENT["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}

    def arrange(self, at: Surroundings) -> None:
        bare = at.lab.git_host.create(PROJECT)
        git(at.folder, "init", "--quiet", "--initial-branch=main")
        for project in ("orders", "billing"):
            at.has(project, project)
        git(at.folder, "add", "--all")
        git(at.folder, "commit", "--quiet", "--message", "feat: begin")
        git(at.folder, "push", "--quiet", str(bare), "main")
        git(at.folder, "remote", "add", "origin", at.lab.git_host.url(PROJECT))

    def state(self, at: Surroundings) -> State:
        lines = at.lab.git_host.git(PROJECT, "for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags")
        found = dict(line.split() for line in lines.splitlines())
        return {("tag", tag): found.get(tag) for tag in {*TAGS, *found}}

    def goal(self, at: Surroundings) -> State:
        head = git(at.folder, "rev-parse", "HEAD").strip()
        return {("tag", tag): head for tag in TAGS}
