"""AWS in this process: moto behind the real hostnames, its gaps closed, and clients to arrange and look."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import boto3
import moto.backends
from botocore.config import Config
from moto.awslambda.models import lambda_backends
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.iam.models import iam_backends
from moto.s3.models import FakeKey, s3_backends
from moto.server import ThreadedMotoServer
from moto.sts.models import sts_backends

from lab.functions import Failure, Functions, Which
from lab.names import REGION, STAGING_ACCOUNT
from lab.patching import Patches
from lab.s3 import Buckets

EXECUTION_ROLE = "lambda-execution"
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
"Principal": {"Service": "lambda.amazonaws.com"}}]}"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of an assumed role."""

    access_key: str
    secret_key: str
    session_token: str
    arn: str


@dataclass(frozen=True, slots=True)
class DeployedFunction:
    """What a Lambda function runs now."""

    name: str
    image_uri: str
    image_digest: str
    state: str
    last_update_status: str
    architecture: str
    revision_id: str


class Aws:
    """STS, IAM, ECR, Lambda and S3, separate for each account and region."""

    def __init__(self) -> None:
        self._functions = Functions()
        self._buckets = Buckets()
        self.issued: list[Credentials] = []
        """All credentials that anybody got."""
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._session = boto3.session.Session()
        self._patches = Patches()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()
        self._log_level = logging.NOTSET

    # What a test says

    @property
    def update_seconds(self) -> float:
        """How long a function is Pending or InProgress after a change."""
        return self._functions.update_seconds

    @update_seconds.setter
    def update_seconds(self, seconds: float) -> None:
        self._functions.update_seconds = seconds

    def client(self, service: str, account: str = STAGING_ACCOUNT, region: str = REGION) -> Any:
        """A boto3 client of an account, straight to moto: for arranging and looking, not for the code under test."""
        key = (service, account, region)
        with self._lock:
            if key not in self._clients:
                given = self.assume_role(f"arn:aws:iam::{account}:role/lab", "lab")
                self._clients[key] = self._session.client(
                    service,  # type: ignore[call-overload]  # any service: the stubs list them one by one
                    region_name=region,
                    endpoint_url=f"http://127.0.0.1:{self.port}",
                    aws_access_key_id=given.access_key,
                    aws_secret_access_key=given.secret_key,
                    aws_session_token=given.session_token,
                    config=Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
                )
            return self._clients[key]

    def assume_role(self, role_arn: str, session_name: str, seconds: int = 3600) -> Credentials:
        """Credentials that act in the role's account."""
        backend = sts_backends[STAGING_ACCOUNT]["aws"]
        role = backend.assume_role(
            region_name=REGION,
            role_session_name=session_name,
            role_arn=role_arn,
            policy="",
            duration=seconds,
            external_id="",
        )
        given = Credentials(role.access_key_id, role.secret_access_key, role.session_token, role.arn)
        self.issued.append(given)
        return given

    def create_function(
        self, account: str, region: str, name: str, image_uri: str, architecture: str = "x86_64"
    ) -> None:
        """A function that is Active already, with the IAM role it needs."""
        seconds, self.update_seconds = self.update_seconds, 0.0
        try:
            self._lambda(account, region).create_function(
                {
                    "FunctionName": name,
                    "Role": self._execution_role(account),
                    "PackageType": "Image",
                    "Code": {"ImageUri": image_uri},
                    "Architectures": [architecture],
                }
            )
        finally:
            self.update_seconds = seconds

    def _execution_role(self, account: str) -> str:
        iam = iam_backends[account]["aws"]
        found = next((role for role in iam.roles.values() if role.name == EXECUTION_ROLE), None)
        return str((found or iam.create_role(EXECUTION_ROLE, TRUST, "/", None, "", [], "3600")).arn)

    def function(self, account: str, region: str, name: str) -> DeployedFunction:
        """What the function runs now."""
        answer = self._lambda(account, region).get_function(name).get_code()
        configuration, code = answer["Configuration"], answer["Code"]
        return DeployedFunction(
            name=name,
            image_uri=code["ImageUri"],
            image_digest=code["ResolvedImageUri"].partition("@")[2],
            state=configuration["State"],
            last_update_status=configuration.get("LastUpdateStatus", ""),
            architecture=configuration["Architectures"][0],
            revision_id=configuration["RevisionId"],
        )

    @staticmethod
    def _lambda(account: str, region: str) -> Any:  # moto has no types
        return lambda_backends[account][region]

    def create_bucket(
        self,
        name: str,
        account: str = STAGING_ACCOUNT,
        region: str = REGION,
        *,
        versioned: bool = False,
        shared_with: str = "",
    ) -> None:
        """An empty bucket of an account; its policy may let another account in."""
        s3 = s3_backends[account]["aws"]
        bucket = s3.create_bucket(name, region)
        if shared_with:
            statement = {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{shared_with}:root"},
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
            }
            bucket.policy = json.dumps({"Statement": [statement]}).encode()
        if versioned:
            s3.put_bucket_versioning(name, "Enabled")

    def fill_bucket(self, bucket: str, keys: Iterable[str], account: str = STAGING_ACCOUNT) -> None:
        """Many empty objects."""
        for key in keys:
            self.put_object(bucket, key, b"", account)

    def put_object(
        self, bucket: str, key: str, content: bytes, account: str = STAGING_ACCOUNT, *, content_type: str = ""
    ) -> None:
        """An object, as somebody else might have written it: without a checksum."""
        stored = s3_backends[account]["aws"].put_object(bucket, key, content)
        if content_type:
            stored.set_metadata({"Content-Type": content_type})

    def objects(self, bucket: str, account: str = STAGING_ACCOUNT) -> dict[str, bytes]:
        """The content of every object, by key."""
        latest = sorted(s3_backends[account]["aws"].buckets[bucket].keys.items())
        return {name: bytes(each.value) for name, each in latest if isinstance(each, FakeKey)}

    def fail_next_update(
        self, function: str, *, code: str, reason: str, account: str | None = None, region: str | None = None
    ) -> None:
        """Let the next update of the function's code end with LastUpdateStatus Failed; it keeps its old image."""
        self._functions.fail_next_update(Which(function, account, region), Failure(code, reason))

    def leave_pending(self, function: str, *, account: str | None = None, region: str | None = None) -> None:
        """Keep the function's State at Pending."""
        self._functions.leave_pending(Which(function, account, region))

    def never_finish_updates(self, function: str, *, account: str | None = None, region: str | None = None) -> None:
        """Keep LastUpdateStatus at InProgress after the next update."""
        self._functions.never_finish_updates(Which(function, account, region))

    def let_sleep(self, function: str, *, account: str | None = None, region: str | None = None) -> None:
        """Let the function be Inactive, as one is that nobody called for weeks, until its code is updated."""
        self._functions.let_sleep(Which(function, account, region))

    # How it runs

    @property
    def port(self) -> int:
        return int(self._server.get_host_and_port()[1])

    def start(self) -> None:
        log = logging.getLogger("werkzeug")
        self._log_level = log.level
        log.setLevel(logging.ERROR)
        modules = tuple(moto.backends.list_of_moto_modules())  # moto lists its own folder for each request
        self._patches.replace(moto.backends, "list_of_moto_modules", lambda: modules)
        self._functions.start()
        self._buckets.start()
        self._server.start()
        self._server._server.daemon_threads = False  # then its closing waits for the threads that still answer

    def reset(self) -> None:
        self._functions.reset()
        self.issued.clear()
        self._close_clients()
        BackendDict.reset()
        reset_model_data()

    def stop(self) -> None:
        self._close_clients()
        if self._server._thread is not None:
            self._server.stop()
        self._buckets.stop()
        self._functions.stop()
        self._patches.undo()
        BackendDict.reset()
        logging.getLogger("werkzeug").setLevel(self._log_level)

    def _close_clients(self) -> None:
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
