"""What an answer means that is not the one we wanted, whichever system gave it; what to do, each knows for itself."""

from collections.abc import Mapping

from cigen_runtime.diagnosis import Branch, Check
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    TryAgainError,
)
from cigen_runtime.services.http import BUSY

Remedy = tuple[str, Check | None]
"""What to do, and the check that it belongs to."""


class AnotherAnsweredError(TryAgainError):
    """Somebody else answered in a system's place."""


def kind_of(status: int) -> type[JobError]:
    """The error that an HTTP status stands for; JobError itself for a status that means something else everywhere."""
    match status:
        case 401:
            return AuthenticationError
        case 403:
            return NotAllowedError
        case 404:
            return NotFoundError
        case 409 | 423:
            return ConflictError
        case _ if status in BUSY or status >= 500:
            return TryAgainError
        case _ if 300 <= status < 400:  # redirects are followed where they may be: this one leads elsewhere
            return ConfigurationError
        case _:
            return JobError


def refused(
    kind: type[JobError], attempted: str, answer: str, remedies: Mapping[type[JobError], Remedy], branch: Branch
) -> JobError:
    """The error for a refusal of this kind, with what its system says to do; one of no kind is wrong input there."""
    if kind is ConfigurationError:
        answer += " (a redirect)"
    remedy, leaf = remedies[kind]
    return (ConfigurationError if kind is JobError else kind)(
        attempted, answer=answer, remedy=remedy, branch=branch, leaf=leaf
    )


def answer_of_another(whose: str, attempted: str, address: str, branch: Branch) -> AnotherAnsweredError:
    """An answer that the system never gives: `whose` is "Jira's"."""
    return AnotherAnsweredError(
        attempted,
        answer=f"the answer is not {whose}: perhaps a proxy, a login page or a maintenance page",
        remedy=f"Open {address} from the runner's network and see who answers.",
        branch=branch,
    )
