"""gitlab.example.com as far as its REST API shows repositories: commits, files, trees and tags of the git host's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from lab.git_host import GitHost
from lab.serving import LoopbackHandler, LoopbackServer

JSON = {"Content-Type": "application/json"}


class _Answer(Exception):  # noqa: N818 - an answer, not a failure
    def __init__(self, status: int, message: str, key: str = "message") -> None:
        super().__init__(message)
        self.status = status
        self.body = {key: message}


class GitLabApi:
    """Version 4 of the API; what a request may see depends on its token, as there."""

    def __init__(self, git_host: GitHost) -> None:
        self._git_host = git_host
        self._server: LoopbackServer | None = None
        self.reset()

    def reset(self) -> None:
        """As new: every project is private, and the token may read the API."""
        self.public: set[str] = set()
        self.has_scope = True
        """Whether the token may read the API."""

    # How it runs

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the GitLab API is not running")
        return self._server.port

    def start(self) -> None:
        handled = self

        class Handler(_Handler):
            api = handled

        self._server = LoopbackServer(Handler)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    # What it answers

    def answer(self, target: str, headers: Mapping[str, str]) -> tuple[int, bytes, dict[str, str]]:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        _, _, _, project, *rest = parts.path.strip("/").split("/")
        try:
            self._require_access(unquote(project), headers)
            return self._routed(unquote(project), [unquote(part) for part in rest], query)
        except _Answer as answer:
            return answer.status, json.dumps(answer.body).encode(), JSON

    def _require_access(self, project: str, headers: Mapping[str, str]) -> None:
        token = headers.get("Private-Token") or headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token != self._git_host.token:
            raise _Answer(401, "invalid_token", "error")
        if token and not self.has_scope:
            raise _Answer(403, "insufficient_scope", "error")
        if not self._git_host.path(project).is_dir() or not (token or project in self.public):
            raise _Answer(404, "404 Project Not Found")

    def _routed(self, project: str, path: list[str], query: Mapping[str, str]) -> tuple[int, bytes, dict[str, str]]:
        match path:
            case ["repository", "commits", ref]:
                commit = self._commit(project, ref)
                return _json({"id": commit, "short_id": commit[:8], "title": "feat: begin"})
            case ["repository", "files", file, "raw"]:
                content = self._content(project, file, self._commit(project, query["ref"]))
                told = {
                    "Content-Type": "text/plain",
                    "X-Gitlab-Content-Sha256": hashlib.sha256(content).hexdigest(),
                    "X-Gitlab-File-Path": file,
                    "X-Gitlab-Size": str(len(content)),
                }
                return 200, content, told
            case ["repository", "tree"]:
                names = self._git(project, "ls-tree", "-r", "-t", self._commit(project, query["ref"])).splitlines()
                page, size = int(query.get("page", "1")), int(query.get("per_page", "20"))
                return _json([_entry(line) for line in names[(page - 1) * size : page * size]])
            case ["repository", "tags"]:
                return _json([{"name": name} for name in self._git_host.tags(project)])
            case _:
                raise _Answer(404, "404 Not Found", "error")

    def _commit(self, project: str, ref: str) -> str:
        try:
            return self._git(
                project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
            ).strip()
        except RuntimeError:
            raise _Answer(404, "404 Commit Not Found") from None

    def _content(self, project: str, file: str, commit: str) -> bytes:
        try:
            return self._git(project, "cat-file", "blob", f"{commit}:{file}").encode()
        except RuntimeError:
            raise _Answer(404, "404 File Not Found") from None

    def _git(self, project: str, *arguments: str) -> str:
        return self._git_host.git(project, *arguments)


def _json(content: Any) -> tuple[int, bytes, dict[str, str]]:
    return 200, json.dumps(content).encode(), JSON


def _entry(line: str) -> dict[str, str]:
    facts, _, path = line.partition("\t")
    mode, kind, sha = facts.split()
    return {"id": sha, "name": path.rpartition("/")[2], "type": kind, "path": path, "mode": mode}


class _Handler(LoopbackHandler):
    api: GitLabApi

    def do_GET(self) -> None:
        status, body, headers = self.api.answer(self.path, dict(self.headers.items()))
        self.answer(status, body, headers)
