"""Debian's docker-registry, the real distribution code, as Artifactory's docker repositories and behind ECR."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import bcrypt

from lab import images
from lab.images import MANIFEST_TYPES, Image, basic
from lab.names import ARTIFACTORY_HOST, ARTIFACTORY_PASSWORD, ARTIFACTORY_USER

START_LIMIT = 20.0
NAME = "X-Lab-Registry"
"""The header in which a registry says whose it is: several labs may run on one machine."""
CHEAPEST_BCRYPT = 4  # the registry checks the password on every request


class Registry:
    """One docker-registry process with a folder of its own."""

    def __init__(self, folder: Path, password_file: str = "") -> None:
        self.port = 0
        self._folder = folder
        self._password_file = password_file
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it is ready some 60 ms later (see wait_until_ready)."""
        self._folder.mkdir(parents=True)
        self._launch()

    def _launch(self) -> None:
        self.port = free_port()
        configuration = self._folder / "config.json"  # JSON is YAML
        configuration.write_text(json.dumps(self._settings()))
        with self._log.open("wb") as log:
            # setpriv: the kernel ends the registry when we die, however we die
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "docker-registry", "serve", str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _settings(self) -> dict[str, object]:
        settings: dict[str, object] = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            # no cache of blob descriptors: wiping the folder is all there is to a reset
            "storage": {"filesystem": {"rootdirectory": str(self._folder / "data")}, "delete": {"enabled": True}},
            "http": {"addr": f"127.0.0.1:{self.port}", "secret": "lab", "headers": {NAME: [str(self._folder)]}},
        }
        if self._password_file:
            passwords = self._folder / "htpasswd"
            passwords.write_text(self._password_file)
            settings["auth"] = {"htpasswd": {"realm": "Artifactory Realm", "path": str(passwords)}}
        return settings

    def wait_until_ready(self) -> None:
        """Wait until it answers; where another lab was faster to take the port, it tries the next one."""
        deadline = time.monotonic() + START_LIMIT
        while not self._answers():
            if self._process is None or time.monotonic() > deadline:
                raise self._not_started()
            if self._process.poll() is not None:
                if "address already in use" not in self._log.read_text():
                    raise self._not_started()
                self._launch()
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            return self.get("/v2/", {}, seconds=0.5)[2].get(NAME) == str(self._folder)
        except (OSError, http.client.HTTPException):  # nobody there yet, or somebody else
            return False

    def _not_started(self) -> RuntimeError:
        return RuntimeError(f"docker-registry did not start: {self._log.read_text()}")

    def wipe(self) -> None:
        shutil.rmtree(self._folder / "data", ignore_errors=True)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def get(
        self, path: str, headers: dict[str, str], method: str = "GET", *, seconds: float = 30
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, headers={"Accept": ", ".join(MANIFEST_TYPES), **headers})
            response = connection.getresponse()
            return response.status, response.read(), response.headers
        finally:
            connection.close()

    def put_manifest(self, repository: str, reference: str, manifest: bytes, media_type: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("PUT", f"/v2/{repository}/manifests/{reference}", manifest, {"Content-Type": media_type})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class Artifactory:
    """Artifactory's docker repositories, repository-path style: artifactory.example.com/<repository>/<name>:<tag>."""

    def __init__(self, folder: Path) -> None:
        hashed = bcrypt.hashpw(ARTIFACTORY_PASSWORD.encode(), bcrypt.gensalt(CHEAPEST_BCRYPT)).decode()
        self.registry = Registry(folder, f"{ARTIFACTORY_USER}:{hashed}\n")
        self._headers = {"Authorization": basic(ARTIFACTORY_USER, ARTIFACTORY_PASSWORD)}

    @property
    def docker_auth_config(self) -> str:
        """What a service has in its variable DOCKER_AUTH_CONFIG."""
        credentials = base64.b64encode(f"{ARTIFACTORY_USER}:{ARTIFACTORY_PASSWORD}".encode()).decode()
        return json.dumps({"auths": {ARTIFACTORY_HOST: {"auth": credentials}}})

    def push(self, image: Image, repository: str, tag: str) -> str:
        """Put an image there straight; returns its reference with hostname and tag."""
        images.push(image, self.registry.port, repository, tag, self._headers)
        return f"{ARTIFACTORY_HOST}/{repository}:{tag}"

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest under a tag, or None."""
        status, _, headers = self.registry.get(f"/v2/{repository}/manifests/{reference}", self._headers, "HEAD")
        return headers["Docker-Content-Digest"] if status == 200 else None

    def tags(self, repository: str) -> Sequence[str]:
        status, body, _ = self.registry.get(f"/v2/{repository}/tags/list", self._headers)
        return sorted(json.loads(body)["tags"] or []) if status == 200 else []

    def delete(self, repository: str, tag: str) -> None:
        """Delete the image under a tag, and with it all tags of that image."""
        digest = self.digest(repository, tag)
        if digest is not None:
            self.registry.get(f"/v2/{repository}/manifests/{digest}", self._headers, "DELETE")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
