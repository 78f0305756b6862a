"""What the stand-in for Vault knows: its roles, its live tokens, its policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Token:
    """A live token and what it may do."""

    value: str
    accessor: str
    policies: tuple[str, ...]
    path: str
    expires_at: float
    lease_seconds: int


@dataclass(slots=True)
class AppRole:
    """One role_id with its one secret_id; `uses_left` None means any number."""

    role_id: str
    secret_id: str
    policies: tuple[str, ...]
    uses_left: int | None
    seconds: int
    mount: str
    bound_cidr: str = ""


@dataclass(frozen=True, slots=True)
class JwtRole:
    """Who may log in with a JWT: the audiences it must name and the policies it gets."""

    policies: tuple[str, ...]
    bound_audiences: tuple[str, ...]
    seconds: int
    mount: str
    bound_claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AwsRole:
    """A role of the AWS engine: which ARNs it may assume, for how long, and how it words its answer."""

    role_arns: tuple[str, ...]
    max_seconds: int
    is_trusted: bool
    has_lease: bool
    token_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A request, as the paths below see it."""

    method: str
    path: str
    body: Mapping[str, Any]
    token: str
    namespace: str


@dataclass(slots=True)
class State:
    """All that a reset forgets."""

    namespace: str = ""
    aws_mount: str = "aws"
    sealed: bool = False
    policies: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    approles: list[AppRole] = field(default_factory=list)
    jwt_roles: dict[str, JwtRole] = field(default_factory=dict)
    aws_roles: dict[str, AwsRole] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    issued: list[str] = field(default_factory=list)
    """Every token there ever was."""
    wrapped: dict[str, dict[str, object]] = field(default_factory=dict)
    wrapped_by: dict[str, str] = field(default_factory=dict)
    """The path that each wrapping token was made by."""
