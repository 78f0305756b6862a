"""What Vault's refusals mean, and what to do about each.

https://developer.hashicorp.com/vault/api-docs#http-status-codes; most that matters stands in the text of a 400.
"""

import json
import re
from collections.abc import Sequence

import hvac.exceptions
import requests

from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    JobError,
    NotAllowedError,
    NotFoundError,
    TryAgainError,
)
from cigen_runtime.services.answers import answer_of_another

_STATUSES: dict[type[hvac.exceptions.VaultError], int] = {
    hvac.exceptions.InvalidRequest: 400,
    hvac.exceptions.Unauthorized: 401,
    hvac.exceptions.Forbidden: 403,
    hvac.exceptions.InvalidPath: 404,
    hvac.exceptions.UnsupportedOperation: 405,
    hvac.exceptions.RateLimitExceeded: 429,
    hvac.exceptions.InternalServerError: 500,
    hvac.exceptions.BadGateway: 502,
    hvac.exceptions.VaultDown: 503,
}


def refusal(
    attempted: str, error: hvac.exceptions.VaultError, remedy: str, leaf: Check, *, path: str, policies: Sequence[str]
) -> JobError:
    """What Vault said, as one of our errors; `remedy` and `leaf` are for a refusal of no kind that is known."""
    status, text = _STATUSES.get(type(error)), text_of(error)
    answer = f"{status} {text}" if status else text
    if text.startswith("<"):
        return not_vault(attempted)
    if "Error assuming role" in text:
        return _not_assumed(attempted, answer, text)
    if "role_arn" in text:
        return ConfigurationError(
            attempted,
            answer=answer,
            remedy="Set vault.role_arn in cigen.yaml to one of the role_arns that the role has in Vault.",
            leaf=checks.VAULT_POLICY,
        )
    if "no handler for route" in text or "unsupported path" in text or status in {404, 405}:
        return NotFoundError(
            attempted,
            answer=answer,
            remedy="Compare the mount path and the namespace in the configuration with what Vault has.",
            leaf=leaf,
        )
    if re.search(r'Role "[^"]*" not found|could not be found', text):
        return NotFoundError(
            attempted,
            answer=answer,
            remedy="Create the role in Vault, or correct the role pattern in the configuration.",
            leaf=leaf,
        )
    if status == 403:
        return NotAllowedError(attempted, answer=answer, remedy=_policy(path, policies), leaf=checks.VAULT_POLICY)
    if status in {412, 429, 500, 502, 503}:
        return TryAgainError(attempted, answer=answer, remedy="Run the job again in a minute.", branch=Branch.VAULT)
    return AuthenticationError(attempted, answer=answer, remedy=_login_remedy(text) or remedy, leaf=leaf)


def busy(error: TryAgainError) -> TryAgainError:
    """A Vault that did not recover in time; a sealed one does not by itself."""
    if "sealed" not in error.answer.lower():
        return error
    return TryAgainError(
        error.attempted,
        answer=error.answer,
        remedy="Ask whoever runs Vault to unseal it: until then no job gets credentials. Then run the job again.",
        branch=Branch.VAULT,
    )


def already_unwrapped(attempted: str, answer: str, *, is_repeated: bool) -> JobError:
    """A wrapping token that is used up: by us, when an answer was lost, or else by somebody who should not have it."""
    if is_repeated:
        remedy = (
            "Vault did not answer the first attempt and may have unwrapped it then: start the pipeline again with a "
            "new wrapping token."
        )
    else:
        remedy = (
            "Treat the secret ID as stolen: destroy it in Vault (auth/<mount>/role/<role>/secret-id/destroy), see in "
            "Vault's audit log who unwrapped it, and start the pipeline again with a new one. Only if the audit log "
            "shows nothing, the token was too old or mistyped."
        )
    return AuthenticationError(
        f"{attempted}: {'it is used up' if is_repeated else 'somebody else unwrapped it, or it has expired'}",
        answer=answer,
        remedy=remedy,
        leaf=checks.VAULT_LOGIN,
    )


def not_vault(attempted: str) -> JobError:
    """An answer that Vault never gives."""
    return answer_of_another("Vault's", attempted, "the address of Vault", Branch.VAULT)


def words(response: requests.Response) -> str:
    """What a busy Vault says about itself."""
    try:
        return "; ".join(map(str, response.json()["errors"])) or response.reason
    except (ValueError, KeyError, TypeError):
        return response.reason


def _not_assumed(attempted: str, answer: str, text: str) -> JobError:
    if "AccessDenied" in text:
        return NotAllowedError(attempted, answer=answer, remedy=_trust_remedy(text), leaf=checks.IAM_TRUST)
    if "ValidationError" in text:
        return ConfigurationError(
            attempted,
            answer=answer,
            remedy="AWS does not take the lifetime: set max_sts_ttl of the role in Vault to 15 minutes or more, and to "
            "no more than the IAM role's MaxSessionDuration.",
            leaf=checks.VAULT_POLICY,
        )
    return TryAgainError(
        attempted, answer=answer, remedy="AWS did not do what Vault asked: run the job again.", leaf=checks.IAM_TRUST
    )


def _trust_remedy(text: str) -> str:
    arns = re.findall(r"arn:[\w:/+=,.@-]+", text)
    if len(arns) < 2:
        return "Let the trust policy of the IAM role name the identity that Vault uses."
    return f"Let the trust policy of {arns[1]} allow sts:AssumeRole to {arns[0]}."


def _policy(path: str, policies: Sequence[str]) -> str:
    has = f" The login has: {', '.join(policies)}." if policies else ""
    return f'Add to a policy of the login, in this namespace: path "{path}" {{ capabilities = ["update"] }}.{has}'


def _login_remedy(text: str) -> str:
    """The refusals of a login that name their cause."""
    if "CIDR" in text:
        return "Bind the secret ID to the network of the runners: it is refused from this address."
    if "audience" in text:
        return "Add the `aud` of the job's id_tokens (Vault's address) to bound_audiences of the role in Vault."
    if re.search(r'claim "[^"]*" does not match', text):
        return (
            "Compare the role's bound_claims in Vault with this project, ref and environment: each claim must fit, and "
            "an environment's claims are there only in a job with `environment`."
        )
    if "expired" in text:
        return "The ID token ends with the job's timeout: run the job again; if that fails too, compare the clocks."
    return ""


def text_of(error: hvac.exceptions.VaultError) -> str:
    """Vault's own words; hvac loses them when the content type carries a charset, so they are read from the body."""
    try:
        return "; ".join(_one_line(str(each)) for each in json.loads(error.text or "")["errors"])
    except (ValueError, KeyError, TypeError):
        return " ".join((error.text or type(error).__name__).split())[:300]


def _one_line(text: str) -> str:
    """Vault lists several causes as Markdown does, even a single one."""
    causes = re.sub(r"^\d+ errors? occurred:", "", text).split("\n\t* ")
    return ", ".join(" ".join(cause.split()) for cause in causes if cause.strip())
