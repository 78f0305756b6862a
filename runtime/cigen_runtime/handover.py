"""Credentials for jobs of the service that call the AWS or docker CLI themselves, in files that last no longer."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cigen_runtime.contract.credentials import CREDENTIALS_FILE, HANDOVER, LIFETIME
from cigen_runtime.contract.images import DOCKER_CONFIG_FILE
from cigen_runtime.diagnosis import checks
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.job import Job

if TYPE_CHECKING:
    from cigen_runtime.services.aws import Aws
    from cigen_runtime.services.registry import Registry

ON_THE_WAY = timedelta(minutes=1)
"""What may have passed of a lifetime when Vault states it: AWS counts from when it issued the credentials."""


def minutes_handed_over(job: Job) -> int | None:
    """For how many minutes credentials are handed over; None where they never leave the job."""
    return int(job.value(LIFETIME)) if job.value(HANDOVER) else None


def hand_over_aws(job: Job, aws: "Aws") -> None:
    """Write what the AWS CLI and SDKs read from AWS_SHARED_CREDENTIALS_FILE, where that is asked for.

    Raises ConfigurationError when the credentials end before the artifact does.
    """
    minutes = minutes_handed_over(job)
    if minutes is None:
        return
    held = aws.held
    _require_lifetime(held.expires_at, minutes)
    job.write_secret(
        CREDENTIALS_FILE,
        f"# {job.place}, until {held.expires_at.isoformat(timespec='seconds')}\n"
        "[default]\n"
        f"aws_access_key_id = {held.access_key}\n"
        f"aws_secret_access_key = {held.secret_key}\n"
        f"aws_session_token = {held.session_token}\n"
        f"region = {aws.region}\n",
    )


def hand_over_logins(job: Job, registries: "Iterable[Registry]") -> None:
    """Write what docker reads from the folder that DOCKER_CONFIG names, where that is asked for."""
    if minutes_handed_over(job) is None:
        return
    logins = {registry.host: registry.login for registry in registries if registry.login is not None}
    auths = {host: {"auth": login.header.removeprefix("Basic ")} for host, login in logins.items()}
    job.write_secret(DOCKER_CONFIG_FILE, json.dumps({"auths": auths}, indent=2) + "\n")


def _require_lifetime(expires_at: datetime, minutes: int) -> None:
    granted = expires_at - datetime.now(UTC)
    if granted + ON_THE_WAY < timedelta(minutes=minutes):
        whole = int((granted + ON_THE_WAY).total_seconds() // 60)
        raise ConfigurationError(
            f"Vault gave AWS credentials for {whole} minutes, and their artifact would be kept for {minutes}",
            remedy=(
                f"Set credentials.lifetime: {whole} in cigen.yaml; or raise max_sts_ttl of the role in Vault and the "
                "maximum session duration of the IAM role (one hour where Vault itself has assumed a role)."
            ),
            leaf=checks.VAULT_POLICY,
        )
