"""A stateful Vault: AppRole and JWT logins, policies, the AWS engine backed by moto's STS, wrapping, revocation."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence

from lab.aws import Aws
from lab.names import PRODUCTION_ACCOUNT, STAGING_ACCOUNT, VAULT_ROLE_ID, VAULT_SECRET_ID
from lab.serving import LoopbackHandler, LoopbackServer
from lab.vault_api import Answer, Api, signed_jwt
from lab.vault_state import AppRole, AwsRole, JwtRole, Message, State, Token

TOKEN_SECONDS = 3600
DEPLOY = "deploy"


class Vault:
    """https://vault.example.com; by default one AppRole that may use the roles lambda-staging and lambda-prod."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._signing_key = secrets.token_bytes(32)
        self._server: LoopbackServer | None = None
        self._state = State()
        self._set_defaults()

    def _set_defaults(self) -> None:
        self.policy(DEPLOY, {f"{self.aws_mount}/{kind}/*": ("read", "update") for kind in ("sts", "creds")})
        self.approle(role_id=VAULT_ROLE_ID, secret_id=VAULT_SECRET_ID, policies=[DEPLOY])
        self.aws_role("lambda-staging", f"arn:aws:iam::{STAGING_ACCOUNT}:role/lambda-staging")
        self.aws_role("lambda-prod", f"arn:aws:iam::{PRODUCTION_ACCOUNT}:role/lambda-prod")

    # What a test says

    @property
    def namespace(self) -> str:
        """The namespace that every request must name; empty: none is asked for."""
        return self._state.namespace

    @namespace.setter
    def namespace(self, name: str) -> None:
        self._state.namespace = name.strip("/")

    @property
    def aws_mount(self) -> str:
        return self._state.aws_mount

    @aws_mount.setter
    def aws_mount(self, mount: str) -> None:
        self._state.aws_mount = mount.strip("/")

    @property
    def sealed(self) -> bool:
        return self._state.sealed

    @sealed.setter
    def sealed(self, sealed: bool) -> None:
        self._state.sealed = sealed

    @property
    def tokens(self) -> Sequence[Token]:
        """The live tokens: none, when everyone has revoked theirs."""
        return [token for token in list(self._state.tokens.values()) if token.expires_at > time.time()]

    @property
    def issued(self) -> Sequence[str]:
        """Every token that somebody got, also those that are revoked."""
        return list(self._state.issued)

    def policy(self, name: str, paths: Mapping[str, Sequence[str]]) -> None:
        """What a policy allows: capabilities by path; a path may end in *."""
        self._state.policies[name] = {path: tuple(capabilities) for path, capabilities in paths.items()}

    def approle(
        self,
        *,
        role_id: str,
        secret_id: str,
        policies: Sequence[str] = (DEPLOY,),
        uses: int | None = None,
        seconds: int = TOKEN_SECONDS,
        mount: str = "approle",
        bound_cidr: str = "",
    ) -> None:
        """A role_id and its secret_id; given again for the same role_id, it replaces the former.

        Bound to a network (`bound_cidr`), it lets nobody in, as a job on another network would see it.
        """
        kept = [role for role in self._state.approles if (role.mount, role.role_id) != (mount, role_id)]
        self._state.approles = [*kept, AppRole(role_id, secret_id, tuple(policies), uses, seconds, mount, bound_cidr)]

    def jwt_role(
        self,
        name: str,
        *,
        policies: Sequence[str] = (DEPLOY,),
        bound_audiences: Sequence[str] = ("https://vault.example.com",),
        seconds: int = TOKEN_SECONDS,
        mount: str = "jwt",
        bound_claims: Mapping[str, str] | None = None,
    ) -> None:
        audiences, claims = tuple(bound_audiences), dict(bound_claims or {})
        self._state.jwt_roles[name] = JwtRole(tuple(policies), audiences, seconds, mount, claims)

    def issue_jwt(self, audience: str = "https://vault.example.com", **claims: object) -> str:
        """A JWT that Vault takes for GitLab's, as `id_tokens` would give it."""
        content = {"iss": "https://gitlab.example.com", "aud": audience, "exp": int(time.time()) + 3600, **claims}
        return signed_jwt(self._signing_key, content)

    def aws_role(
        self,
        name: str,
        role_arn: str | Sequence[str],
        *,
        max_seconds: int = 3600,
        is_trusted: bool = True,
        has_lease: bool = True,
        token_fields: Sequence[str] = ("security_token", "session_token"),
    ) -> None:
        """A role of the AWS engine; not trusted: the AWS role's trust policy does not name Vault."""
        arns = (role_arn,) if isinstance(role_arn, str) else tuple(role_arn)
        self._state.aws_roles[name] = AwsRole(arns, max_seconds, is_trusted, has_lease, tuple(token_fields))

    def wrap(self, data: Mapping[str, object], creation_path: str = "auth/approle/role/deploy/secret-id") -> str:
        """A wrapping token, good for one unwrap, for a secret_id say: wrap({"secret_id": "…"})."""
        token = f"hvs.wrap{secrets.token_hex(12)}"
        self._state.wrapped[token] = dict(data)
        self._state.wrapped_by[token] = creation_path
        return token

    def revoke_everything(self) -> None:
        """Make all tokens invalid, as if they had expired."""
        self._state.tokens.clear()

    # How it runs

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the Vault is not running")
        return self._server.port

    def start(self) -> None:
        handled = self

        class Handler(VaultHandler):
            vault = handled

        self._server = LoopbackServer(Handler)
        self._server.start()

    def reset(self) -> None:
        self._state = State()
        self._set_defaults()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    # What it answers

    def answer(self, message: Message) -> Answer:
        return Api(self._state, self._aws, self._signing_key).answer(message)


class VaultHandler(LoopbackHandler):
    """HTTP in, HTTP out."""

    vault: Vault

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        content = self.read_body()
        path = self.path.partition("?")[0]
        try:
            body = json.loads(content or b"{}")
        except ValueError:
            self._send(400, {"errors": ["failed to parse JSON input"]})
            return
        authorization = self.headers.get("Authorization", "")
        token = self.headers.get("X-Vault-Token") or authorization.removeprefix("Bearer ")
        namespace = self.headers.get("X-Vault-Namespace", "").strip("/")
        message = Message(self.command, path.removeprefix("/v1/").strip("/"), body, token, namespace)
        self._send(*self.vault.answer(message))

    def _send(self, status: int, answer: Mapping[str, object]) -> None:
        if status == 204:
            self.answer(204)
            return
        self.answer(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})
