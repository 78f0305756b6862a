"""Which GitLab is asked, and as whom: nothing is ever sent to an address that nobody has named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cigen.errors import UsageError

_ADDRESS = re.compile(r"https?://[^\s/@?#]+(/[^\s@?#]*)?")


class Token(StrEnum):
    """What shows GitLab who asks, by the name of the variable that it comes from."""

    PERSONAL = "GITLAB_TOKEN"
    """Of a person, a project or a group; it reads the API."""
    JOB = "CI_JOB_TOKEN"
    """Of the job that runs; on most versions of GitLab it reads repositories by Git alone."""
    NONE = ""
    """Nobody in particular: public projects can be read."""


@dataclass(frozen=True, slots=True)
class Access:
    """An address, and the token for it."""

    url: str
    kind: Token
    token: str = field(default="", repr=False)

    @property
    def who(self) -> str:
        """Who asks, in words."""
        return self.kind.value or "anybody (there is no GITLAB_TOKEN)"


def access_from(url: str | None, environment: Mapping[str, str]) -> Access | None:
    """The GitLab that was named, or the one that runs this job; None where there is neither."""
    kind = next((kind for kind in (Token.PERSONAL, Token.JOB) if environment.get(kind)), Token.NONE)
    chosen = url or (environment.get("CI_SERVER_URL", "") if kind is not Token.NONE else "")
    if not chosen:
        return None
    if not _ADDRESS.fullmatch(chosen):
        hint = "write it without user and password: https://gitlab.example.com"
        raise UsageError("--gitlab takes the address of GitLab", hint=hint)
    return Access(chosen.rstrip("/"), kind, environment.get(kind, "").strip() if kind else "")
