"""Vault: log in, take AWS credentials, leave. https://developer.hashicorp.com/vault/api-docs"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import hvac
import hvac.exceptions

from cigen_runtime.contract.credentials import (
    VAULT_ADDR,
    VAULT_AUTH,
    VAULT_AUTH_MOUNT,
    VAULT_AUTH_ROLE,
    VAULT_AWS_MOUNT,
    VAULT_ID_TOKEN,
    VAULT_NAMESPACE,
    VAULT_ROLE,
    VAULT_ROLE_ARN,
    VAULT_ROLE_ID,
    VAULT_SECRET_ID,
    VAULT_WRAPPED_SECRET_ID,
)
from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import (
    ConfigurationError,
    JobError,
    NotAllowedError,
    OutcomeUnknownError,
    TryAgainError,
)
from cigen_runtime.job import Job
from cigen_runtime.services import vault_errors
from cigen_runtime.services.http import PatientSession
from cigen_runtime.services.vault_wrapping import unwrapped

ALMOST_OVER = 60.0
"""Seconds before its end at which a token is renewed: a request may wait as long for a busy Vault."""
SHORTEST_LIFETIME = 900
"""Seconds of AWS credentials whose lifetime Vault does not state: the least that STS gives."""


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """Short-lived credentials as the AWS secrets engine gave them; the lifetime is the granted one, not a wish."""

    access_key: str
    secret_key: str
    session_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Token:
    """What Vault said of the token it gave at login."""

    ends_at: float
    is_renewable: bool
    policies: tuple[str, ...]

    @classmethod
    def of(cls, auth: dict[str, Any], now: float) -> "_Token":
        """A lifetime of 0 is one without end."""
        seconds = float(auth.get("lease_duration") or "inf")
        return cls(now + seconds, bool(auth.get("renewable")), tuple(auth.get("policies") or ()))


class Vault:
    """A login to Vault that ends with `close`, which revokes its token."""

    def __init__(self, job: Job, minutes: int | None = None) -> None:
        """`minutes` is how long credentials must be good; None leaves that to the role in Vault."""
        self._job = job
        self._minutes = minutes
        self._session = PatientSession(
            "Vault", Branch.VAULT, job.clock, words=vault_errors.words, harmless_twice=_is_harmless_twice
        )
        # An empty token keeps hvac from picking up VAULT_TOKEN or ~/.vault-token of whoever owns the runner.
        self._client = hvac.Client(
            url=job.value(VAULT_ADDR),
            token="",
            namespace=job.value(VAULT_NAMESPACE) or None,
            session=self._session,
        )
        self._token: _Token | None = None
        self._secret_id = ""
        self._has_given = False

    def login(self) -> None:
        """Log in as the job: by AppRole, or with GitLab's ID token.

        Raises AuthenticationError when Vault refuses, ConfigurationError when the variables for it are not set.
        """
        method = self._job.value(VAULT_AUTH)
        mount = self._job.value(VAULT_AUTH_MOUNT)
        self._revoke()
        answer = self._login_jwt(mount) if method == "jwt" else self._login_approle(mount)
        self._job.redactor.add(self._client.token)
        self._token = _Token.of(answer.get("auth") or {}, self._job.clock.now())

    def aws_credentials(self) -> AwsCredentials:
        """Fresh credentials of the job's role; see https://developer.hashicorp.com/vault/api-docs/secret/aws.

        In the middle of long work the login may be near its end, or over: it is renewed, or made anew, once.
        Raises NotAllowedError for a policy or trust that is missing, NotFoundError for a role or mount that is.
        """
        self._stay_logged_in()
        try:
            credentials = self._take_credentials()
        except NotAllowedError as error:
            if not self._has_given or error.leaf is not checks.VAULT_POLICY:
                raise
            self._job.log.line("Vault does not know the login any more: logging in again")
            self.login()
            credentials = self._take_credentials()
        self._has_given = True
        return credentials

    def close(self) -> None:
        """Revoke the token; a Vault that does not answer any more never fails a job that is done."""
        if self._client.token and not self._revoke():
            self._job.log.line("note: the Vault token could not be revoked; it ends with its lifetime")
        self._session.close()

    def _revoke(self) -> bool:
        """Let go of the login that there is, if there is one; says whether Vault knows."""
        token, is_known = self._client.token, True
        try:
            if token:
                self._client.auth.token.revoke_self()
        except (hvac.exceptions.VaultError, JobError, TypeError, ValueError):
            is_known = False
        self._client.token = ""
        return is_known

    def _login_approle(self, mount: str) -> dict[str, Any]:
        role_id = self._job.value(VAULT_ROLE_ID)
        wrapped = self._job.value(VAULT_WRAPPED_SECRET_ID) if self._job.reads(VAULT_WRAPPED_SECRET_ID) else ""
        secret_id = self._secret_id or (self._unwrapped(wrapped, mount) if wrapped else "")
        secret_id = secret_id or self._job.value(VAULT_SECRET_ID)
        missing = [
            variable.name for variable, value in ((VAULT_ROLE_ID, role_id), (VAULT_SECRET_ID, secret_id)) if not value
        ]
        if missing:
            raise ConfigurationError(
                f"{' and '.join(missing)} not set, so the job cannot log in to Vault by AppRole",
                remedy=self._how_to_log_in(),
                leaf=checks.VAULT_LOGIN,
            )
        return self._ask(
            f"logged in to Vault by AppRole (auth/{mount}/login)",
            lambda: self._client.auth.approle.login(role_id=role_id, secret_id=secret_id, mount_point=mount),
            "The role ID or secret ID is wrong, expired or used up, or belongs to another mount or namespace: issue a "
            "new secret ID and update the CI/CD variables.",
            checks.VAULT_LOGIN,
            path=f"auth/{mount}/login",
            if_repeated=" The first attempt got no answer and may have used up a secret ID with limited uses.",
        )

    def _how_to_log_in(self) -> str:
        """What to do about a login that is not set, also where there is one that only the gate may use."""
        if self._job.environment.get(VAULT_WRAPPED_SECRET_ID.name) and not self._job.reads(VAULT_WRAPPED_SECRET_ID):
            return (
                f"{VAULT_WRAPPED_SECRET_ID.name} is good for one login, and this job is not the one to use it: set "
                "VAULT_SECRET_ID; or let aws-credentials alone log in, with credentials.handover: artifact in "
                "cigen.yaml."
            )
        return (
            "Define them in the CI/CD settings; if they are there, see whether they are protected and this ref is not, "
            "or bound to another environment."
        )

    def _unwrapped(self, token: str, mount: str) -> str:
        """The secret ID in a wrapping token; kept, since a second login in this job cannot unwrap it again."""
        self._secret_id = unwrapped(self._client, token, mount)
        self._job.redactor.add(self._secret_id)
        return self._secret_id

    def _login_jwt(self, mount: str) -> dict[str, Any]:
        token = self._job.value(VAULT_ID_TOKEN)
        if not token:
            raise ConfigurationError(
                f"{VAULT_ID_TOKEN.name} not set, so the job cannot log in to Vault by JWT",
                remedy=f"The job needs `id_tokens: {VAULT_ID_TOKEN.name}`, which GitLab has since 15.7.",
                leaf=checks.VAULT_LOGIN,
            )
        role = self._job.value(VAULT_AUTH_ROLE) or self._job.value(VAULT_ROLE)
        return self._ask(
            f"logged in to Vault by JWT as {role!r} (auth/{mount}/login)",
            lambda: self._client.auth.jwt.jwt_login(role=role, jwt=token, path=mount),
            "Compare the role's bound_audiences and bound_claims in Vault with this project, ref and environment.",
            checks.VAULT_LOGIN,
            path=f"auth/{mount}/login",
        )

    def _stay_logged_in(self) -> None:
        """Renew a login that is almost over; where that gives too little, log in again."""
        now = self._job.clock.now()
        token = self._token
        if token is None or token.ends_at - now > ALMOST_OVER:
            return
        if token.is_renewable and token.ends_at > now:
            try:
                auth = self._client.auth.token.renew_self()["auth"]
                self._token = _Token.of({"policies": token.policies, **auth}, now)
            except (hvac.exceptions.VaultError, JobError, KeyError, TypeError, ValueError):
                self._token = token
            if self._token.ends_at - now > ALMOST_OVER:
                return
        self._job.log.line("the login to Vault ends: logging in again")
        self.login()

    def _take_credentials(self) -> AwsCredentials:
        mount, role = self._job.value(VAULT_AWS_MOUNT), self._job.value(VAULT_ROLE)
        answer = self._ask(
            f"asked Vault for AWS credentials of role {role!r} ({mount}/sts/{role})",
            lambda: self._client.secrets.aws.generate_credentials(
                name=role,
                role_arn=self._job.value(VAULT_ROLE_ARN) or None,
                ttl=f"{self._minutes}m" if self._minutes else None,
                endpoint="sts",
                mount_point=mount,
                role_session_name=_session_name(self._job),
            ),
            "Compare what Vault has for this role (its type, role_arns, lifetimes) with the configuration.",
            checks.VAULT_POLICY,
            path=f"{mount}/sts/{role}",
        )
        data = answer.get("data") or {}
        session_token = data.get("session_token") or data.get("security_token") or ""
        if not (data.get("access_key") and data.get("secret_key") and session_token):
            raise ConfigurationError(
                f"asked Vault for AWS credentials of role {role!r} and got none that end by themselves",
                answer=f"the answer has: {', '.join(sorted(key for key, value in data.items() if value)) or 'nothing'}",
                remedy="Give the role credential_type assumed_role or federation_token; IAM users are not supported.",
                leaf=checks.VAULT_POLICY,
            )
        self._job.redactor.add(data["secret_key"])
        self._job.redactor.add(session_token)
        lifetime = int(answer.get("lease_duration") or data.get("ttl") or SHORTEST_LIFETIME)
        return AwsCredentials(
            data["access_key"], data["secret_key"], session_token, datetime.now(UTC) + timedelta(seconds=lifetime)
        )

    def _ask(
        self,
        attempted: str,
        call: Callable[[], Any],
        remedy: str,
        leaf: Check,
        *,
        path: str,
        if_repeated: str = "",
    ) -> dict[str, Any]:
        """Make a call, once more if it got no answer, and turn every refusal into one of our errors.

        `remedy` and `leaf` are for a refusal that is not of a kind known everywhere.

        Both calls made this way, login and credentials, leave nothing behind that a second one would harm.
        """
        policies: Sequence[str] = self._token.policies if self._token else ()
        try:
            try:
                answer = call()
            except OutcomeUnknownError:
                remedy += if_repeated
                answer = call()
        except TryAgainError as error:
            raise vault_errors.busy(error) from error
        except hvac.exceptions.VaultError as error:
            refusal = vault_errors.refusal(attempted, error, remedy, leaf, path=path, policies=policies)
            raise refusal from None
        except (TypeError, ValueError) as error:
            raise vault_errors.not_vault(attempted) from error
        if not isinstance(answer, dict):
            raise vault_errors.not_vault(attempted)
        return answer


def _is_harmless_twice(url: str) -> bool:
    """Whether a request may be sent again: logins and credentials may, a wrapping token is good for one time."""
    return not url.endswith("sys/wrapping/unwrap")


def _session_name(job: Job) -> str:
    """What AWS's audit trail shows: command and job, at most 64 characters of those that STS allows."""
    name = f"cigen-{job.command.name}-{job.environment.get('CI_JOB_ID', 'local')}"
    return re.sub(r"[^\w+=,.@-]", "-", name)[:64]
