"""Wrapping tokens of Vault: a secret that exactly one party can take out, so that a theft is noticed.

https://developer.hashicorp.com/vault/docs/concepts/response-wrapping
"""

import re
from typing import Any

import hvac
import hvac.exceptions

from cigen_runtime.diagnosis import checks
from cigen_runtime.errors import OutcomeUnknownError, VerificationError
from cigen_runtime.services import vault_errors

ATTEMPTED = "unwrapped VAULT_WRAPPED_SECRET_ID"
_OPEN = (hvac.exceptions.InternalServerError, hvac.exceptions.BadGateway, hvac.exceptions.UnexpectedError)
"""Answers of whoever stands before Vault, that leave open whether it unwrapped; the last one is also a 504."""


def unwrapped(client: hvac.Client, token: str, mount: str) -> str:
    """The secret ID in a wrapping token; nobody can take it out a second time.

    What is wrapped is looked at first: a token that wraps something else was exchanged on its way to us. Raises
    VerificationError then, AuthenticationError for a token that is used up.
    """
    seen = _ask(client, "lookup", token)
    origin = str(seen.get("creation_path", ""))
    if not re.search(rf"auth/{re.escape(mount)}/role/[^/]+/(custom-)?secret-id$", origin):
        raise VerificationError(
            f"VAULT_WRAPPED_SECRET_ID does not wrap a secret ID of auth/{mount}",
            answer=f"it was made by {origin or 'an unknown path'}",
            remedy="Find out who set it: it may have been exchanged for another. It was not unwrapped.",
            leaf=checks.VAULT_LOGIN,
        )
    return str(_ask(client, "unwrap", token).get("secret_id", ""))


def _ask(client: hvac.Client, verb: str, token: str) -> dict[str, Any]:
    """The data of an answer below sys/wrapping; any refusal there is about the token."""
    is_repeated = False

    def call() -> Any:
        return client.adapter.post(url=f"/v1/sys/wrapping/{verb}", json={"token": token})

    try:
        try:
            answer = call()
        except (OutcomeUnknownError, *_OPEN):
            is_repeated = verb == "unwrap"
            answer = call()
    except (hvac.exceptions.InvalidRequest, hvac.exceptions.Forbidden) as error:
        raise vault_errors.already_unwrapped(ATTEMPTED, vault_errors.text_of(error), is_repeated=is_repeated) from None
    except hvac.exceptions.VaultError as error:
        path = f"sys/wrapping/{verb}"
        raise vault_errors.refusal(ATTEMPTED, error, "", checks.VAULT_LOGIN, path=path, policies=()) from None
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise vault_errors.not_vault(ATTEMPTED)
    return data
