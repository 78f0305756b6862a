"""How requests get into a container registry: with the authorization that it wants, which no other host is given."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from cigen_runtime.clock import Clock
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import JobError, TryAgainError, VerificationError
from cigen_runtime.services.blob_stream import BlobStream
from cigen_runtime.services.http import PatientSession
from cigen_runtime.services.registry_errors import Refusals, not_a_registry
from cigen_runtime.services.registry_login import Authorizations, Login


class RegistryHttp:
    """The way into one registry host, for all threads of a job."""

    def __init__(
        self,
        name: str,
        host: str,
        login: Login | None,
        clock: Clock,
        branch: Branch,
        refusals: Refusals,
        renew: Callable[[], Login] | None,
        learn: Callable[[str], None],
    ) -> None:
        """`renew` gets another login when this one ends; `learn` is told each token that the registry gives."""
        self._name = name
        self._host = host
        self._branch = branch
        self._refusals = refusals
        self._session = PatientSession(name, branch, clock)
        self._authorizations = Authorizations(name, host, login, self._session, renew, learn)

    def send(
        self, method: str, path: str, repository: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> requests.Response:
        """Send with the login, or what the registry wants instead by its refusal; no other host gets either."""
        url = urljoin(f"https://{self._host}", path)
        if urlsplit(url).netloc != self._host:
            return self._session.request(method, url, headers=dict(headers or {}), **options)
        return self._authorizations.first_alone(
            lambda: self._authorized(method, url, repository, headers=headers or {}, **options)
        )

    def location(self, response: requests.Response, otherwise: str = "") -> str:
        """Where a registry sends us; one behind a proxy may forget that it is reached by https.

        Raises VerificationError for another host without TLS: anybody on the way could read the image.
        """
        stated = response.headers.get("Location") or otherwise
        if not stated:
            attempted = f"sent {response.request.method} {urlsplit(response.url).path} to {self._name}"
            raise not_a_registry(attempted, self._host, self._branch)
        place = urlsplit(urljoin(response.url, stated))
        if place.netloc == self._host:
            return place._replace(scheme="https").geturl()
        if place.scheme != "https":
            raise VerificationError(
                f"began an upload to {self._name}",
                answer=f"it sends us to {place.scheme}://{place.netloc}, and no image goes anywhere without TLS",
                remedy=f"Let the storage behind {self._host} be reached by https.",
                branch=self._branch,
            )
        return place.geturl()

    def _authorized(
        self, method: str, url: str, repository: str, *, headers: Mapping[str, str], **options: Any
    ) -> requests.Response:
        refused = partial(self._refused, repository)
        authorization = self._authorizations.known(repository)
        if authorization is None and options.get("data") is not None:
            authorization = self._authorizations.obtain(repository, None, refused)
        for is_last in (False, True):
            sent = {**headers, **({"Authorization": authorization} if authorization else {})}
            response = self._session.request(method, url, headers=sent, **options)
            if response.status_code != 401 or is_last:
                return response
            response.close()
            if authorization is not None:
                self._authorizations.expire(repository, authorization)
            if isinstance(options.get("data"), BlobStream):  # it cannot be sent twice: whoever made it begins anew
                raise TryAgainError(
                    f"uploaded a blob to {repository} in {self._name}",
                    answer="the login ended on the way",
                    remedy="Run the job again: what arrived is not sent twice.",
                    branch=self._branch,
                )
            authorization = self._authorizations.obtain(repository, response, refused)
        raise AssertionError("the last answer is returned")

    def _refused(self, repository: str, attempted: str, response: requests.Response) -> JobError:
        return self._refusals.of(attempted, response, repository)
