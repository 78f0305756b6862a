"""What each column of the matrix does to a request on the lab."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import formatdate

from cigen_runtime.contract.model import System
from lab import DropAfterCommit, DropBeforeRead, Meet, Silence, Status, Truncate
from lab.faults import Action
from reliability.calls import ECR
from reliability.matrix import Call, Column

START = 1_000_000.0
"""When the clock of every cell begins."""
RETRY_AFTER = 7
"""Seconds that a 429 asks for."""
FOREVER = 10_000
PAGE = b"<!doctype html><title>Sign in</title><p>Sign in to continue"


def action_of(column: Column, call: Call) -> tuple[Action, int]:
    """The fault, and how many requests it meets."""
    match column:
        case Column.SECONDS:
            return _refusal(call, 429, {"Retry-After": str(RETRY_AFTER)}), 1
        case Column.DATE:
            return _refusal(call, 429, {"Retry-After": formatdate(START + RETRY_AFTER, usegmt=True)}), 1
        case Column.ERROR:
            return _refusal(call, 500), 1
        case Column.BUSY:
            return _refusal(call, 503), 1
        case Column.TIMEOUT:
            return Silence(), 1
        case Column.LATE:
            return Silence(after_commit=True), 1
        case Column.BEFORE:
            return DropBeforeRead(), 1
        case Column.AFTER:
            return DropAfterCommit(), 1
        case Column.EXPIRED:
            return EXPIRED_AT_ECR if call.host == ECR else EXPIRED[call.system], 1
        case Column.TRUNCATED:
            return Truncate(5), 1
        case Column.HTML:
            return Status(200, PAGE, {"Content-Type": "text/html"}), 1
        case Column.DOWN:
            return _refusal(call, 503), FOREVER
        case Column.GONE:
            return DropBeforeRead(), FOREVER
        case Column.BOTH:
            return Meet(2 * call.side_by_side), 2 * call.times
        case _:
            raise ValueError(f"{column} is not a fault of one request")


def _refusal(call: Call, code: int, headers: Mapping[str, str] | None = None) -> Status:
    """An answer that says not now; STS alone is understood by its XML only."""
    body = (
        b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>" if call.system is System.STS else b""
    )
    return Status(code, body, headers or {})


def _json(status: int, content: object, **headers: str) -> Status:
    return Status(status, json.dumps(content).encode(), {"Content-Type": "application/json", **headers})


_EXPIRED_TEXT = "The security token included in the request is expired"
EXPIRED = {
    System.GIT: Status(401, b"HTTP Basic: Access denied\n", {"WWW-Authenticate": 'Basic realm="GitLab"'}),
    System.VAULT: _json(403, {"errors": ["permission denied"]}),
    System.STS: Status(
        403,
        b'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        b"<Code>ExpiredToken</Code><Message>" + _EXPIRED_TEXT.encode() + b"</Message></Error></ErrorResponse>",
        {"Content-Type": "text/xml"},
    ),
    System.ARTIFACTORY: _json(
        401,
        {"errors": [{"status": 401, "code": "UNAUTHORIZED", "message": "Token failed verification: expired"}]},
        **{"WWW-Authenticate": 'Basic realm="Artifactory Realm"'},
    ),
    System.ECR: _json(
        400,
        {"__type": "ExpiredTokenException", "message": _EXPIRED_TEXT},
        **{"x-amzn-ErrorType": "ExpiredTokenException"},
    ),
    System.LAMBDA: _json(403, {"message": _EXPIRED_TEXT}, **{"x-amzn-ErrorType": "ExpiredTokenException"}),
    System.DASHBOARD: _json(401, {"message": "This token has expired."}),
    System.S3: Status(
        400,
        b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>ExpiredToken</Code><Message>The token has expired.'
        b"</Message></Error>",
        {"Content-Type": "application/xml"},
    ),
    System.JIRA: _json(401, {"errorMessages": ["Client must be authenticated to access this resource."]}),
}
"""How each system refuses a token that has ended."""

EXPIRED_AT_ECR = Status(
    401,
    b"Your authorization token has expired. Reauthenticate and try again.",
    {
        "WWW-Authenticate": 'Basic realm="https://111122223333.dkr.ecr.eu-west-2.amazonaws.com/",service="ecr.amazonaws.com"'
    },
)
"""How ECR's registry refuses one."""
