"""The company's own version dashboard, over HTTP; docs/version-dashboard.md says what it must understand."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import requests

from cigen_runtime.contract.dashboard import DASHBOARD_TOKEN, DASHBOARD_URL
from cigen_runtime.dashboard.record import Record, record_of
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    TryAgainError,
    in_one,
)
from cigen_runtime.file_schemas import SCHEMAS
from cigen_runtime.job import Job
from cigen_runtime.services.answers import AnotherAnsweredError, Remedy, answer_of_another, kind_of, refused
from cigen_runtime.services.http import PatientSession

API = "/api/deployments"
TIMEOUT = (5.0, 15.0)
PATIENCE = 40.0
"""Nothing waits for a dashboard, and its job ends after two minutes."""
PARALLEL = 8
UNCERTAIN = frozenset({408, 500, 502, 504})
"""Answers that leave open whether a deployment was recorded."""


class HttpDashboard:
    """A login to the dashboard."""

    def __init__(self, job: Job) -> None:
        self.address = job.value(DASHBOARD_URL).rstrip("/")
        self._session = PatientSession("the version dashboard", Branch.DASHBOARD, job.clock, patience=PATIENCE)
        self._session.headers["Authorization"] = f"Bearer {job.value(DASHBOARD_TOKEN)}"
        self._session.headers["Accept"] = "application/json"

    def __enter__(self) -> "HttpDashboard":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def current(self, environment: str, region: str) -> dict[str, Record]:
        """What the dashboard shows of a place, by project."""
        params = {"environment": environment, "region": region}
        attempted = f"asked the dashboard what it shows of {environment}/{region}"
        answer = self._ask("GET", API, attempted, params=params)
        listed = answer.get("deployments")
        if not isinstance(listed, list):
            raise _not_the_dashboard(attempted, self.address)
        records = [_checked(attempted, each) for each in listed]
        return {record.project: record for record in records if record.place == f"{environment}/{region}"}

    def knows(self, record: Record) -> bool:
        """Whether the dashboard has this deployment, whether or not it is the newest."""
        attempted = f"asked the dashboard whether it knows {record.project} {record.version} in {record.place}"
        response = self._answer("GET", _path(record))
        if response.status_code == 404:
            return False
        return _checked(attempted, _document(attempted, response, self.address)) == record

    def write(self, records: Iterable[Record]) -> None:
        """Record deployments, several at a time; after the first failure no further one is sent.

        A dashboard may refuse one when it knows a newer one; whoever reads back sees that.
        """
        stop = threading.Event()

        def attempt(record: Record) -> JobError | None:
            try:
                if not stop.is_set():
                    self._put(record)
            except JobError as error:
                stop.set()
                return error
            return None

        wanted = list(records)
        with ThreadPoolExecutor(PARALLEL) as pool:
            problems = [error for error in pool.map(attempt, wanted) if error is not None]
        if problems:
            raise in_one("not every deployment could be recorded", problems)

    def _put(self, record: Record) -> None:
        """Send it; when it stays open whether it arrived, look, and send it once more only if it did not."""
        attempted = f"recorded {record.project} {record.version} in {record.place}"
        try:
            self._send(attempted, record)
        except OutcomeUnknownError:
            if not self.knows(record):
                self._send(attempted, record)

    def _send(self, attempted: str, record: Record) -> None:
        response = self._answer("PUT", _path(record), repeatable=False, json=record.as_json())
        if response.status_code in UNCERTAIN:
            raise OutcomeUnknownError(
                attempted,
                answer=f"{response.status_code} {response.reason}",
                remedy="Run the job again: it looks at what the dashboard shows before it sends anything.",
                branch=Branch.DASHBOARD,
            )
        if response.status_code == 409:
            return
        _require_ok(attempted, response, self.address)

    def _ask(self, method: str, path: str, attempted: str, **options: Any) -> dict[str, Any]:
        return _document(attempted, self._answer(method, path, **options), self.address)

    def _answer(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, f"{self.address}{path}", timeout=TIMEOUT, allow_redirects=False, **options)


def _path(record: Record) -> str:
    return f"{API}/{quote(record.key, safe='~')}"


def _document(attempted: str, response: requests.Response, address: str) -> dict[str, Any]:
    _require_ok(attempted, response, address)
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise _not_the_dashboard(attempted, address)
    return answer


def _checked(attempted: str, document: Any) -> Record:
    from jsonschema import Draft202012Validator

    error = next(Draft202012Validator(SCHEMAS["dashboard-deployment"]).iter_errors(document), None)
    if error is not None:
        where = ".".join(map(str, error.absolute_path)) or "top"
        raise ConfigurationError(
            attempted,
            answer=f"a deployment that is not one: {where}: {error.message}"[:300],
            remedy="Compare what the dashboard answers with docs/version-dashboard.md.",
            branch=Branch.DASHBOARD,
        )
    return record_of(document)


def _require_ok(attempted: str, response: requests.Response, address: str) -> None:
    if response.status_code >= 300:
        raise _refusal(attempted, response, address)


def _refusal(attempted: str, response: requests.Response, address: str) -> JobError:
    status = response.status_code
    kind = NotFoundError if status == 405 else kind_of(status)
    answer = f"{status} {_words(response)}".strip()
    return refused(kind, attempted, answer, _remedies(address), Branch.DASHBOARD)


def _remedies(address: str) -> dict[type[JobError], Remedy]:
    return {
        AuthenticationError: (
            "Make a new token in the dashboard, and set VERSION_DASHBOARD_TOKEN.",
            checks.DASHBOARD_LOGIN,
        ),
        NotAllowedError: (
            "Let the token's owner record deployments of this environment.",
            checks.DASHBOARD_LOGIN,
        ),
        NotFoundError: (f"Correct dashboard.url in cigen.yaml: {address}{API} must be the dashboard's.", None),
        ConflictError: ("Run the job again.", None),
        TryAgainError: ("Run the job again in a minute.", None),
        ConfigurationError: ("Set dashboard.url in cigen.yaml to the address that it redirects to.", None),
        JobError: ("Compare what the dashboard takes with docs/version-dashboard.md.", None),
    }


def _not_the_dashboard(attempted: str, address: str) -> AnotherAnsweredError:
    return answer_of_another("the dashboard's", attempted, address, Branch.DASHBOARD)


def _words(response: requests.Response) -> str:
    """The dashboard's own words, where it has some."""
    try:
        message = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        return response.reason
    return str(message)[:300]
