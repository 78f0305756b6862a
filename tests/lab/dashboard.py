"""A stateful version dashboard: the internal tool that docs/version-dashboard.md describes."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jsonschema import Draft202012Validator

from cigen_runtime.file_schemas import SCHEMAS
from lab.names import DASHBOARD_TOKEN
from lab.serving import LoopbackHandler, LoopbackServer

Answer = tuple[int, Mapping[str, Any]]


class Dashboard:
    """https://versions.example.com; a test sets what it wants otherwise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: LoopbackServer | None = None
        self.reset()

    def reset(self) -> None:
        """As new: no deployments, a token that may do everything."""
        self.deployments: dict[str, dict[str, Any]] = {}
        """By key, in the order they arrived."""
        self.forbidden: set[str] = set()
        """Methods that the token may not use."""
        self.refuses_older = False
        """Whether it takes no deployment when it knows a newer one of the project there."""
        self.forgets = False
        """Whether it takes deployments and keeps none."""

    def shown(self, environment: str, region: str) -> dict[str, dict[str, Any]]:
        """The newest deployment of each project in a place."""
        newest: dict[str, dict[str, Any]] = {}
        for each in sorted(self.deployments.values(), key=_order):
            if (each["environment"], each["region"]) == (environment, region):
                newest[each["project"]] = each
        return newest

    # How it runs

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the dashboard is not running")
        return self._server.port

    def start(self) -> None:
        handled = self

        class Handler(DashboardHandler):
            dashboard = handled

        self._server = LoopbackServer(Handler)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    # What it answers

    def answer(self, method: str, target: str, authorization: str, body: Any) -> Answer:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if authorization != f"Bearer {DASHBOARD_TOKEN}":
            return 401, _message("This token is not known.")
        if method in self.forbidden:
            return 403, _message("This token may not do that.")
        with self._lock:
            match [method, *parts.path.strip("/").split("/")]:
                case ["GET", "api", "deployments"]:
                    listed = list(self.shown(query["environment"], query["region"]).values())
                    return 200, {"deployments": listed}
                case ["GET", "api", "deployments", key] if unquote(key) in self.deployments:
                    return 200, self.deployments[unquote(key)]
                case ["PUT", "api", "deployments", key]:
                    return self._put(unquote(key), body)
        return 404, _message("There is no such deployment.")

    def _put(self, key: str, body: Any) -> Answer:
        error = next(Draft202012Validator(SCHEMAS["dashboard-deployment"]).iter_errors(body), None)
        if error is not None or body["key"] != key:
            return 422, _message(error.message if error else "The key in the body is another one.")
        newest = self.shown(body["environment"], body["region"]).get(body["project"])
        if self.refuses_older and newest is not None and _order(newest) > _order(body):
            return 409, _message("A newer deployment is known.")
        status = 200 if key in self.deployments else 201
        if not self.forgets:
            self.deployments[key] = body
        return status, body


class DashboardHandler(LoopbackHandler):
    """HTTP in, HTTP out."""

    dashboard: Dashboard

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        content = self.read_body()
        body = json.loads(content) if content else None
        status, answer = self.dashboard.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
        self.answer(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})


def _order(deployment: Mapping[str, Any]) -> tuple[str, int]:
    return deployment["deployed_at"], deployment["pipeline"]["id"]


def _message(text: str) -> dict[str, Any]:
    return {"message": text}
