"""Does Vault let the job in, and does AWS know it then?"""

from collections.abc import Mapping

from cigen_runtime.contract.credentials import VAULT_ADDR, VAULT_AUTH, VAULT_ROLE
from cigen_runtime.contract.identity import AWS_ACCOUNT, AWS_REGION
from cigen_runtime.diagnosis import Check, checks
from cigen_runtime.errors import JobError
from cigen_runtime.probes.probe import Probe, Surroundings


def _login(surroundings: Surroundings) -> str:
    surroundings.vault()
    return f"{surroundings.job.value(VAULT_ADDR)} lets the job in by {surroundings.job.value(VAULT_AUTH)}"


def _policy(surroundings: Surroundings) -> str:
    try:
        surroundings.aws()
    except JobError as error:
        if error.leaf != checks.IAM_TRUST:  # Vault did ask AWS, so it was not Vault that refused
            raise
    return f"Vault asks AWS for role {surroundings.job.value(VAULT_ROLE)!r}"


def _trust(surroundings: Surroundings) -> str:
    surroundings.aws()
    return "AWS gave Vault credentials"


def _account(surroundings: Surroundings) -> str:
    return f"they are those of {surroundings.aws().require_account()}"


PROBES: Mapping[Check, Probe] = {
    checks.VAULT_LOGIN: Probe(_login, needs=(VAULT_ADDR,)),
    checks.VAULT_POLICY: Probe(_policy, needs=(VAULT_ROLE, AWS_REGION), after=(checks.VAULT_LOGIN,)),
    checks.IAM_TRUST: Probe(_trust, after=(checks.VAULT_POLICY,)),
    checks.IAM_ROLE: Probe(_account, needs=(AWS_ACCOUNT,), after=(checks.IAM_TRUST,)),
}
