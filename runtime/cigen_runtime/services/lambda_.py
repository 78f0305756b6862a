"""AWS Lambda: look at a function, give it an image, wait until it runs it.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
"""

import threading
from dataclasses import dataclass

from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    ConflictError,
    JobError,
    NotAllowedError,
    OutcomeUnknownError,
    TryAgainError,
    VerificationError,
)
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws, aws_errors

WRITES_PER_SECOND = 12.0
"""Lambda's control plane takes 15 requests a second of an account and region, and we are not alone there."""
DEADLINE = 300.0
"""Seconds for one function to take its image."""
ATTEMPTS = 6

_REMEDIES = {
    "ImageAccessDenied": "Let the policy of the ECR repository allow lambda.amazonaws.com to pull.",
    "ImageDeleted": "The image is gone from ECR: a lifecycle policy must never expire a deployed tag.",
    "InvalidImage": "Lambda cannot run this image: look at its media type, entry point and layers.",
    "EniLimitExceeded": "The VPC is out of network interfaces: raise the quota.",
    "SubnetOutOfIPAddresses": "The function's subnets are out of addresses: add one.",
    "KMSKeyDisabled": "Enable the KMS key that encrypts the function's environment.",
    "KMSKeyAccessDenied": "Let the function's role use the KMS key.",
}


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
    def settled(self) -> bool:
        """Whether it is neither being created nor being updated."""
        return self.state != "Pending" and self.update != "InProgress"

    @property
    def failed(self) -> bool:
        """Whether its last change failed, so that it does not run what it shows."""
        return self.state == "Failed" or self.update == "Failed"


class Functions:
    """The functions of the job's account and region."""

    def __init__(self, job: Job, aws: Aws) -> None:
        self._job = job
        self._client = aws.lambda_()
        self._pace = threading.Lock()
        self._next_write = 0.0

    def find(self, name: str) -> Function | None:
        """The function, None where there is none of this name."""
        try:
            with aws_errors(f"looked at function {name}", Branch.LAMBDA, _explain, leaf=checks.LAMBDA_PERMISSION):
                try:
                    answer = self._client.get_function(FunctionName=name)
                except self._client.exceptions.ResourceNotFoundException:
                    return None
                configuration = answer["Configuration"]
        except OutcomeUnknownError as error:  # a read leaves nothing open
            raise TryAgainError(
                error.attempted, answer=error.answer, remedy=error.remedy, branch=error.branch
            ) from error
        return Function(
            name=name,
            package_type=configuration.get("PackageType", "Zip"),
            architecture=(configuration.get("Architectures") or ["x86_64"])[0],
            image=answer.get("Code", {}).get("ResolvedImageUri", ""),
            state=configuration.get("State", "Active"),
            update=configuration.get("LastUpdateStatus", ""),
            reason=configuration.get("LastUpdateStatusReason") or configuration.get("StateReason") or "",
            reason_code=configuration.get("LastUpdateStatusReasonCode") or configuration.get("StateReasonCode") or "",
            revision=configuration.get("RevisionId", ""),
            given=answer.get("Code", {}).get("ImageUri", ""),
            modified=configuration.get("LastModified", ""),
        )

    def settled(self, name: str) -> Function:
        """The function once it is neither Pending nor being updated.

        Raises TryAgainError at the deadline, telling a function stuck in Pending from a slow update.
        """
        deadline = self._job.clock.now() + DEADLINE
        wait = 0.5
        while True:
            function = self._seen(name, deadline)
            if function and function.settled:
                return function
            if self._job.clock.now() + wait > deadline:
                raise _never_settled(name, function)
            self._job.clock.sleep(wait)
            wait = min(wait * 1.5, 5.0)

    def deploy(self, before: Function, image: str, digest: str) -> Function:
        """Make a function run an image and see that it does; `before` is how the caller last saw it.

        Raises ConflictError when somebody else changes its code meanwhile, VerificationError when it ends with other
        content, OutcomeUnknownError when that cannot be seen.
        """
        self._request_update(before, image, digest)
        after = self.settled(before.name)
        if after.failed:
            raise _update_failed(after)
        if after.digest != digest:
            raise VerificationError(
                f"function {after.name} was updated to {image}",
                answer=f"it runs {after.digest or 'no image'}, the mapping says {digest}",
                remedy="Somebody moved the tag or deployed something else meanwhile: run the mapping job again.",
                branch=Branch.LAMBDA,
            )
        return after

    def require_permission(self, function: Function) -> None:
        """Ask Lambda whether it would take the update that gives the function what it runs; nothing changes.

        Raises NotAllowedError.
        """
        self._wait_for_a_turn()
        with aws_errors(
            f"asked whether function {function.name} may be updated",
            Branch.LAMBDA,
            _explain,
            leaf=checks.LAMBDA_PERMISSION,
        ):
            self._client.update_function_code(
                FunctionName=function.name,
                ImageUri=function.image,
                Architectures=[function.architecture],  # type: ignore[list-item]
                DryRun=True,
            )

    def _request_update(self, before: Function, image: str, digest: str) -> None:
        """Send the update until Lambda has taken it; after every doubt, look before sending again."""
        attempted = f"gave function {before.name} the image {image}"
        seen = before
        for attempt in range(ATTEMPTS):
            self._wait_for_a_turn()
            try:
                with aws_errors(attempted, Branch.LAMBDA, _explain, leaf=checks.LAMBDA_PERMISSION):
                    self._send_update(seen, image)
                    return
            except (ConflictError, TryAgainError, OutcomeUnknownError) as error:
                if attempt == ATTEMPTS - 1:
                    raise
                self._job.log.line(f"{before.name}: {error.answer}; looking again")
                self._job.clock.sleep(min(1.0 * 2**attempt, 15.0))
            seen = self.settled(before.name)
            if seen.digest == digest and not seen.failed:
                return
            if seen.image != before.image and not seen.failed:
                raise ConflictError(
                    attempted,
                    answer=f"somebody else deployed {seen.image} meanwhile",
                    remedy="Two deployments ran at once: see who the other is, then run this job again if it is yours.",
                    branch=Branch.LAMBDA,
                )

    def _send_update(self, seen: Function, image: str) -> None:
        # The architecture is sent because its documented default is x86_64, whatever the function has.
        answer = self._client.update_function_code(
            FunctionName=seen.name,
            ImageUri=image,
            Architectures=[seen.architecture],  # type: ignore[list-item]
            **({"RevisionId": seen.revision} if seen.revision else {}),  # type: ignore[arg-type]
        )
        answer["FunctionName"]  # an answer without it is not Lambda's, and leaves open whether there was an update

    def _seen(self, name: str, deadline: float) -> Function | None:
        """A look that a throttled or failing control plane does not end."""
        try:
            return self.find(name)
        except TryAgainError:
            if self._job.clock.now() > deadline:
                raise
            return None

    def _wait_for_a_turn(self) -> None:
        with self._pace:
            now = self._job.clock.now()
            wait = max(0.0, self._next_write - now)
            self._next_write = now + wait + 1 / WRITES_PER_SECOND
        if wait:
            self._job.clock.sleep(wait)


def _explain(code: str, message: str) -> str | None:
    if code == "ResourceNotFoundException":
        return "Create the function, or correct its name in .deployment."
    if "ECR" in message and code.startswith("AccessDenied"):
        return _REMEDIES["ImageAccessDenied"]
    if code.startswith("AccessDenied"):
        return "Allow lambda:GetFunction and lambda:UpdateFunctionCode in the role's IAM policy."
    if code == "InvalidParameterValueException" and "not supported" in message:
        return "Lambda takes single-platform images only: let retag-push-ecr resolve the index."
    return None


def _never_settled(name: str, function: Function | None) -> JobError:
    if function is None:
        return TryAgainError(
            f"waited {DEADLINE:.0f} s for function {name}",
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
        f"function {name} is still being updated after {DEADLINE:.0f} s",
        answer=function.reason or function.update,
        remedy="Run the job again: it waits on, and sends nothing that is already there.",
        branch=Branch.LAMBDA,
        leaf=checks.FUNCTION_STATE,
    )


def _update_failed(function: Function) -> JobError:
    is_refused = "Access" in function.reason_code
    error = NotAllowedError if is_refused else VerificationError
    return error(
        f"function {function.name} could not take its image",
        answer=f"{function.reason_code}: {function.reason}",
        remedy=_REMEDIES.get(function.reason_code, "Until this is fixed, calls run the image it had before."),
        branch=Branch.LAMBDA,
        leaf=checks.LAMBDA_PERMISSION if is_refused else checks.FUNCTION_STATE,
    )
