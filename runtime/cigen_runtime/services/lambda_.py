"""AWS Lambda: look at a function, give it an image, wait until it runs it.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
"""

from collections.abc import Callable

from cigen_runtime.contract.lambda_ import LAMBDA_ALIAS
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    ConflictError,
    OutcomeUnknownError,
    TryAgainError,
    VerificationError,
)
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws
from cigen_runtime.services.aws_errors import aws_errors
from cigen_runtime.services.lambda_function import Function, never_settled, update_failed
from cigen_runtime.services.lambda_reasons import remedy_of_refusal, remedy_of_refused_alias
from cigen_runtime.services.pace import Pace

WRITES_PER_SECOND = 14.5
"""Lambda's control plane takes 15 requests a second of an account and region."""
READS_PER_SECOND = 95.0
"""GetFunction has a limit of its own, of 100 a second."""
DEADLINE = 300.0
"""Seconds for one function to take its image."""
FIRST_LOOK = 0.5
"""Seconds between an update and the first look at what became of it."""
ATTEMPTS = 6


class Functions:
    """The functions of the job's account and region."""

    def __init__(self, job: Job, aws: Aws) -> None:
        self._job = job
        self._client = aws.lambda_()
        self._alias = job.value(LAMBDA_ALIAS) if LAMBDA_ALIAS in job.command.variables else ""
        self._writes = Pace(job.clock, WRITES_PER_SECOND)
        self._reads = Pace(job.clock, READS_PER_SECOND)

    def is_aliased(self, function: Function) -> bool:
        """Whether callers reach what the function runs: through the job's alias, where it has one."""
        if not self._alias:
            return True
        aliased = self.find(function.name, self._alias)
        return aliased is not None and aliased.digest == function.digest

    def find(self, name: str, alias: str = "") -> Function | None:
        """The function, or the version of it that an alias leads to; None where there is none of this name."""
        self._reads.wait()
        try:
            with aws_errors(
                f"looked at function {name}", Branch.LAMBDA, remedy_of_refusal, leaf=checks.LAMBDA_PERMISSION
            ):
                try:
                    answer = self._client.get_function(FunctionName=name, **({"Qualifier": alias} if alias else {}))
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
        wait = FIRST_LOOK
        while True:
            function = self._seen(name, deadline)
            if function and function.settled:
                return function
            if self._job.clock.now() + wait > deadline:
                raise never_settled(name, function, DEADLINE)
            self._job.clock.sleep(wait)
            wait = min(wait * 1.5, 5.0)

    def await_turn(self, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Wait until one more `deploy` is within Lambda's limit; False, and soon, when `stopped` says so before."""
        return self._writes.wait(stopped)

    def deploy(self, before: Function, image: str, digest: str) -> Function:
        """Make a function run an image and see that it does; `before` is how the caller last saw it.

        It takes the turn that the caller has waited for.

        Raises ConflictError when somebody else changes its code meanwhile, VerificationError when it ends with other
        content, OutcomeUnknownError when that cannot be seen.
        """
        if before.digest != digest or before.failed:  # otherwise only its alias leads elsewhere
            self._request_update(before, image, digest)
            self._job.clock.sleep(FIRST_LOOK)
        after = self.settled(before.name)
        if after.failed:
            raise update_failed(after)
        if after.digest != digest:
            raise VerificationError(
                f"function {after.name} was updated to {image}",
                answer=f"it runs {after.digest or 'no image'}, the mapping says {digest}",
                remedy="Somebody moved the tag or deployed something else meanwhile: run the mapping job again.",
                branch=Branch.LAMBDA,
            )
        if not self.is_aliased(after):
            self._move_alias(after)
        return after

    def _move_alias(self, function: Function) -> None:
        """Publish what the function runs and let the alias lead there; done twice, it changes nothing.

        https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html: what is published already is not again.
        """
        attempted = f"moved the alias {self._alias} of function {function.name}"
        for attempt in range(ATTEMPTS):
            try:
                with aws_errors(attempted, Branch.LAMBDA, remedy_of_refused_alias, leaf=checks.LAMBDA_PERMISSION):
                    self._writes.wait()
                    version = self._client.publish_version(FunctionName=function.name)["Version"]
                    self._lead_alias_to(function.name, version)
                if self.is_aliased(function):
                    return
            except (ConflictError, TryAgainError, OutcomeUnknownError) as error:
                if attempt == ATTEMPTS - 1:
                    raise
                self._job.log.line(f"{function.name}: {error.answer}; looking again")
            if self.is_aliased(function):
                return
            self._job.clock.sleep(min(1.0 * 2**attempt, 15.0))
        raise VerificationError(
            attempted,
            answer="it leads to another version",
            remedy="Somebody else moves it: see who, then run the job again.",
            branch=Branch.LAMBDA,
        )

    def _lead_alias_to(self, name: str, version: str) -> None:
        self._writes.wait()
        try:
            self._client.update_alias(FunctionName=name, Name=self._alias, FunctionVersion=version)
        except self._client.exceptions.ResourceNotFoundException:
            self._writes.wait()
            self._client.create_alias(FunctionName=name, Name=self._alias, FunctionVersion=version)

    def require_permission(self, function: Function) -> None:
        """Ask Lambda whether it would take the update that gives the function what it runs; nothing changes.

        Raises NotAllowedError.
        """
        self._writes.wait()
        with aws_errors(
            f"asked whether function {function.name} may be updated",
            Branch.LAMBDA,
            remedy_of_refusal,
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
            if attempt:
                self._writes.wait()
            try:
                with aws_errors(attempted, Branch.LAMBDA, remedy_of_refusal, leaf=checks.LAMBDA_PERMISSION):
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
