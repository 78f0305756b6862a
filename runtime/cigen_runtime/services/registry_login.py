"""Who we are to a container registry: the login of docker's `config.json`, and what a registry makes of it.

https://distribution.github.io/distribution/spec/auth/token/
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from cigen_runtime.diagnosis import checks
from cigen_runtime.errors import AuthenticationError, ConfigurationError, JobError, VerificationError
from cigen_runtime.services.http import PatientSession
from cigen_runtime.services.registry_errors import not_a_registry


@dataclass(frozen=True, slots=True)
class Login:
    """User and password for a registry."""

    user: str
    password: str

    @property
    def header(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


class Authorizations:
    """What to send as Authorization: the login itself for all repositories, or a token made for one.

    A registry gets the login first: ECR and Artifactory let one in by it at once, and one that wants tokens says so.
    """

    def __init__(
        self,
        name: str,
        host: str,
        login: Login | None,
        session: PatientSession,
        renew: Callable[[], Login] | None,
        learn: Callable[[str], None],
    ) -> None:
        """`renew` gets another login, where logins end by themselves; `learn` is told each token that is a secret."""
        self._name = name
        self._host = host
        self._login = login
        self._renew = renew
        self._learn = learn
        self._session = session
        self._known: dict[str, str] = {}
        self._for_all = login.header if login else None
        self._tried = False
        self._trying = threading.Lock()
        self._refusal: requests.Response | JobError | None = None
        self._lock = threading.Lock()

    def first_alone(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send, but let the first request go alone: where the login is refused, no other is sent with it.

        Fifty looks at once with a password that has ended would lock its user out of Artifactory, everywhere.
        """
        if not self._tried:
            with self._trying:
                if not self._tried:
                    try:
                        return self._first(send)
                    finally:
                        self._tried = True
        if isinstance(self._refusal, JobError):
            raise self._refusal
        return send() if self._refusal is None else self._refusal

    def _first(self, send: Callable[[], requests.Response]) -> requests.Response:
        try:
            response = send()
        except AuthenticationError as error:  # from where tokens are made
            self._refusal = error
            raise
        if response.status_code == 401 and self._login and self._for_all:
            self._refusal = response
        return response

    def known(self, repository: str) -> str | None:
        """The one that is in use, None where the registry is known to want another."""
        with self._lock:
            return self._known.get(repository, self._for_all)

    def expire(self, repository: str, header: str) -> None:
        """The registry does not take this one any more: get another login too, where there is one to get.

        Of several threads that meet the same refusal, the first does so for all.
        """
        with self._lock:
            if self._known.get(repository, self._for_all) != header:
                return
            self._known.pop(repository, None)
            self._for_all = None
            if self._renew:
                self._login = self._renew()
                self._known.clear()

    def obtain(
        self, repository: str, refusal: requests.Response | None, refused: Callable[[str, requests.Response], JobError]
    ) -> str:
        """A new one, of the kind that a registry's refusal (or its front door) asks for."""
        if refusal is None:
            refusal = self._session.request("GET", f"https://{self._host}/v2/")
        challenge = refusal.headers.get("WWW-Authenticate", "")
        if challenge.lower().startswith("bearer"):
            header = self._token(repository, challenge, refused)
            with self._lock:
                self._known[repository] = header
            return header
        with self._lock:
            self._for_all = self._login.header if self._login else ""
            return self._for_all

    def _token(self, repository: str, challenge: str, refused: Callable[[str, requests.Response], JobError]) -> str:
        attempted = f"asked for a token of {self._name}"
        fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm = fields.get("realm", "")
        if urlsplit(realm).scheme != "https":
            raise VerificationError(
                attempted,
                answer=f"it sends us to {realm or 'nowhere'}, and the password goes nowhere without TLS",
                remedy=f"Let the reverse proxy before {self._host} tell it that it is reached by https.",
                branch=self._session.branch,
            )
        response = self._session.request(
            "GET",
            realm,
            params={"service": fields.get("service", ""), "scope": f"repository:{repository}:pull,push"},
            headers={"Authorization": self._login.header} if self._login else {},
        )
        if response.status_code != 200:
            raise refused(attempted, response)
        try:
            body: dict[str, Any] = response.json()
            token = str(body.get("token") or body["access_token"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise not_a_registry(attempted, urlsplit(realm).hostname or "", self._session.branch) from error
        self._learn(token)
        return f"Bearer {token}"


def docker_login(docker_auth_config: str, host: str) -> Login:
    """The login for a host from a docker `config.json`; https://docs.docker.com/reference/cli/docker/login/.

    Raises ConfigurationError when the text is no such file or has no login for the host.
    """
    name = "DOCKER_AUTH_CONFIG"
    try:
        auths = json.loads(docker_auth_config)["auths"]
        entries = {_host_of(key): entry for key, entry in auths.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigurationError(
            f"{name} is not a docker config.json with `auths`",
            remedy=f'It should read {{"auths": {{"{host}": {{"auth": "<base64 of user:password>"}}}}}}.',
            leaf=checks.DOCKER_AUTH_CONFIG,
        ) from None
    entry = entries.get(host)
    if entry is None:
        raise ConfigurationError(
            f"{name} has no login for {host}",
            answer=f"it has: {', '.join(sorted(entries)) or 'none'}",
            remedy=f"Add {host} to its `auths`.",
            leaf=checks.DOCKER_AUTH_CONFIG,
        )
    try:
        user, separator, password = (
            base64.b64decode(entry["auth"], validate=True).decode().partition(":")
            if entry.get("auth")
            else (entry["username"], ":", entry["password"])
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        user = separator = password = ""
    if not (user and separator and password):
        raise ConfigurationError(
            f"{name}: the login for {host} is not base64 of user:password",
            remedy="Make it with: printf '%s' \"$USER:$PASSWORD\" | base64 -w0",
            leaf=checks.DOCKER_AUTH_CONFIG,
        )
    return Login(user, password)


def passwords_of(docker_auth_config: str) -> Iterator[str]:
    """Every password in a docker `config.json`, for whatever host, as it is and as it stands there."""
    try:
        entries = [entry for entry in json.loads(docker_auth_config)["auths"].values() if isinstance(entry, Mapping)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    for entry in entries:
        given = [str(entry[name]) for name in ("auth", "password", "identitytoken", "registrytoken") if entry.get(name)]
        yield from given
        with suppress(ValueError):
            yield base64.b64decode(str(entry.get("auth", "")), validate=True).decode().partition(":")[2]


def _host_of(key: str) -> str:
    """Docker writes hosts bare, with a scheme, or with a path."""
    return re.sub(r"^https?://", "", key).split("/")[0]
