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
from cigen_runtime.services.answers import Remedy, answer_of_another, kind_of


class BlobsMissingError(TryAgainError):
    """A registry does not take a manifest, since it does not see all of its blobs (yet)."""


class TagTakenError(ConflictError):
    """A registry lets a tag stand for nothing else than it does."""


_KINDS: dict[str, type[JobError]] = {
    "MANIFEST_BLOB_UNKNOWN": BlobsMissingError,
    "BLOB_UNKNOWN": BlobsMissingError,
    "LAYERS_NOT_FOUND": BlobsMissingError,
    "LayersNotFoundException": BlobsMissingError,
    "NAME_UNKNOWN": NotFoundError,
    "TAG_INVALID": TagTakenError,
}
"""Codes that say more than the status of their answer."""


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
        status = response.status_code
        if status < 400:
            return not_a_registry(attempted, self.host, self.branch)
        code, message = error_of(response)
        kind = kind_of(status)
        if kind not in {AuthenticationError, NotAllowedError}:
            kind = _KINDS.get(code, kind)
        remedy, leaf = self._remedies(repository).get(kind, ("", None))
        answer = " ".join(filter(None, (str(status), code, message)))
        return kind(attempted, answer=answer, remedy=remedy, branch=self.branch, leaf=leaf)

    def _remedies(self, repository: str) -> dict[type[JobError], Remedy]:
        return {
            AuthenticationError: (
                f"The user or password for {self.host} is wrong or expired: renew it where it is defined.",
                self.door,
            ),
            NotAllowedError: (f"Give that user access to {repository}.", self.rights),
            BlobsMissingError: ("Run the job again: it sends what the registry lost, or does not see yet.", None),
            NotFoundError: (
                f"Create the repository {repository} in {self.host}, or correct its name in cigen.yaml.",
                self.rights,
            ),
            TagTakenError: (
                "The tag is taken and immutable: a version is released once. Release a new version.",
                None,
            ),
            ConflictError: ("Run the job again.", None),
            TryAgainError: ("Run the job again.", None),
        }


def not_a_registry(attempted: str, host: str, branch: Branch) -> TryAgainError:
    """An answer that no registry gives."""
    return answer_of_another("a registry's", attempted, f"https://{host}", branch)


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
