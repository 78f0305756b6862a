"""AWS as the job may see it: credentials from Vault, held in memory, renewed before they end."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.loaders import Loader

from cigen_runtime.clock import Clock
from cigen_runtime.contract.identity import AWS_ACCOUNT, AWS_REGION
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import VerificationError
from cigen_runtime.job import Job
from cigen_runtime.services.aws_errors import EXPIRED, aws_errors
from cigen_runtime.services.aws_retry import AwsRetry
from cigen_runtime.services.vault import AwsCredentials, Vault

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

TIMEOUT = (5.0, 20.0)
"""Seconds to connect, and seconds without a byte."""

RENEW_BEFORE = 240
"""Seconds before their end at which credentials are renewed; botocore's own 15 minutes may be their whole life."""

AT_ONCE = 30
"""Seconds within which several calls that find the credentials expired need new ones only once."""


class Aws:
    """The job's AWS account and region: clients that name both, so that no ambient AWS_* variable decides."""

    def __init__(self, job: Job, vault: Vault) -> None:
        self.region = job.value(AWS_REGION)
        self._job = job
        self._vault = vault
        self._held: AwsCredentials | None = None
        session = botocore.session.Session()
        session.register_component("data_loader", _Models())
        session.set_default_client_config(_config(job.clock))
        session.register("needs-retry", AwsRetry(job.clock))  # type: ignore[arg-type]  # its answer counts
        # botocore has no public way to hand over refreshable credentials; this attribute is the documented workaround.
        session._credentials = RefreshableCredentials.create_from_metadata(  # type: ignore[attr-defined]
            metadata=self._fresh(),
            refresh_using=self._fresh,
            method="vault",
            advisory_timeout=RENEW_BEFORE,
            mandatory_timeout=RENEW_BEFORE // 2,
        )
        self._credentials = session._credentials  # type: ignore[attr-defined]
        self._renewing = threading.Lock()
        self._renewed_at = float("-inf")
        session.get_component("event_emitter").register_first("needs-retry.*", self._renew_what_expired)
        self._session = boto3.Session(botocore_session=session, region_name=self.region)

    @property
    def held(self) -> AwsCredentials:
        """The credentials that it works with now, for whoever must hand them over."""
        if self._held is None:
            raise LookupError("there are no credentials before the first were taken")
        return self._held

    def sts(self) -> "STSClient":
        """STS in the job's region."""
        return self._session.client("sts")

    def ecr(self, region: str | None = None) -> "ECRClient":
        """ECR in the job's region, or in another one."""
        return self._session.client("ecr", region_name=region or self.region)

    def lambda_(self) -> "LambdaClient":
        """Lambda in the job's region."""
        return self._session.client("lambda")

    def s3(self, region: str | None = None) -> "S3Client":
        """S3 in the job's region, or in another one."""
        return self._session.client("s3", region_name=region or self.region)

    def require_account(self) -> str:
        """The ARN of whoever we are, after proof that it is in the configured account.

        Raises VerificationError when Vault gave credentials for another account.
        """
        with aws_errors("asked STS whose credentials these are", Branch.VAULT):
            identity = self.sts().get_caller_identity()
        wanted = self._job.value(AWS_ACCOUNT)
        if identity["Account"] != wanted:
            raise VerificationError(
                f"the credentials belong to AWS account {identity['Account']}, not {wanted}",
                answer=identity["Arn"],
                remedy="Compare the role's ARN in Vault with the account in cigen.yaml: one of the two is wrong.",
                branch=Branch.VAULT,
                leaf=checks.IAM_ROLE,
            )
        return identity["Arn"]

    def _renew_what_expired(
        self, response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_: object
    ) -> int | None:
        """Take new credentials and repeat at once when AWS calls the old ones expired, the first time it does.

        Whatever was asked was not carried out then, so that even a change may be sent again. botocore asks this before
        its own handlers; None leaves the answer to them.
        """
        code = response[1].get("Error", {}).get("Code") if response else None
        if code not in EXPIRED or attempts > 1:
            return None
        with self._renewing:
            if self._job.clock.now() - self._renewed_at > AT_ONCE:
                self._job.log.line("AWS calls the credentials expired: taking new ones")
                self._credentials._set_from_data(self._fresh())
                self._renewed_at = self._job.clock.now()
        return 0

    def _fresh(self) -> dict[str, str]:
        credentials = self._held = self._vault.aws_credentials()
        return {
            "access_key": credentials.access_key,
            "secret_key": credentials.secret_key,
            "token": credentials.session_token,
            "expiry_time": credentials.expires_at.isoformat(),
        }


@contextmanager
def aws_of(job: Job, minutes: int | None = None) -> Iterator[Aws]:
    """Log in to Vault, hold AWS credentials of the right account, and revoke the login at the end.

    `minutes` is how long the credentials must be good, where they are to outlive the job.
    """
    vault = Vault(job, minutes)
    with job.log.section("Log in: Vault, AWS"):
        vault.login()
        try:
            aws = Aws(job, vault)
            job.log.line(f"AWS identity: {aws.require_account()}")
        except BaseException:
            vault.close()
            raise
    try:
        yield aws
    finally:
        vault.close()


class _Models(Loader):
    """The models that came with botocore, and none that lie in the home directory of the runner.

    To see whether there is a service, botocore would list the folders of all five hundred, twice: 25 ms.
    """

    SERVICES = ("ecr", "lambda", "s3", "sts")

    def __init__(self) -> None:
        super().__init__([self.BUILTIN_DATA_PATH], include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - of models of every type
        return list(self.SERVICES)


def _config(clock: Clock) -> Config:
    connect, read = map(clock.at_most, TIMEOUT)
    return Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=32,
    )
