"""Vault: log in, take AWS credentials, leave. https://developer.hashicorp.com/vault/api-docs"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import hvac
import hvac.exceptions

from cigen_runtime.contract.credentials import (
    VAULT_ADDR,
    VAULT_AUTH,
    VAULT_AUTH_MOUNT,
    VAULT_AWS_MOUNT,
    VAULT_ID_TOKEN,
    VAULT_NAMESPACE,
    VAULT_ROLE,
    VAULT_ROLE_ARN,
    VAULT_ROLE_ID,
    VAULT_SECRET_ID,
)
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    TryAgainError,
)
from cigen_runtime.job import Job
from cigen_runtime.services.http import PatientSession


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """Short-lived credentials as the AWS secrets engine gave them; the lifetime is the granted one, not a wish."""

    access_key: str
    secret_key: str
    session_token: str
    expires_at: datetime


class Vault:
    """A login to Vault that ends with `close`, which revokes its token."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._session = PatientSession("Vault", Branch.VAULT, job.clock)
        # An empty token keeps hvac from picking up VAULT_TOKEN or ~/.vault-token of whoever owns the runner.
        self._client = hvac.Client(
            url=job.value(VAULT_ADDR),
            token="",
            namespace=job.value(VAULT_NAMESPACE) or None,
            session=self._session,
        )

    def login(self) -> None:
        """Log in as the job: by AppRole, or with GitLab's ID token.

        Raises AuthenticationError when Vault refuses, ConfigurationError when the variables for it are not set.
        """
        method = self._job.value(VAULT_AUTH)
        mount = self._job.value(VAULT_AUTH_MOUNT)
        if method == "jwt":
            self._login_jwt(mount)
        else:
            self._login_approle(mount)
        self._job.redactor.add(self._client.token)

    def aws_credentials(self) -> AwsCredentials:
        """Fresh credentials of the job's role; see https://developer.hashicorp.com/vault/api-docs/secret/aws.

        Raises NotAllowedError for a policy or trust that is missing, NotFoundError for a role or mount that is.
        """
        mount, role = self._job.value(VAULT_AWS_MOUNT), self._job.value(VAULT_ROLE)
        answer = self._ask(
            f"asked Vault for AWS credentials of role {role!r} ({mount}/sts/{role})",
            lambda: self._client.secrets.aws.generate_credentials(
                name=role,
                role_arn=self._job.value(VAULT_ROLE_ARN) or None,
                endpoint="sts",
                mount_point=mount,
                role_session_name=_session_name(self._job),
            ),
            "Compare what Vault has for this role (its type, role_arns, lifetimes) with the configuration.",
        )
        data = answer.get("data") or {}
        session_token = data.get("session_token") or data.get("security_token") or ""
        if not (data.get("access_key") and data.get("secret_key") and session_token):
            raise ConfigurationError(
                f"asked Vault for AWS credentials of role {role!r} and got none that end by themselves",
                answer=f"the answer has: {', '.join(sorted(key for key, value in data.items() if value)) or 'nothing'}",
                remedy="Give the role credential_type assumed_role or federation_token; IAM users are not supported.",
                branch=Branch.VAULT,
            )
        self._job.redactor.add(data["secret_key"])
        self._job.redactor.add(session_token)
        lifetime = int(answer.get("lease_duration") or data.get("ttl") or 900)
        return AwsCredentials(
            data["access_key"], data["secret_key"], session_token, datetime.now(UTC) + timedelta(seconds=lifetime)
        )

    def close(self) -> None:
        """Revoke the token; a Vault that does not answer any more never fails a job that is done."""
        if not self._client.token:
            return
        try:
            self._client.auth.token.revoke_self()
        except (hvac.exceptions.VaultError, JobError):
            self._job.log.line("note: the Vault token could not be revoked; it ends with its lifetime")
        self._session.close()

    def _login_approle(self, mount: str) -> None:
        role_id, secret_id = self._job.value(VAULT_ROLE_ID), self._job.value(VAULT_SECRET_ID)
        missing = [
            variable.name for variable, value in ((VAULT_ROLE_ID, role_id), (VAULT_SECRET_ID, secret_id)) if not value
        ]
        if missing:
            raise ConfigurationError(
                f"{' and '.join(missing)} not set, so the job cannot log in to Vault by AppRole",
                remedy=(
                    "Define them in the CI/CD settings; if they are there, see whether they are protected and this "
                    "ref is not, or bound to another environment."
                ),
                branch=Branch.VAULT,
            )
        self._ask(
            f"logged in to Vault by AppRole (auth/{mount}/login)",
            lambda: self._client.auth.approle.login(role_id=role_id, secret_id=secret_id, mount_point=mount),
            "The role ID or secret ID is wrong, expired or used up, or belongs to another mount or namespace: issue a "
            "new secret ID and update the CI/CD variables.",
            if_repeated=" The first attempt got no answer and may have used up a secret ID with limited uses.",
        )

    def _login_jwt(self, mount: str) -> None:
        token = self._job.value(VAULT_ID_TOKEN)
        if not token:
            raise ConfigurationError(
                f"{VAULT_ID_TOKEN.name} not set, so the job cannot log in to Vault by JWT",
                remedy=f"The job needs `id_tokens: {VAULT_ID_TOKEN.name}`, which GitLab has since 15.7.",
                branch=Branch.VAULT,
            )
        role = self._job.value(VAULT_ROLE)
        self._ask(
            f"logged in to Vault by JWT as {role!r} (auth/{mount}/login)",
            lambda: self._client.auth.jwt.jwt_login(role=role, jwt=token, path=mount),
            "Compare the role's bound_audiences and bound_claims in Vault with this project, ref and environment.",
        )

    def _ask(self, attempted: str, call: Any, remedy: str, if_repeated: str = "") -> dict[str, Any]:
        """Make a call, once more if it got no answer, and turn every refusal into one of our errors.

        `remedy` is for a refusal that is not of a kind known everywhere.

        Both calls made this way, login and credentials, leave nothing behind that a second one would harm.
        """
        try:
            try:
                answer = call()
            except OutcomeUnknownError:
                remedy += if_repeated
                answer = call()
        except hvac.exceptions.VaultError as error:
            raise _refusal(attempted, error, remedy) from None
        except (TypeError, ValueError) as error:
            raise _not_vault(attempted) from error
        if not isinstance(answer, dict):
            raise _not_vault(attempted)
        return answer


def _refusal(attempted: str, error: hvac.exceptions.VaultError, remedy: str) -> JobError:
    status = _status(error)
    text = _text(error)
    answer = f"{status} {text}" if status else text
    if "Error assuming role" in text:
        return NotAllowedError(attempted, answer=answer, remedy=_trust_remedy(text), branch=Branch.VAULT)
    if "no handler for route" in text or "unsupported path" in text or status == 404:
        return NotFoundError(
            attempted,
            answer=answer,
            remedy="Compare the mount path and the namespace in the configuration with what Vault has.",
            branch=Branch.VAULT,
        )
    if re.search(r'Role "[^"]*" not found|could not be found', text):
        return NotFoundError(
            attempted,
            answer=answer,
            remedy="Create the role in Vault, or correct the role pattern in the configuration.",
            branch=Branch.VAULT,
        )
    if status == 403:
        return NotAllowedError(
            attempted,
            answer=answer,
            remedy="Give the login's policy `update` on that path, in this namespace.",
            branch=Branch.VAULT,
        )
    if status in {429, 500, 502, 503, 412}:
        return TryAgainError(attempted, answer=answer, remedy="Run the job again in a minute.", branch=Branch.VAULT)
    return AuthenticationError(attempted, answer=answer, remedy=remedy, branch=Branch.VAULT)


def _text(error: hvac.exceptions.VaultError) -> str:
    """Vault's own words; hvac loses them when the content type carries a charset, so they are read from the body."""
    try:
        return "; ".join(map(str, json.loads(error.text or "")["errors"]))
    except (ValueError, KeyError, TypeError):
        return " ".join((error.text or type(error).__name__).split())[:300]


def _status(error: hvac.exceptions.VaultError) -> int | None:
    by_class = {
        hvac.exceptions.InvalidRequest: 400,
        hvac.exceptions.Unauthorized: 401,
        hvac.exceptions.Forbidden: 403,
        hvac.exceptions.InvalidPath: 404,
        hvac.exceptions.RateLimitExceeded: 429,
        hvac.exceptions.InternalServerError: 500,
        hvac.exceptions.BadGateway: 502,
        hvac.exceptions.VaultDown: 503,
    }
    return by_class.get(type(error))


def _trust_remedy(text: str) -> str:
    arns = re.findall(r"arn:[\w:/+=,.@-]+", text)
    if len(arns) < 2:
        return "Let the trust policy of the IAM role name the identity that Vault uses."
    return f"Let the trust policy of {arns[1]} allow sts:AssumeRole to {arns[0]}."


def _not_vault(attempted: str) -> JobError:
    return TryAgainError(
        attempted,
        answer="the answer is not Vault's: perhaps a proxy or a maintenance page",
        remedy="Open the address of Vault from the runner's network and see who answers.",
        branch=Branch.VAULT,
    )


def _session_name(job: Job) -> str:
    """What AWS's audit trail shows: command and job, at most 64 characters of those that STS allows."""
    name = f"cigen-{job.command.name}-{job.environment.get('CI_JOB_ID', 'local')}"
    return re.sub(r"[^\w+=,.@-]", "-", name)[:64]
