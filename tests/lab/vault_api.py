"""Vault's HTTP API as far as jobs use it: what each path answers, given what the stand-in knows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lab.aws import Aws
from lab.vault_state import AwsRole, Message, State, Token

SHORTEST_SESSION = 900  # of STS
VAULT_USER = "arn:aws:iam::999988887777:user/vault"
CAPABILITIES = {"GET": "read", "POST": "update", "PUT": "update", "DELETE": "delete"}
OPEN_TO_EVERY_TOKEN = ("auth/token/lookup-self", "auth/token/revoke-self", "auth/token/renew-self", "sys/leases/revoke")

Answer = tuple[int, dict[str, object]]


class Refusal(Exception):  # noqa: N818 - it becomes an answer
    """A status and the text that Vault gives with it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Api:
    """Answers requests from the state, and changes it."""

    state: State
    aws: Aws
    signing_key: bytes

    def answer(self, message: Message) -> Answer:
        try:
            return self._answer(message)
        except Refusal as refusal:
            return refusal.status, {"errors": [refusal.text]}

    def _answer(self, message: Message) -> Answer:
        if message.path == "sys/health":
            status = 503 if self.state.sealed else 200
            return status, {"initialized": True, "sealed": self.state.sealed, "standby": False, "version": "1.20.0"}
        if self.state.sealed:
            raise Refusal(503, "Vault is sealed")
        if self.state.namespace and message.namespace != self.state.namespace:
            raise no_handler(message.path)
        for pattern, methods, reply in self._open_paths():
            match = re.fullmatch(pattern, message.path)
            if match and message.method in methods:
                return reply(message, *match.groups())
        token = self._token(message)
        self._check_policy(token, message)
        for pattern, methods, guarded in self._guarded_paths():
            match = re.fullmatch(pattern, message.path)
            if match and message.method not in methods:
                raise Refusal(405, "unsupported operation")
            if match:
                return guarded(message, token, *match.groups())
        raise no_handler(message.path)

    def _open_paths(self) -> Sequence[tuple[str, tuple[str, ...], Callable[..., Answer]]]:
        write = ("POST", "PUT")
        return (
            (r"auth/(.+)/login", write, self._login),
            (r"sys/wrapping/unwrap", write, self._unwrap),
            (r"sys/wrapping/lookup", write, self._look_up_wrapped),
        )

    def _guarded_paths(self) -> Sequence[tuple[str, tuple[str, ...], Callable[..., Answer]]]:
        write = ("POST", "PUT")
        mount = re.escape(self.state.aws_mount)
        return (
            (rf"{mount}/(?:sts|creds)/([^/]+)", ("GET", *write), self._aws_credentials),
            (r"auth/token/lookup-self", ("GET",), self._look_up),
            (r"auth/token/revoke-self", write, self._revoke),
            (r"auth/token/renew-self", write, self._renew),
            (r"sys/leases/revoke", write, self._revoke_lease),
        )

    def _login(self, message: Message, mount: str) -> Answer:
        if mount in {role.mount for role in self.state.approles}:
            return self._log_in_by_approle(message, mount)
        if mount in {role.mount for role in self.state.jwt_roles.values()}:
            return self._log_in_by_jwt(message, mount)
        raise no_handler(message.path)

    def _log_in_by_approle(self, message: Message, mount: str) -> Answer:
        given = {name: str(message.body.get(name) or "") for name in ("role_id", "secret_id")}
        for name, value in given.items():
            if not value:
                raise Refusal(400, f"missing {name}")
        for role in self.state.approles:
            is_it = (role.mount, role.role_id, role.secret_id) == (mount, given["role_id"], given["secret_id"])
            if is_it and role.uses_left != 0:
                # Vault counts the use before it answers: a lost answer is a lost use
                role.uses_left = None if role.uses_left is None else role.uses_left - 1
                if role.bound_cidr:
                    text = 'source address "10.8.0.7" unauthorized through CIDR restrictions on the secret ID'
                    raise Refusal(400, text)
                return 200, self._new_token(message.path, role.policies, role.seconds)
        raise Refusal(400, "invalid role or secret ID")

    def _log_in_by_jwt(self, message: Message, mount: str) -> Answer:
        name, jwt = str(message.body.get("role") or ""), str(message.body.get("jwt") or "")
        if not jwt:
            raise Refusal(400, "missing token")
        role = self.state.jwt_roles.get(name)
        if role is None or role.mount != mount:
            raise Refusal(400, f'role "{name}" could not be found')
        signed, _, signature = jwt.rpartition(".")
        if not hmac.compare_digest(signature, sign(self.signing_key, signed)):
            text = "error verifying token signature: no known key successfully validated the token signature"
            raise Refusal(400, f"error validating token: {text}")
        claims = decoded(signed.partition(".")[2])
        if claims["exp"] < time.time():
            raise Refusal(400, "error validating token: Token is expired")
        if claims["aud"] not in role.bound_audiences:
            text = "invalid audience (aud) claim: audience claim does not match any bound audience"
            raise Refusal(400, f"error validating token: {text}")
        for claim, value in role.bound_claims.items():
            if claims.get(claim) != value:
                text = f'claim "{claim}" does not match any associated bound claim values'
                raise Refusal(400, f"error validating claims: {text}")
        return 200, self._new_token(message.path, role.policies, role.seconds)

    def _new_token(self, path: str, policies: tuple[str, ...], seconds: int) -> dict[str, object]:
        value, accessor = f"hvs.{secrets.token_urlsafe(24)}", secrets.token_hex(12)
        names = ("default", *policies)
        self.state.issued.append(value)
        self.state.tokens[value] = Token(value, accessor, names, path, time.time() + seconds, seconds)
        auth = {
            "client_token": value,
            "accessor": accessor,
            "policies": list(names),
            "token_policies": list(names),
            "metadata": {},
            "lease_duration": seconds,
            "renewable": True,
            "entity_id": "",
            "token_type": "service",
            "orphan": True,
        }
        return envelope(auth=auth)

    def _token(self, message: Message) -> Token:
        token = self.state.tokens.get(message.token)
        if not message.token:
            raise Refusal(403, "permission denied")
        if token is None or token.expires_at <= time.time():
            raise Refusal(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
        return token

    def _check_policy(self, token: Token, message: Message) -> None:
        if message.path in OPEN_TO_EVERY_TOKEN:
            return
        if not message.path.startswith((f"{self.state.aws_mount}/", "auth/", "sys/")):
            raise no_handler(message.path)
        wanted = CAPABILITIES.get(message.method, "")
        for name in token.policies:
            for path, capabilities in self.state.policies.get(name, {}).items():
                is_meant = message.path == path or (path.endswith("*") and message.path.startswith(path[:-1]))
                if is_meant and wanted in capabilities:
                    return
        raise Refusal(403, "1 error occurred:\n\t* permission denied\n\n")

    def _aws_credentials(self, message: Message, token: Token, name: str) -> Answer:
        role = self.state.aws_roles.get(name)
        if role is None:
            raise Refusal(400, f'Role "{name}" not found')
        arn = self._arn_to_assume(role, name, str(message.body.get("role_arn") or ""))
        seconds = min(duration(message.body.get("ttl"), role.max_seconds), role.max_seconds)
        if not role.is_trusted:
            text = f"AccessDenied: User: {VAULT_USER} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise Refusal(400, f"Error assuming role: {text}\n\tstatus code: 403, request id: {secrets.token_hex(8)}")
        if seconds < SHORTEST_SESSION:
            text = f"Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
            text += f"Member must have value greater than or equal to {SHORTEST_SESSION}"
            raise Refusal(400, f"Error assuming role: ValidationError: 1 validation error detected: {text}")
        session = str(message.body.get("role_session_name") or f"vault-{name}")
        given = self.aws.assume_role(arn, re.sub(r"[^a-zA-Z0-9+=,.@_-]", "_", session)[:64], seconds)
        data: dict[str, object] = {"access_key": given.access_key, "secret_key": given.secret_key, "arn": given.arn}
        for token_field in ("security_token", "session_token"):
            data[token_field] = given.session_token if token_field in role.token_fields else None
        if not role.has_lease:
            return 200, envelope(data={**data, "ttl": seconds})
        lease = f"{message.path}/{secrets.token_urlsafe(18)}"
        return 200, envelope(data=data, lease_id=lease, lease_duration=seconds)

    def _arn_to_assume(self, role: AwsRole, name: str, wanted: str) -> str:
        if not wanted and len(role.role_arns) != 1:
            raise Refusal(400, "did not supply a role_arn parameter and unable to determine one")
        if wanted and wanted not in role.role_arns:
            raise Refusal(400, f'role_arn "{wanted}" not in allowed role arns for Vault role "{name}"')
        return wanted or role.role_arns[0]

    def _look_up(self, message: Message, token: Token) -> Answer:
        data = {
            "id": token.value,
            "accessor": token.accessor,
            "policies": list(token.policies),
            "path": token.path,
            "ttl": int(token.expires_at - time.time()),
            "creation_ttl": token.lease_seconds,
            "renewable": True,
            "type": "service",
            "meta": {},
        }
        return 200, envelope(data=data)

    def _renew(self, message: Message, token: Token) -> Answer:
        self.state.tokens[token.value] = replace(token, expires_at=time.time() + token.lease_seconds)
        auth = {"client_token": token.value, "policies": list(token.policies), "lease_duration": token.lease_seconds}
        return 200, envelope(auth={**auth, "accessor": token.accessor, "renewable": True})

    def _revoke(self, message: Message, token: Token) -> Answer:
        self.state.tokens.pop(token.value, None)
        return 204, {}

    def _revoke_lease(self, message: Message, token: Token) -> Answer:
        if not message.body.get("lease_id"):
            raise Refusal(400, "missing lease ID")
        return 204, {}

    def _unwrap(self, message: Message) -> Answer:
        token = str(message.body.get("token") or message.token)
        data = self.state.wrapped.pop(token, None)
        if data is None:
            raise Refusal(400, "wrapping token is not valid or does not exist")
        return 200, envelope(data=data)

    def _look_up_wrapped(self, message: Message) -> Answer:
        token = str(message.body.get("token") or message.token)
        if token not in self.state.wrapped:
            raise Refusal(403, "wrapping token is not valid or does not exist")
        data = {"creation_path": self.state.wrapped_by[token], "creation_ttl": 300}
        return 200, envelope(data=data)


def envelope(
    *,
    data: Mapping[str, object] | None = None,
    auth: Mapping[str, object] | None = None,
    lease_id: str = "",
    lease_duration: int = 0,
) -> dict[str, object]:
    """What every answer of Vault is wrapped in."""
    return {
        "request_id": secrets.token_hex(16),
        "lease_id": lease_id,
        "renewable": False,
        "lease_duration": lease_duration,
        "data": data,
        "wrap_info": None,
        "warnings": None,
        "auth": auth,
    }


def no_handler(path: str) -> Refusal:
    return Refusal(404, f'no handler for route "{path}". route entry not found.')


def duration(value: object, default: int) -> int:
    """Seconds of "900", 900, "15m" or "1h"."""
    match = re.fullmatch(r"(\d+)([smh]?)", str(value or default))
    if match is None:
        raise Refusal(400, f'Field validation failed: error converting input {value} for field "ttl"')
    return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def signed_jwt(key: bytes, claims: Mapping[str, object]) -> str:
    """A JWT that carries the claims, signed with the key."""
    signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
    return f"{signed}.{sign(key, signed)}"


def sign(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def encoded(value: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def decoded(text: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return result
