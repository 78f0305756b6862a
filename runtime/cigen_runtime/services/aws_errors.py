"""What AWS's refusals mean, and what botocore raises for them, as errors of ours."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError, SSLError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from cigen_runtime.diagnosis import Branch, Check
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    TryAgainError,
)
from cigen_runtime.services.aws_retry import THROTTLED, cause_of
from cigen_runtime.services.http import was_cut
from cigen_runtime.services.proxy import kept_out, refused_by_page, refused_tunnel

ENDPOINTS = "https://amazonaws.com"
"""What the endpoints of all services and regions are below."""
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "400"}
"""400 is an expired token: S3 answers HEAD without a body, and botocore then calls the error by its status."""
_SKEWED = {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
_SET_THE_CLOCK = (
    "The runner's clock is wrong, and AWS takes no request signed at another time: let it follow a time server."
)
_AUTHENTICATION = {
    *EXPIRED,
    *_SKEWED,
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "InvalidAccessKeyId",
    "InvalidToken",
}
_PERMISSION = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AllAccessDisabled", "403"}
_BUSY = {
    *THROTTLED,
    "ServiceException",
    "ServiceUnavailable",
    "InternalFailure",
    "ServerException",
    "InternalServerError",
    "SlowDown",
    "RequestTimeout",
}
_MISSING = {
    "ResourceNotFoundException",
    "RepositoryNotFoundException",
    "ImageNotFoundException",
    "NoSuchBucket",
    "NoSuchKey",
    "404",
}
_WRONG = {
    "CodeStorageExceededException",
    "InvalidParameterException",
    "InvalidParameterValueException",
    "InvalidRequest",
    "ValidationException",
}
_CONFLICT = {
    "ResourceConflictException",
    "PreconditionFailedException",
    "PreconditionFailed",
    "ConditionalRequestConflict",
    "OperationAborted",
    "409",
    "412",
}


@contextmanager
def aws_errors(
    attempted: str,
    branch: Branch,
    explain: Callable[[str, str], str | None] | None = None,
    *,
    leaf: Check | None = None,
) -> Iterator[None]:
    """Turn what botocore raises into our errors; `explain(code, message)` may give a remedy of its own.

    `leaf` is the check for an action that is not allowed.
    """
    try:
        yield
    except ClientError as error:
        _refuse_what_is_not_aws(attempted, branch, error)
        raise _translated(attempted, branch, error, explain, leaf) from None
    except (ResponseParserError, HTTPError, KeyError) as error:  # KeyError: botocore takes a page for an empty answer
        raise _not_aws(attempted, branch) from error
    except (ReadTimeoutError, ConnectionClosedError) as error:
        raise _unanswered(attempted, branch, error) from error
    except SSLError as error:
        if was_cut(error):
            raise _unanswered(attempted, branch, error) from error
        raise ConfigurationError(
            f"{attempted}, and no authority vouches for the certificate that came back",
            answer=str(error),
            remedy="Let AWS_CA_BUNDLE name a file with your company's certificate authority.",
            branch=branch,
        ) from error
    except BotoCoreError as error:
        if refused := refused_tunnel(cause_of(error)):
            raise kept_out("AWS", ENDPOINTS, refused, branch) from error
        raise TryAgainError(
            attempted,
            answer=str(error),
            remedy="Look whether AWS is reachable from the runner, then run the job again.",
            branch=branch,
        ) from error


def _refuse_what_is_not_aws(attempted: str, branch: Branch, error: ClientError) -> None:
    """A page is no answer of AWS, though botocore takes its status for one; the answer to a HEAD has no page."""
    if error.operation_name.startswith("Head"):
        return
    metadata: Mapping[str, Any] = error.response.get("ResponseMetadata") or {}
    headers = {name.title(): text for name, text in metadata.get("HTTPHeaders", {}).items()}
    status = int(metadata.get("HTTPStatusCode", 0))
    if refused := refused_by_page(status, headers, b""):
        raise kept_out("AWS", ENDPOINTS, refused, branch) from None
    is_page = headers.get("Content-Type", "").startswith("text/html")
    if status < 500 and (is_page or not code_of(error)):  # where botocore found no code, AWS gave none
        raise _not_aws(attempted, branch) from None


def _not_aws(attempted: str, branch: Branch) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        attempted,
        answer="an answer that is not whole or not AWS's: perhaps a proxy or a login page",
        remedy="Look whether AWS is reachable from the runner, then run the job again.",
        branch=branch,
    )


def _unanswered(attempted: str, branch: Branch, error: Exception) -> OutcomeUnknownError:
    how = "the connection ended" if isinstance(error, SSLError) else type(error).__name__
    return OutcomeUnknownError(
        attempted,
        answer=f"no answer: {how}",
        remedy="Run the job again: it looks at what is there before it changes anything.",
        branch=branch,
    )


def code_of(error: ClientError) -> str:
    """The error code that AWS gave."""
    details: dict[str, Any] = dict(error.response.get("Error", {}))
    return str(details.get("Code", ""))


def _translated(
    attempted: str,
    branch: Branch,
    error: ClientError,
    explain: Callable[[str, str], str | None] | None,
    leaf: Check | None,
) -> JobError:
    code = code_of(error)
    message = str(error.response.get("Error", {}).get("Message", ""))
    answer = f"{code}: {message}"
    remedy = explain(code, message) if explain else None
    if code in _AUTHENTICATION:
        remedy = remedy or (_SET_THE_CLOCK if code in _SKEWED or "Signature expired" in message else None)
        return AuthenticationError(attempted, answer=answer, remedy=remedy or "Run the job again.", branch=Branch.VAULT)
    if code in _PERMISSION:
        return NotAllowedError(
            attempted,
            answer=answer,
            remedy=remedy or "Allow this action in the role's IAM policy.",
            branch=branch,
            leaf=leaf,
        )
    if code in _MISSING:
        return NotFoundError(
            attempted, answer=answer, remedy=remedy or "Compare account, region and name.", branch=branch
        )
    if code in _WRONG:
        return ConfigurationError(attempted, answer=answer, remedy=remedy or "", branch=branch)
    if code in _CONFLICT:
        return ConflictError(attempted, answer=answer, remedy=remedy or "Run the job again.", branch=branch)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _BUSY or status >= 500 or status == 429:
        return TryAgainError(attempted, answer=answer, remedy=remedy or "Run the job again.", branch=branch)
    return JobError(attempted, answer=answer, remedy=remedy or "", branch=branch)
