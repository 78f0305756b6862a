"""gitlab.example.com as far as git goes: real repositories, served by git's own http-backend."""

from __future__ import annotations

import base64
import binascii
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.binaries import GIT_HTTP_BACKEND
from lab.names import GITLAB_HOST, GITLAB_TOKEN, JOB_TOKEN
from lab.serving import LoopbackHandler, LoopbackServer

URL = re.compile(r"/(?P<project>.+?)(?:\.git)?(?P<service>/info/refs|/git-upload-pack|/git-receive-pack)")
SETTINGS = {
    "http.receivepack": "true",  # the handler has checked the token by then
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "receive.advertisePushOptions": "true",
}
IDENTITY = {
    "GIT_AUTHOR_NAME": "Lab",
    "GIT_AUTHOR_EMAIL": "lab@example.com",
    "GIT_COMMITTER_NAME": "Lab",
    "GIT_COMMITTER_EMAIL": "lab@example.com",
}
PLAIN_GIT = {"PATH": os.defpath, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


class GitHost:
    """Projects under https://gitlab.example.com/<group>/<project>.git: anyone may fetch, the token may push.

    Where strangers may not fetch, the token of a job still may.
    """

    def __init__(self, folder: Path) -> None:
        self.token = GITLAB_TOKEN
        self.anonymous_fetch = True
        self._folder = folder
        self._server: LoopbackServer | None = None

    def url(self, project: str) -> str:
        return f"https://{GITLAB_HOST}/{project}.git"

    def create(self, project: str, source: Path | None = None) -> Path:
        """A bare repository, with one commit on main if there is a folder to take it from; returns its path."""
        bare = self.path(project)
        bare.mkdir(parents=True)
        self.git(project, "init", "--quiet", "--bare", "--initial-branch=main")
        for name, value in SETTINGS.items():
            self.git(project, "config", name, value)
        if source is not None:
            self.git(project, f"--work-tree={source}", "add", "--all", ".")
            self.git(project, f"--work-tree={source}", "commit", "--quiet", "--message=feat: begin")
            (bare / "index").unlink()
        return bare

    def path(self, project: str) -> Path:
        return self._folder / f"{project}.git"

    def tags(self, project: str) -> Sequence[str]:
        return self.git(project, "tag", "--list").split()

    def git(self, project: str, *arguments: str) -> str:
        """Run git in the bare repository; returns what it printed."""
        bare = self.path(project)
        command = ["git", f"--git-dir={bare}", *arguments]
        done = subprocess.run(command, env={**PLAIN_GIT, **IDENTITY}, cwd=bare, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode()}")
        return done.stdout.decode()

    # How it runs

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the git host is not running")
        return self._server.port

    def start(self) -> None:
        host = self
        self._folder.mkdir(parents=True)

        class Handler(GitHandler):
            git_host = host

        self._server = LoopbackServer(Handler)
        self._server.start()

    def reset(self) -> None:
        self.anonymous_fetch = True
        shutil.rmtree(self._folder)
        self._folder.mkdir()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    # What the handler asks

    def is_allowed(self, service: str, authorization: str) -> bool:
        if self.anonymous_fetch and service != "git-receive-pack":
            return True
        encoded = authorization.partition(" ")[2]
        try:
            password = base64.b64decode(encoded).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
        return password == self.token or (password == JOB_TOKEN and service != "git-receive-pack")

    def run_backend(self, environment: dict[str, str], body: bytes) -> bytes:
        settings = {**PLAIN_GIT, "GIT_PROJECT_ROOT": str(self._folder), "GIT_HTTP_EXPORT_ALL": "1", **environment}
        done = subprocess.run([GIT_HTTP_BACKEND], input=body, env=settings, capture_output=True, check=False)
        return done.stdout


class GitHandler(LoopbackHandler):
    """The few lines of CGI between http.server and git http-backend."""

    git_host: GitHost

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.read_body()
        path, _, query = self.path.partition("?")
        match = URL.fullmatch(path)
        if match is None or not self.git_host.path(match["project"]).is_dir():
            self.answer(404, b"The project you were looking for could not be found.\n")
            return
        service = query.removeprefix("service=") if match["service"] == "/info/refs" else match["service"][1:]
        if not self.git_host.is_allowed(service, self.headers.get("Authorization", "")):
            self.answer(401, b"HTTP Basic: Access denied\n", {"WWW-Authenticate": 'Basic realm="GitLab"'})
            return
        environment = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": f"/{match['project']}.git{match['service']}",
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "lab",
            "REMOTE_ADDR": "127.0.0.1",
        }
        head, _, content = self.git_host.run_backend(environment, body).partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        status = int(headers.pop("Status", "200").split()[0])
        self.answer(status, content, headers)
