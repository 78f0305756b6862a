"""One class per kind of failure, each with the exit code that rendered `retry` and `allow_failure` rely on."""

from cigen_runtime.contract.model import ExitCode
from cigen_runtime.diagnosis import Branch, Check, branch_of


class JobError(Exception):
    """What went wrong, in words for the person who reads the job log.

    `attempted` says what we did, `answer` what came back, `remedy` what to do first; the checks of its `branch` of the
    diagnosis are printed below them, first the `leaf` that says most likely what is wrong.
    """

    exit_code = ExitCode.FAULT
    kind = "failed"

    def __init__(
        self,
        attempted: str,
        *,
        answer: str = "",
        remedy: str = "",
        branch: Branch | None = None,
        leaf: Check | None = None,
    ) -> None:
        super().__init__(attempted)
        self.attempted = attempted
        self.answer = answer
        self.remedy = remedy
        self.branch = branch or (branch_of(leaf) if leaf else None)
        self.leaf = leaf

    def __str__(self) -> str:
        return f"{self.attempted}: {self.answer}" if self.answer else self.attempted


class ConfigurationError(JobError):
    """A variable, a file or an argument is missing or wrong; trying again changes nothing."""

    exit_code = ExitCode.USAGE
    kind = "wrong input"


class AuthenticationError(JobError):
    """A system does not accept who we say we are."""

    exit_code = ExitCode.AUTHENTICATION
    kind = "not let in"


class NotAllowedError(JobError):
    """A system knows us and refuses what we ask."""

    exit_code = ExitCode.PERMISSION
    kind = "not allowed"


class NotFoundError(JobError):
    """Something that must exist does not."""

    exit_code = ExitCode.NOT_FOUND
    kind = "not found"


class ConflictError(JobError):
    """What is there differs from what we would write, or somebody else changed it meanwhile."""

    exit_code = ExitCode.CONFLICT
    kind = "conflict"


class VerificationError(JobError):
    """What we read back is not what we wrote."""

    exit_code = ExitCode.VERIFICATION
    kind = "verification failed"


class PartlyDoneError(JobError):
    """Some of the work is done and recorded, some is not."""

    exit_code = ExitCode.PARTLY_DONE
    kind = "partly done"


class TryAgainError(JobError):
    """A system is down, throttling or busy; nothing is wrong with the request."""

    exit_code = ExitCode.TRY_AGAIN
    kind = "try again"


class OutcomeUnknownError(JobError):
    """A request was sent, no answer came, and reading back did not settle it; running again is safe."""

    exit_code = ExitCode.OUTCOME_UNKNOWN
    kind = "outcome unknown"


def in_one(attempted: str, problems: list[JobError]) -> JobError:
    """Several problems as one error of the first one's kind; a single one is itself."""
    first = problems[0]
    if len(problems) == 1:
        return first
    remedies = dict.fromkeys(problem.remedy for problem in problems if problem.remedy)
    return type(first)(
        f"{attempted} ({len(problems)} problems)",
        answer="\n".join(map(str, problems)),
        remedy="\n".join(remedies),
        branch=first.branch,
        leaf=first.leaf,
    )
