"""One function as Lambda shows it, and what is wrong with one that does not come through an update."""

from dataclasses import dataclass

from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import JobError, NotAllowedError, OutcomeUnknownError, TryAgainError, VerificationError
from cigen_runtime.services.lambda_reasons import REMEDIES


@dataclass(frozen=True, slots=True)
class Function:
    """A function as GetFunction shows it."""

    name: str
    package_type: str
    architecture: str
    image: str
    """What it runs, by digest: `<host>/<repository>@sha256:…`."""
    state: str
    update: str
    """InProgress, Successful or Failed; empty where Lambda does not say."""
    reason: str
    reason_code: str
    revision: str
    given: str = ""
    """The image it was given, as whoever deployed it named it: by tag or by digest."""
    modified: str = ""
    """When it was last changed."""

    @property
    def digest(self) -> str:
        """The digest of the image it runs."""
        return self.image.partition("@")[2]

    @property
    def changed_at(self) -> str:
        """When it was last changed, to the second."""
        return f"{self.modified[:19]}Z" if self.modified else ""

    @property
    def settled(self) -> bool:
        """Whether it is neither being created nor being updated."""
        return self.state != "Pending" and self.update != "InProgress"

    @property
    def failed(self) -> bool:
        """Whether its last change failed, so that it does not run what it shows."""
        return self.state == "Failed" or self.update == "Failed"


def never_settled(name: str, function: Function | None, seconds: float) -> JobError:
    """One that is still being created or updated after so long, or that Lambda did not show any more."""
    if function is None:
        return TryAgainError(
            f"waited {seconds:.0f} s for function {name}",
            answer="Lambda did not show it any more",
            remedy="Look at the function in the console, then run the job again.",
            branch=Branch.LAMBDA,
        )
    if function.state == "Pending":
        return TryAgainError(
            f"function {name} is stuck in Pending",
            answer=function.reason or "it is still being created, and cannot be updated before",
            remedy="Look at its VPC, subnets and role: creation waits for them. Then run the job again.",
            branch=Branch.LAMBDA,
            leaf=checks.FUNCTION_STATE,
        )
    return OutcomeUnknownError(
        f"function {name} is still being updated after {seconds:.0f} s",
        answer=function.reason or function.update,
        remedy="Run the job again: it waits on, and sends nothing that is already there.",
        branch=Branch.LAMBDA,
        leaf=checks.FUNCTION_STATE,
    )


def update_failed(function: Function) -> JobError:
    """One whose update ended Failed."""
    is_refused = "Access" in function.reason_code
    error = NotAllowedError if is_refused else VerificationError
    return error(
        f"function {function.name} could not take its image",
        answer=f"{function.reason_code}: {function.reason}",
        remedy=f"{REMEDIES.get(function.reason_code, '')} Until then, calls run the image from before.".strip(),
        branch=Branch.LAMBDA,
        leaf=checks.LAMBDA_PERMISSION if is_refused else checks.FUNCTION_STATE,
    )
