"""When a request to AWS is sent again: reads, and what was throttled, on the job's clock.

botocore's own retries send a write again after a timeout, not knowing whether it was carried out, wait by a clock of
their own, and do not hear `Retry-After`; they are off.
"""

from typing import Any

from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.exceptions import HTTPClientError, SSLError

from cigen_runtime.clock import Clock
from cigen_runtime.services.http import backoff, retry_after, was_cut
from cigen_runtime.services.proxy import refused_tunnel

READS = ("BatchGet", "Describe", "Get", "Head", "List")
"""How the names of operations begin that change nothing, in every API of AWS."""
THROTTLED = frozenset(
    {
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""What the services call it, some with status 400: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""
BUSY = frozenset({408, 429, 500, 502, 503, 504})


class AwsRetry:
    """A handler of botocore's event `needs-retry`: it waits itself, and answers whether to send again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(
        self,
        *,
        attempts: int,
        operation: Any,
        request_dict: dict[str, Any],
        response: Any = None,
        caught_exception: Exception | None = None,
        **_: object,
    ) -> float | None:
        """Zero, after the wait, for "again, at once"; None for "that was it"."""
        is_read = str(operation.name).startswith(READS)
        if not (_may_pass(response, caught_exception) if is_read else _was_throttled(response)):
            return None
        now = self._clock.now()
        deadline = request_dict["context"].setdefault("cigen_deadline", now + self._clock.patience)
        headers = response[0].headers if response else {}
        wait = retry_after(headers, now) or backoff(attempts)
        if now + wait > deadline:
            return None
        self._clock.sleep(wait)
        return 0.0


def _may_pass(response: Any, caught: Exception | None) -> bool:
    if response is None:
        is_wrong = isinstance(caught, SSLError) and not was_cut(caught)
        is_kept_out = caught is not None and refused_tunnel(cause_of(caught)) is not None
        return isinstance(caught, HTTPClientError | NoConnectionError) and not is_wrong and not is_kept_out
    return response[0].status_code in BUSY or _was_throttled(response)


def cause_of(error: BaseException) -> BaseException:
    """What was wrong below botocore, which keeps that out of its own words."""
    cause = getattr(error, "kwargs", {}).get("error")
    return cause if isinstance(cause, BaseException) else error


def _was_throttled(response: Any) -> bool:
    """Whether AWS did not even begin: then a write may be sent again too."""
    if response is None:
        return False
    http_response, parsed = response
    return http_response.status_code == 429 or parsed.get("Error", {}).get("Code") in THROTTLED
