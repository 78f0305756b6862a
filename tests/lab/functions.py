"""Lambda as it really behaves where moto is too kind: images must exist, updates take time, fail, and collide."""

from __future__ import annotations

import dataclasses
import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction

from lab.ecr import Place
from lab.images import DOCKER_MANIFEST, OCI_MANIFEST
from lab.patching import Patches

UPDATE_SECONDS = 0.2
IMAGE_URI = re.compile(
    r"(?P<host>\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com)/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """How an update ends when it does not end well."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Which:
    """Functions of a name, in any account or region unless these are given."""

    name: str
    account: str | None
    region: str | None

    def means(self, function: Any) -> bool:
        return (
            self.name == function.function_name
            and self.account in (None, function.account_id)
            and self.region in (None, function.region)
        )


@dataclass(slots=True)
class Progress:
    """Where a function stands: hung on moto's function object as `lab_progress`."""

    revision: str
    revision_when_done: str
    ready_at: float
    is_new: bool
    image_digest: str = ""
    failure: Failure | None = None
    previous: tuple[dict[str, Any], str, str] | None = None  # code, its sha, the image's digest: back on failure


class Functions:
    """The patches to moto's Lambda, and what a test scripts about it."""

    def __init__(self) -> None:
        self.update_seconds = UPDATE_SECONDS
        self._failures: list[tuple[Which, Failure]] = []
        self._pending: list[Which] = []
        self._unfinished: list[Which] = []
        self._inactive: list[Which] = []
        self._patches = Patches()

    def start(self) -> None:
        replace = self._patches.replace
        set_code = replace(
            LambdaFunction, "_set_function_code", lambda function, spec: set_function_code(function, spec, set_code)
        )
        self._describe: Callable[..., dict[str, Any]] = replace(
            LambdaFunction, "get_configuration", lambda *given, **named: self._described(*given, **named)
        )
        locate = replace(LambdaFunction, "get_code", lambda function: with_resolved_image(function, locate(function)))
        create = replace(LambdaBackend, "create_function", lambda backend, spec: self._created(create(backend, spec)))
        replace(LambdaBackend, "update_function_code", lambda *given, **named: self._update_code(*given, **named))
        publish = replace(
            LambdaBackend, "publish_version", lambda *given, **named: with_state_of_its_own(publish(*given, **named))
        )
        configure = replace(
            LambdaBackend,
            "update_function_configuration",
            lambda backend, name, qualifier, body: self._configure(configure, backend, name, qualifier, body),
        )

    def stop(self) -> None:
        self._patches.undo()

    def reset(self) -> None:
        self.update_seconds = UPDATE_SECONDS
        self._failures.clear()
        self._pending.clear()
        self._unfinished.clear()
        self._inactive.clear()

    # What a test scripts

    def fail_next_update(self, which: Which, failure: Failure) -> None:
        self._failures.append((which, failure))

    def leave_pending(self, which: Which) -> None:
        self._pending.append(which)

    def never_finish_updates(self, which: Which) -> None:
        self._unfinished.append(which)

    def let_sleep(self, which: Which) -> None:
        self._inactive.append(which)

    # How moto's functions behave with that

    def _created(self, function: Any) -> Any:
        function.lab_progress.ready_at = time.monotonic() + self.update_seconds
        return function

    def _is_pending(self, function: Any) -> bool:
        progress = progress_of(function)
        if any(which.means(function) for which in self._pending):
            return True
        return progress.is_new and time.monotonic() < progress.ready_at

    def _is_updating(self, function: Any) -> bool:
        progress = progress_of(function)
        if progress.is_new:
            return False
        return time.monotonic() < progress.ready_at or any(which.means(function) for which in self._unfinished)

    def _settle(self, function: Any) -> None:
        """Let an update that is over take effect: its revision changes, and a failed one leaves the old code."""
        progress = progress_of(function)
        if self._is_pending(function) or self._is_updating(function):
            return
        progress.revision = progress.revision_when_done
        if progress.failure is not None and progress.previous is not None:
            function.code, function.code_sha_256, progress.image_digest = progress.previous
            progress.previous = None

    def _described(self, function: Any, on_create: bool = False) -> dict[str, Any]:
        self._settle(function)
        progress = progress_of(function)
        configuration = {**self._describe(function, on_create=on_create), "RevisionId": progress.revision}
        configuration.update(State="Active", LastUpdateStatus="Successful")
        if self._is_pending(function):
            configuration.update(
                State="Pending", StateReason="The function is being created.", StateReasonCode="Creating"
            )
            configuration.pop("LastUpdateStatus")
        elif self._is_updating(function):
            configuration.update(
                LastUpdateStatus="InProgress",
                LastUpdateStatusReason="The function is being updated.",
                LastUpdateStatusReasonCode="Updating",
            )
        elif progress.failure is not None:
            configuration.update(
                LastUpdateStatus="Failed",
                LastUpdateStatusReason=progress.failure.reason,
                LastUpdateStatusReasonCode=progress.failure.code,
            )
        elif progress.is_new and any(which.means(function) for which in self._inactive):
            configuration.update(State="Inactive", StateReason="The function is inactive.", StateReasonCode="Idle")
        return configuration

    def _refuse_if_busy(self, function: Any, body: dict[str, Any]) -> None:
        self._settle(function)
        if self._is_pending(function):
            text = "The operation cannot be performed at this time. "
            text += "The function is currently in the following state: Pending"
            raise api_error(409, "ResourceConflictException", text)
        if self._is_updating(function):
            text = "The operation cannot be performed at this time. An update is in progress for resource: "
            raise api_error(409, "ResourceConflictException", text + function.function_arn)
        if body.get("RevisionId", function.lab_progress.revision) != function.lab_progress.revision:
            text = "The RevisionId provided does not match the latest RevisionId for the Lambda function or alias. "
            text += "Call the GetFunction or the GetAlias API to retrieve the latest RevisionId for your resource."
            raise api_error(412, "PreconditionFailedException", text)

    def _update_code(self, backend: Any, name: str, qualifier: str | None, body: dict[str, Any]) -> dict[str, Any]:
        function = backend.get_function(name, qualifier)
        self._refuse_if_busy(function, body)
        if (function.package_type == "Image") != ("ImageUri" in body):
            text = f"Please don't provide ImageUri when updating a function with packageType {function.package_type}."
            if function.package_type == "Image":
                text = "Please provide ImageUri when updating a function with packageType Image."
            raise api_error(400, "InvalidParameterValueException", text)
        if body.get("DryRun"):
            if "ImageUri" in body:
                find_image(body["ImageUri"], function.region)
            return dict(function.get_configuration())
        previous = (dict(function.code), function.code_sha_256, progress_of(function).image_digest)
        function.update_function_code(body)
        function.architectures = body.get("Architectures") or ["x86_64"]  # its documented default, whatever it was
        self._begin_update(function)
        function.lab_progress.previous = previous
        function.lab_progress.failure = self._next_failure(function)
        if body.get("Publish"):
            function = backend.publish_version(name)
        return dict(function.get_configuration())

    def _configure(
        self, configure: Callable[..., object], backend: Any, name: str, qualifier: str | None, body: dict[str, Any]
    ) -> dict[str, Any]:
        function = backend.get_function(name, qualifier)
        self._refuse_if_busy(function, body)
        configure(backend, name, qualifier, body)
        self._begin_update(function)
        return dict(function.get_configuration())

    def _begin_update(self, function: Any) -> None:
        function.last_modified = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        digest = progress_of(function).image_digest
        function.lab_progress = Progress(
            new_revision(), new_revision(), time.monotonic() + self.update_seconds, is_new=False, image_digest=digest
        )

    def _next_failure(self, function: Any) -> Failure | None:
        for index, (which, failure) in enumerate(self._failures):
            if which.means(function):
                del self._failures[index]
                return failure
        return None


def progress_of(function: Any) -> Progress:
    """The function's progress; one that has none yet is new and ready."""
    if not hasattr(function, "lab_progress"):
        revision = new_revision()
        function.lab_progress = Progress(revision, revision, 0, is_new=True)
    progress: Progress = function.lab_progress
    return progress


def set_function_code(function: Any, spec: dict[str, Any], otherwise: Callable[[Any, dict[str, Any]], None]) -> None:
    """Take an image from ECR as Lambda does: it must be there, in this region, for one platform."""
    progress = progress_of(function)
    if "ImageUri" not in spec:
        otherwise(function, spec)
        return
    digest = find_image(spec["ImageUri"], function.region)
    progress.image_digest = digest
    function.code_sha_256 = digest.removeprefix("sha256:")
    function.code_size = 0
    function.code["ImageUri"] = spec["ImageUri"]


def find_image(uri: str, region: str) -> str:
    """The digest of the image that Lambda would run, or Lambda's refusal."""
    match = IMAGE_URI.fullmatch(uri)
    if match is None or not (match["tag"] or match["digest"]) or Place.at(match["host"]).region != region:
        raise invalid_image(f"Source image {uri} is not valid. Provide a valid source image.")
    repository = Place.at(match["host"]).backend.repositories.get(match["repository"])
    for image in repository.images if repository else []:
        digest = str(image.get_image_digest())
        if digest == match["digest"] or (not match["digest"] and match["tag"] in image.image_tags):
            break
    else:
        raise invalid_image(f"Source image {uri} does not exist. Provide a valid source image.")
    media_type = image.image_manifest_media_type or json.loads(image.image_manifest).get("mediaType")
    if media_type not in (OCI_MANIFEST, DOCKER_MANIFEST):
        text = f"The image manifest, config or layer media type for the source image {uri} is not supported."
        raise invalid_image(text)
    return digest


def with_state_of_its_own(version: Any) -> Any:
    """A published version keeps what it was: moto shares it with the function that goes on."""
    if version is not None and not hasattr(version, "lab_is_frozen"):
        version.code = dict(version.code)
        version.lab_progress = dataclasses.replace(progress_of(version))
        version.lab_is_frozen = True
    return version


def with_resolved_image(function: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """GetFunction's answer with the digest that the tag stood for when it was deployed."""
    match = IMAGE_URI.fullmatch(function.code.get("ImageUri", ""))
    if match is not None:
        resolved = f"{match['host']}/{match['repository']}@{progress_of(function).image_digest}"
        answer["Code"]["ResolvedImageUri"] = resolved
    return answer


def new_revision() -> str:
    return str(uuid.uuid4())


def invalid_image(message: str) -> Exception:
    return api_error(400, "InvalidParameterValueException", message)


def api_error(status: int, code: str, message: str) -> Exception:
    """An error as the Lambda API has it."""
    error = LambdaClientError(code, message)
    error.code = status
    result: Exception = error
    return result
