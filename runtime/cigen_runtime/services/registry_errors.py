"""What a container registry's refusals mean, and what to do about each.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
"""

from dataclasses import dataclass

import requests

from cigen_runtime.diagnosis import Branch, Check
from cigen_runtime.errors import (
    AuthenticationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    TryAgainError,
)

_BLOB_MISSING = {"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "LAYERS_NOT_FOUND", "LayersNotFoundException"}


class BlobsMissingError(TryAgainError):
    """A registry does not take a manifest, since it does not see all of its blobs (yet)."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Turns one registry's refusals into our errors."""

    host: str
    branch: Branch
    door: Check
    """The check for a login that is refused."""
    rights: Check
    """The check for whoever may come in and no further."""

    def of(self, attempted: str, response: requests.Response, repository: str) -> JobError:
        """What an answer that is not the one we wanted means."""
        code, message = error_of(response)
        status = response.status_code
        answer = " ".join(filter(None, (str(status), code, message)))
        if status < 400:
            return not_a_registry(attempted, self.host, self.branch)
        if status == 401:
            return AuthenticationError(
                attempted,
                answer=answer,
                remedy=f"The user or password for {self.host} is wrong or expired: renew it where it is defined.",
                branch=self.branch,
                leaf=self.door,
            )
        if status == 403:
            return NotAllowedError(
                attempted,
                answer=answer,
                remedy=f"Give that user access to {repository}.",
                branch=self.branch,
                leaf=self.rights,
            )
        if code in _BLOB_MISSING:
            return BlobsMissingError(
                attempted,
                answer=answer,
                remedy="Run the job again: it sends what the registry lost, or does not see yet.",
                branch=self.branch,
            )
        if code == "NAME_UNKNOWN" or status == 404:
            return NotFoundError(
                attempted,
                answer=answer,
                remedy=f"Create the repository {repository} in {self.host}, or correct its name in cigen.yaml.",
                branch=self.branch,
                leaf=self.rights,
            )
        if code == "TAG_INVALID":
            return ConflictError(
                attempted,
                answer=answer,
                remedy="The tag is taken and immutable: a version is released once. Release a new version.",
                branch=self.branch,
            )
        if status in {408, 429, 500, 502, 503, 504}:
            return TryAgainError(attempted, answer=answer, remedy="Run the job again.", branch=self.branch)
        return JobError(attempted, answer=answer, branch=self.branch)


def not_a_registry(attempted: str, host: str, branch: Branch) -> TryAgainError:
    """An answer that no registry gives."""
    return TryAgainError(
        attempted,
        answer="the answer is not a registry's: perhaps a proxy or a login page",
        remedy=f"Open https://{host} from the runner's network and see who answers.",
        branch=branch,
    )


def lacks_repository(response: requests.Response) -> bool:
    """Whether an answer says that there is no such repository, rather than no such tag."""
    return error_of(response)[0] in {"NAME_UNKNOWN", "NAME_INVALID"}


def error_of(response: requests.Response) -> tuple[str, str]:
    """Code and message of a registry's error body, which need not be there."""
    try:
        first = response.json()["errors"][0]
        return str(first.get("code", "")), str(first.get("message", ""))[:300]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "", response.reason or ""
