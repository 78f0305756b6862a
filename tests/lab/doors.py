"""Other ways in which registries let one in and send one on: fronts for `Gateway.detour`."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from lab.faults import Status
from lab.images import basic
from lab.names import ARTIFACTORY_HOST, ARTIFACTORY_PASSWORD, ARTIFACTORY_USER
from lab.relay import Front
from lab.wire import Head

STORAGE_HOST = "blobs.storage.example.com"
OWN = basic(ARTIFACTORY_USER, ARTIFACTORY_PASSWORD)


class BlobStorage:
    """Artifactory on object storage: who asks for a blob is sent to a host that is told all by its address."""

    def __init__(self) -> None:
        self.authorizations: list[str] = []
        """What arrived at the storage as Authorization; each of them is one too many."""

    def before(self, host: str, request: Head) -> Head | Status:
        method, url, version = request.start
        if host == STORAGE_HOST:
            self.authorizations.append(request.get("Authorization"))
            return request.having("Authorization", OWN).starting(method, url.partition("?X-Amz-")[0], version)
        if method == "GET" and "/blobs/" in url and request.get("Authorization"):
            return Status(307, b"", {"Location": f"https://{STORAGE_HOST}{url}?X-Amz-Signature=5f1c9d"})
        return request

    def after(self, host: str, request: Head, response: Head) -> Head:
        return response


class TokenDoor:
    """A registry that gives tokens for the login, as Artifactory does; each token is good for so many requests."""

    def __init__(self, uses: int = 1000, *, realm: str = f"https://{ARTIFACTORY_HOST}/v2/token") -> None:
        self.scopes: list[str] = []
        """What tokens were asked for."""
        self._uses = uses
        self._realm = realm
        self._left: dict[str, int] = {}

    def before(self, host: str, request: Head) -> Head | Status:
        path, _, query = request.start[1].partition("?")
        given = request.get("Authorization")
        if path == urlsplit(self._realm).path:
            return self._token(given, query)
        if self._left.get(given, 0) == 0:
            challenge = f'Bearer realm="{self._realm}",service="{host}",scope="repository:x:pull"'
            return Status(401, b"{}", {"WWW-Authenticate": challenge})
        self._left[given] -= 1
        return request.having("Authorization", OWN)

    def after(self, host: str, request: Head, response: Head) -> Head:
        return response

    def _token(self, given: str, query: str) -> Status:
        if given != OWN:
            return Status(401, b'{"errors": [{"status": 401, "message": "Bad credentials"}]}')
        self.scopes.append(query)
        token = f"token-{len(self.scopes)}"
        self._left[f"Bearer {token}"] = self._uses
        return Status(200, json.dumps({"token": token, "expires_in": 300}).encode())


class Signpost:
    """A registry behind a proxy that words the addresses it sends one on to in its own way."""

    def __init__(self, front: Front, worded: Callable[[str], str]) -> None:
        self.schemes: set[str] = set()
        """How requests came here: each that came by http was one too many."""
        self._front = front
        self._worded = worded

    def before(self, host: str, request: Head) -> Head | Status:
        self.schemes.add(request.get("X-Forwarded-Proto"))
        return self._front.before(host, request)

    def after(self, host: str, request: Head, response: Head) -> Head:
        response = self._front.after(host, request, response)
        location = response.get("Location")
        return response.having("Location", self._worded(location)) if location else response


class Pages:
    """A registry that lists its tags a few at a time, and says where the next ones are."""

    def __init__(self, front: Front, size: int) -> None:
        self._front = front
        self._size = size

    def before(self, host: str, request: Head) -> Head | Status:
        path, _, query = request.start[1].partition("?")
        answer = self._front.before(host, request)
        if not path.endswith("/tags/list") or not isinstance(answer, Status) or answer.code != 200:
            return answer
        listing = json.loads(answer.body)
        start = int(dict(parse_qsl(query)).get("last", "0"))
        page, rest = listing["tags"][start : start + self._size], listing["tags"][start + self._size :]
        link = f'<{path}?last={start + self._size}&n={self._size}>; rel="next"'
        return Status(200, json.dumps({**listing, "tags": page}).encode(), {"Link": link} if rest else {})

    def after(self, host: str, request: Head, response: Head) -> Head:
        return self._front.after(host, request, response)


class NoRanges:
    """A registry that gives a blob whole or not at all."""

    def before(self, host: str, request: Head) -> Head | Status:
        return request.without("Range")

    def after(self, host: str, request: Head, response: Head) -> Head:
        return response
