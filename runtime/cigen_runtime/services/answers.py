"""What an answer means that is not the one we wanted, whichever system gave it; what to do, each knows for itself."""

from cigen_runtime.diagnosis import Branch
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


def answer_of_another(whose: str, attempted: str, address: str, branch: Branch) -> AnotherAnsweredError:
    """An answer that the system never gives: `whose` is "Jira's"."""
    return AnotherAnsweredError(
        attempted,
        answer=f"the answer is not {whose}: perhaps a proxy, a login page or a maintenance page",
        remedy=f"Open {address} from the runner's network and see who answers.",
        branch=branch,
    )
