"""Artifactory's REST call that promotes docker images: https://jfrog.com/help/r/jfrog-rest-apis/promote-docker-image."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Mapping
from typing import Any

from lab.faults import Status
from lab.images import MANIFEST_TYPES, OCI_INDEX, basic
from lab.names import ARTIFACTORY_PASSWORD, ARTIFACTORY_USER
from lab.registries import Artifactory
from lab.serving import LoopbackHandler, LoopbackServer

REPOSITORIES = ("docker-native-local", "docker-native-rc", "docker-native-release", "tools-local")
PATH = re.compile(r"/artifactory/api/docker/(?P<source>[^/]+)/v2/promote")


class Promotion:
    """Answers below /artifactory/ of the registry's host, and really copies or moves in the registry."""

    def __init__(self, artifactory: Artifactory) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.repositories: list[str] = list(REPOSITORIES)
        self._artifactory = artifactory
        self._refusals: list[tuple[str, Status]] = []
        self._lock = threading.Lock()
        self._server = LoopbackServer(self._handler())

    # What a test says

    def refuse(self, answer: Status, image: str = "") -> None:
        """Answer every promotion of an image (of all, if none is named) like this."""
        self._refusals.append((image, answer))

    # How it runs

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def reset(self) -> None:
        self.bodies.clear()
        self.repositories = list(REPOSITORIES)
        self._refusals.clear()

    def _handler(self) -> type[LoopbackHandler]:
        promotion = self

        class Handler(LoopbackHandler):
            def do_POST(self) -> None:
                answer = promotion.answer(self.path, dict(self.headers.items()), self.read_body())
                self.answer(answer.code, answer.body, dict(answer.headers))

            def do_GET(self) -> None:
                answer = promotion.listing(self.path, dict(self.headers.items()))
                self.answer(answer.code, answer.body, dict(answer.headers))

        return Handler

    def listing(self, path: str, headers: Mapping[str, str]) -> Status:
        """https://jfrog.com/help/r/jfrog-rest-apis/get-repositories: those that the user may see."""
        if headers.get("Authorization") != basic(ARTIFACTORY_USER, ARTIFACTORY_PASSWORD):
            return errors(401, "Bad credentials")
        if path != "/artifactory/api/repositories?type=local&packageType=docker":
            return errors(404, f"no such call: {path}")
        listed = [{"key": key, "type": "LOCAL", "packageType": "Docker"} for key in self.repositories]
        return Status(200, json.dumps(listed).encode(), {"Content-Type": "application/json"})

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Status:
        if headers.get("Authorization") != basic(ARTIFACTORY_USER, ARTIFACTORY_PASSWORD):
            return errors(401, "Bad credentials")
        match = PATH.fullmatch(path)
        if match is None:
            return errors(404, f"no such call: {path}")
        wish = json.loads(body)
        with self._lock:
            self.bodies.append(wish)
            for image, refusal in self._refusals:
                if image in ("", wish["dockerRepository"]):
                    return refusal
            return self._promote(match["source"], wish)

    def _promote(self, source: str, wish: dict[str, Any]) -> Status:
        """Without a tag all tags are promoted; without `copy` they are moved. So it is documented, and so it bites."""
        image = wish["dockerRepository"]
        goal = f"{wish['targetRepo']}/{wish.get('targetDockerRepository') or image}"
        origin = f"{source}/{image}"
        tags = [wish["tag"]] if wish.get("tag") else list(self._artifactory.tags(origin))
        for tag in tags:
            target_tag = wish.get("targetTag") or tag
            digest = self._artifactory.digest(origin, tag)
            if digest is None:
                return errors(404, f"Unable to find tag {tag} of {image} in {source}")
            if self._artifactory.digest(goal, target_tag) is not None:
                return messages(
                    400,
                    f"User doesn't have permissions to override '{wish['targetRepo']}:{image}/{target_tag}'. "
                    "Needs delete permissions.",
                )
            self._copy(origin, goal, tag, target_tag)
            if not wish.get("copy", False):
                self._artifactory.delete(origin, tag)
        return Status(200, b"Promotion ended successfully\n", {"Content-Type": "text/plain"})

    def _copy(self, origin: str, goal: str, reference: str, goal_reference: str) -> None:
        accept = {"Accept": ", ".join(MANIFEST_TYPES)}
        status, manifest, headers = self._call("GET", f"/v2/{origin}/manifests/{reference}", b"", accept)
        require(status == 200, f"read {origin}:{reference}: {status}")
        document = json.loads(manifest)
        for child in document.get("manifests", []):
            self._copy(origin, goal, child["digest"], child["digest"])
        for blob in [*document.get("layers", []), *([document["config"]] if "config" in document else [])]:
            url = f"/v2/{goal}/blobs/uploads/?mount={blob['digest']}&from={origin}"
            status, _, _ = self._call("POST", url, b"", {})
            require(status == 201, f"mount {blob['digest']} to {goal}: {status}")
        media_type = {"Content-Type": headers.get("Content-Type", OCI_INDEX)}
        status, text, _ = self._call("PUT", f"/v2/{goal}/manifests/{goal_reference}", manifest, media_type)
        require(status == 201, f"tag {goal}:{goal_reference}: {status} {text!r}")

    def _call(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self._artifactory.registry.port, timeout=30)
        try:
            authorization = {"Authorization": basic(ARTIFACTORY_USER, ARTIFACTORY_PASSWORD)}
            connection.request(method, path, body, {**headers, **authorization})
            response = connection.getresponse()
            return response.status, response.read(), response.headers
        finally:
            connection.close()


def require(condition: bool, what: str) -> None:
    if not condition:
        raise RuntimeError(what)


def errors(status: int, message: str) -> Status:
    """One of the two shapes in which Artifactory says no."""
    body = json.dumps({"errors": [{"status": status, "message": message}]}).encode()
    return Status(status, body, {"Content-Type": "application/json"})


def messages(status: int, message: str) -> Status:
    """The other one."""
    body = json.dumps({"messages": [{"level": "ERROR", "message": message}]}).encode()
    return Status(status, body, {"Content-Type": "application/json"})
