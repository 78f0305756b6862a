"""The HTTP session under Vault and the registries: timeouts, classified retries, no surprises."""

import random
import re
import ssl
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.util.ssl_ import create_urllib3_context

from cigen_runtime.clock import Clock
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError, OutcomeUnknownError, TryAgainError
from cigen_runtime.services.proxy import kept_out, refused_by_page, refused_tunnel

TIMEOUT = (5.0, 60.0)
"""Seconds to connect, and seconds without a byte."""
BUSY = frozenset({408, 412, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed; 412 is how Vault says that a standby has not caught up."""
NOT_CARRIED_OUT = frozenset({412, 429, 503})
"""Those of them after which even an unrepeatable request may be sent again."""
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
BLOCK = 1 << 18


class PatientSession(requests.Session):
    """A `requests` session that waits out a busy system, and knows which requests may be sent twice.

    A request that may not be repeated and got no answer raises OutcomeUnknownError: whoever sent it reads back.
    Proxies and certificate bundles come from the environment as usual; ~/.netrc is never read.
    """

    def __init__(
        self,
        system: str,
        branch: Branch,
        clock: Clock,
        *,
        patience: float | None = None,
        words: Callable[[requests.Response], str] | None = None,
        harmless_twice: Callable[[str], bool] | None = None,
    ) -> None:
        """`patience` may be less than the clock's; `words` finds what a busy system says, where it says something.

        `harmless_twice` tells of an address whether any request there may be sent again after any busy answer; after
        none at all, still only what is repeatable is.
        """
        super().__init__()
        self.system = system
        self.branch = branch
        self._patience = min(clock.patience, patience or clock.patience)
        self._harmless_twice = harmless_twice or (lambda _: False)
        self._words = words or (lambda response: response.reason)
        self._clock = clock
        self._surroundings: dict[tuple[object, ...], dict[str, Any]] = {}
        self.auth = _unchanged
        bundle = super().merge_environment_settings("https://", {}, None, None, None)["verify"]
        adapter = _WideAdapter(_trust(DEFAULT_CA_BUNDLE_PATH if bundle is True else str(bundle)))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, method: str, url: str, *args: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send; wait and repeat while the system is busy, up to the session's patience.

        `repeatable=True` says that a POST or PATCH may be sent twice. A body that is a stream is sent once: it is used
        up by then, so a busy answer is returned to whoever can open it again.

        Raises TryAgainError when patience ends, OutcomeUnknownError when an unrepeatable request went unanswered,
        NotAllowedError when a proxy does not let it through.
        """
        repeatable = options.pop("repeatable", method.upper() in REPEATABLE)
        options["timeout"] = self._timeout(options.get("timeout", (TIMEOUT[0], min(TIMEOUT[1], self._patience))))
        is_stream = hasattr(options.get("data"), "read")
        deadline = self._clock.now() + self._patience
        attempt = 0
        while True:
            attempt += 1
            try:
                response = super().request(method, url, *args, **options)
            except requests.RequestException as error:
                if "CERTIFICATE_VERIFY_FAILED" in repr(error):
                    raise self._not_trusted(method, url, _reason(error)) from error
                if not repeatable and not _never_sent(error):
                    raise OutcomeUnknownError(
                        f"sent {method.upper()} {_place(url)} to {self.system} and got no answer",
                        answer=_reason(error),
                        remedy="Run the job again: it looks at what is there before it changes anything.",
                        branch=self.branch,
                    ) from error
                if refused := refused_tunnel(error):
                    raise kept_out(self.system, url, refused, self.branch) from error
                answer, wait = _reason(error), backoff(attempt)
                is_wrong = isinstance(error, requests.exceptions.SSLError) and not was_cut(error)
                if is_wrong or isinstance(error, ValueError):  # the latter of the URL, or of a header
                    raise self._unreachable(method, url, answer) from error
            else:
                may_repeat = repeatable or self._harmless_twice(url) or response.status_code in NOT_CARRIED_OUT
                if response.status_code not in BUSY or not may_repeat or is_stream:
                    return self._let_through(response)
                answer = f"{response.status_code} {self._words(response)}"
                wait = retry_after(response.headers, self._clock.now()) or backoff(attempt)
                response.close()
            if self._clock.now() + wait > deadline:
                raise self._unreachable(method, url, answer)
            self._clock.sleep(wait)

    def _let_through(self, response: requests.Response) -> requests.Response:
        """The answer, if it is the system's; raises NotAllowedError for a proxy's refusal."""
        if response.status_code in {403, 407}:
            refused = refused_by_page(response.status_code, response.headers, response.content)
            if refused:
                raise kept_out(self.system, str(response.url), refused, self.branch)
        return response

    def _timeout(self, wanted: float | tuple[float, float]) -> tuple[float, float]:
        connect, read = wanted if isinstance(wanted, tuple) else (wanted, wanted)
        return self._clock.at_most(connect), self._clock.at_most(read)

    def merge_environment_settings(
        self, url: str | bytes | None, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """As `requests` has them, for each host once: it would read the whole environment twice for every request."""
        parts = urlsplit(str(url))
        wish = (parts.scheme, parts.netloc, str(proxies), verify, cert)
        if wish not in self._surroundings:
            self._surroundings[wish] = dict(super().merge_environment_settings(url, proxies, None, verify, cert))
        return {**self._surroundings[wish], "stream": stream or False}

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Drop the credentials when a redirect leaves the host; never take others from ~/.netrc.

        Vault's standby sends one on with body and token, to its active node: that goes nowhere without TLS.
        """
        origin, target = str(response.request.url), str(prepared_request.url)
        has_secret = prepared_request.body is not None or "X-Vault-Token" in prepared_request.headers
        if has_secret and origin.startswith("https:") and not target.startswith("https:"):
            raise ConfigurationError(
                f"sent {prepared_request.method} {_place(origin)} to {self.system}",
                answer=f"it sends us to {_place(target)}, and no secret goes anywhere without TLS",
                remedy=f"Let {self.system}, or the proxy before it, name the address by which others reach it: https.",
                branch=self.branch,
            )
        if self.should_strip_auth(origin, target):  # type: ignore[no-untyped-call]
            prepared_request.headers.pop("Authorization", None)

    def _not_trusted(self, method: str, url: str, answer: str) -> ConfigurationError:
        return ConfigurationError(
            f"sent {method.upper()} {_place(url)} to {self.system}, whose certificate no authority vouches for",
            answer=answer,
            remedy=(
                "Let REQUESTS_CA_BUNDLE name a file with your company's certificate authority, and see that no other "
                "system answers in its place."
            ),
            branch=self.branch,
        )

    def _unreachable(self, method: str, url: str, answer: str) -> TryAgainError:
        return TryAgainError(
            f"{self.system} did not answer {method.upper()} {_place(url)} within {self._patience:.0f} s",
            answer=answer,
            remedy=f"Look whether {self.system} is up and reachable from the runner, then run the job again.",
            branch=self.branch,
        )


class _WideAdapter(HTTPAdapter):
    """Connections enough for parallel copies, large blocks for large layers, and authorities that are read once.

    urllib3 leaves Nagle's algorithm on behind a proxy: the body of each request would wait 40 ms for its headers' ACK.
    `requests` has it read the bundle of certificate authorities for every connection: 20 ms of processor each.
    """

    def __init__(self, trust: ssl.SSLContext) -> None:
        self._trust = trust
        super().__init__(pool_connections=8, pool_maxsize=32)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, blocksize=BLOCK, ssl_context=self._trust)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(
            proxy,
            **options,
            blocksize=BLOCK,
            socket_options=HTTPConnection.default_socket_options,
            ssl_context=self._trust,
            proxy_ssl_context=self._trust,
        )

    def build_connection_pool_key_attributes(self, *args: Any, **options: Any) -> Any:
        host, _ = super().build_connection_pool_key_attributes(*args, **options)
        return host, {}

    def cert_verify(self, *_: Any) -> None:
        """Nothing is left to do for a connection: what it trusts is in its context."""


@cache
def _trust(bundle: str) -> ssl.SSLContext:
    """Whom connections trust: the authorities of a file, or of a folder as `c_rehash` makes it."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    try:
        if Path(bundle).is_dir():
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except OSError as error:  # ssl.SSLError is one too
        raise ConfigurationError(
            f"read which certificate authorities to trust from {bundle}",
            answer=error.strerror or str(error),
            remedy="Let REQUESTS_CA_BUNDLE name a file of certificates in PEM form, or unset it.",
        ) from error
    return context


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An authentication that adds nothing; with one set, `requests` does not look into ~/.netrc."""
    return request


def was_cut(error: Exception) -> bool:
    """Whether what looks like a fault of TLS is a connection that ended while we were sending."""
    return "EOF occurred in violation of protocol" in str(error)


def _never_sent(error: requests.RequestException) -> bool:
    """Whether the connection failed before the request left.

    A ProxyError alone does not say so: urllib3 also raises it when a connection through a proxy ends unanswered.
    """
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    return any(sign in repr(error) for sign in ("NewConnectionError", "Tunnel connection failed"))


def backoff(attempt: int) -> float:
    """Seconds to wait after so many attempts, with jitter, so that jobs that failed together do not come back so."""
    return min(15.0, 0.25 * 2.0**attempt) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, in either of its forms."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        wait: float = parsedate_to_datetime(value).timestamp() - now
    except (ValueError, TypeError):
        return None
    return max(0.0, wait)


def _place(url: str) -> str:
    """The URL without its query and credentials, either of which may hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _reason(error: Exception) -> str:
    """The innermost cause, in one line: the outer ones only repeat it."""
    cause: BaseException = error
    while inner := next((each for each in map(_inner, cause.args) if each), None):
        cause = inner
    return str(cause).split(">: ")[-1] or type(cause).__name__


def _inner(argument: object) -> BaseException | None:
    inner = getattr(argument, "reason", argument)
    return inner if isinstance(inner, BaseException) else None
