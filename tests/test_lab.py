"""The lab does what it claims, seen through real clients: skopeo, requests, boto3, hvac and git, by real hostnames."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import hvac
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from lab import Delay, DropAfterCommit, DropBeforeRead, Lab, Meet, Request, Status, Truncate, make_image, make_index
from lab.binaries import MissingProgram, require_programs
from lab.names import ARTIFACTORY_PASSWORD, ARTIFACTORY_USER, GITLAB_TOKEN, PRODUCTION_ACCOUNT, STAGING_ACCOUNT
from lab.names import REGION as HOME_REGION
from lab.registries import Registry, free_port

ARTIFACTORY = "https://artifactory.example.com"
VAULT = "https://vault.example.com"
ECR = f"{STAGING_ACCOUNT}.dkr.ecr.{HOME_REGION}.amazonaws.com"
REPOSITORY = "docker-native-local/orders"
LOGIN = (ARTIFACTORY_USER, ARTIFACTORY_PASSWORD)
ECR_LOGIN = ("AWS", f"{STAGING_ACCOUNT}-auth-token")
OCI = {"Accept": "application/vnd.oci.image.manifest.v1+json"}

Aws = Callable[..., Any]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def online(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """This process sees the world as a job does."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "VAULT_", "CI_"))]:
        monkeypatch.delenv(name)
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    return lab


@pytest.fixture
def session(online: Lab) -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def aws(online: Lab) -> Iterator[Aws]:
    """Clients as a job makes them: credentials from Vault's role, no endpoint_url."""
    clients = []

    def connect(service: str, account: str = STAGING_ACCOUNT, region: str = HOME_REGION) -> Any:
        given = online.aws.assume_role(f"arn:aws:iam::{account}:role/job", "job")
        client = boto3.session.Session().client(
            service,
            region_name=region,
            aws_access_key_id=given.access_key,
            aws_secret_access_key=given.secret_key,
            aws_session_token=given.session_token,
            config=Config(retries={"total_max_attempts": 1}),
        )
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def run(online: Lab, tmp_path: Path) -> Run:
    """Run a program as a job would; its HOME is empty."""
    home = tmp_path / "home"
    home.mkdir()

    def run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), **online.environment, **more}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def vault_client(**more: Any) -> hvac.Client:
    return hvac.Client(url=VAULT, token="", **more)


def log_in(lab: Lab) -> hvac.Client:
    variables = lab.job_variables
    client = vault_client()
    client.auth.approle.login(variables["VAULT_ROLE_ID"], variables["VAULT_SECRET_ID"])
    return client


def error_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str, str]:
    answer = error.value.response
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status, answer["Error"]["Code"], answer["Error"].get("Message") or answer.get("message", "")


# The gateway


class UsedUp:
    """A stream that promises ten bytes, and has sent them already."""

    def __len__(self) -> int:
        return 10

    def read(self, size: int = -1) -> bytes:
        return b""


def test_an_unknown_host_is_answered_599_and_remembered_as_a_stranger(online: Lab, session: requests.Session) -> None:
    answer = session.get("https://pypi.example.org/simple/")

    strangers = list(online.gateway.strangers)
    online.gateway.clear()  # or the fixture would complain, rightly
    assert answer.status_code == 599
    assert [Request("GET", "pypi.example.org", "/simple/", 599)] == strangers


def test_plain_http_through_the_proxy_reaches_the_same_systems(online: Lab, session: requests.Session) -> None:
    answer = session.get("http://vault.example.com/v1/sys/health")

    assert answer.status_code == 200
    assert [Request("GET", "vault.example.com", "/v1/sys/health", 200)] == online.gateway.requests


def test_the_port_in_a_url_does_not_matter(online: Lab, session: requests.Session) -> None:
    assert session.get("https://vault.example.com:8200/v1/sys/health").status_code == 200


def test_writes_are_the_requests_that_may_have_changed_something(online: Lab, session: requests.Session) -> None:
    session.get(f"{VAULT}/v1/sys/health")
    session.post(f"{VAULT}/v1/auth/approle/login", json={})
    session.post(f"{ARTIFACTORY}/v2/{REPOSITORY}/blobs/uploads/", auth=LOGIN)

    assert [Request("POST", "vault.example.com", "/v1/auth/approle/login", 400)] == online.gateway.writes("vault")
    assert len(online.gateway.writes()) == 2


def test_a_scripted_status_is_answered_without_reaching_the_system(online: Lab, session: requests.Session) -> None:
    status = Status(429, b"slow down", {"Retry-After": "1"})
    fault = online.gateway.fault(status, method="GET", host="vault", path="/sys/health", times=2)

    answers = [session.get(f"{VAULT}/v1/sys/health") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert (answers[0].text, answers[0].headers["Retry-After"]) == ("slow down", "1")
    assert (fault.hits, online.gateway.unused_faults) == (2, [])


def test_a_fault_only_meets_the_requests_it_is_meant_for(online: Lab, session: requests.Session) -> None:
    fault = online.gateway.fault(method="PUT", host="artifactory", path="/manifests/")

    assert session.get(f"{VAULT}/v1/sys/health").status_code == 200
    assert [fault] == online.gateway.unused_faults


def test_a_request_that_waited_while_the_lab_began_anew_is_forgotten(online: Lab, session: requests.Session) -> None:
    online.gateway.fault(Delay(0.6), host="vault")
    with pytest.raises(requests.exceptions.Timeout):
        session.get(f"{VAULT}/v1/sys/health", timeout=0.2)

    online.reset()
    time.sleep(0.8)

    assert online.gateway.requests == []


def test_a_delay_is_only_a_delay(online: Lab, session: requests.Session) -> None:
    online.gateway.fault(Delay(0.2), host="vault")

    begin = time.monotonic()
    answer = session.get(f"{VAULT}/v1/sys/health")

    assert answer.status_code == 200
    assert time.monotonic() - begin >= 0.2


def test_requests_that_are_to_meet_wait_for_each_other(online: Lab) -> None:
    online.gateway.fault(Meet(), host="vault", times=2)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(requests.get, f"{VAULT}/v1/sys/health")
        with pytest.raises(TimeoutError):
            first.result(timeout=0.2)
        assert online.gateway.requests == []

        second = pool.submit(requests.get, f"{VAULT}/v1/sys/health")

        assert [first.result().status_code, second.result().status_code] == [200, 200]


def test_a_request_that_nobody_meets_goes_on_alone_after_a_while(online: Lab, session: requests.Session) -> None:
    online.gateway.fault(Meet(seconds=0.1), host="vault", times=2)

    assert [session.get(f"{VAULT}/v1/sys/health").status_code for _ in range(2)] == [200, 200]


def test_a_connection_dropped_before_read_changes_nothing(online: Lab, session: requests.Session) -> None:
    online.gateway.fault(DropBeforeRead(), method="POST", host="vault", path="/login")

    with pytest.raises(requests.ConnectionError):
        session.post(f"{VAULT}/v1/auth/approle/login", json=login_body(online))

    assert online.vault.tokens == []
    assert [Request("POST", "vault.example.com", "/v1/auth/approle/login", 0)] == online.gateway.requests


def test_a_connection_dropped_after_commit_has_changed_everything(online: Lab, session: requests.Session) -> None:
    online.gateway.fault(DropAfterCommit(), method="POST", host="vault", path="/login")

    with pytest.raises(requests.ConnectionError):
        session.post(f"{VAULT}/v1/auth/approle/login", json=login_body(online))

    assert len(online.vault.tokens) == 1
    assert [Request("POST", "vault.example.com", "/v1/auth/approle/login", 200)] == online.gateway.requests


def test_a_truncated_answer_promises_more_than_it_gives(online: Lab, session: requests.Session) -> None:
    image = make_image("orders", layer_size=100_000)
    online.artifactory.push(image, REPOSITORY, "1.0.0")
    layer = image.blobs[-1]
    online.gateway.fault(Truncate(1000), method="GET", path="/blobs/")

    with session.get(f"{ARTIFACTORY}/v2/{REPOSITORY}/blobs/{layer.digest}", auth=LOGIN, stream=True) as answer:
        content = answer.raw.read(1000)
        with pytest.raises(Exception, match=r"1000 bytes read|IncompleteRead"):
            answer.raw.read(decode_content=False)

    assert layer.content[:1000] == content
    assert str(len(layer.content)) == answer.headers["Content-Length"]


def test_a_fault_can_be_meant_for_one_aws_action(online: Lab, aws: Aws) -> None:
    throttled = Status(400, b'{"__type": "ThrottlingException", "message": "Rate exceeded"}')
    online.gateway.fault(throttled, host=r"api\.ecr", target=r"\.DescribeRepositories$")
    online.gateway.fault(Status(503), target="^AssumeRole$")

    assert aws("sts").get_caller_identity()["Account"] == STAGING_ACCOUNT
    assert aws("ecr").get_authorization_token()["authorizationData"]
    with pytest.raises(ClientError, match="Rate exceeded"):
        aws("ecr").describe_repositories()
    with pytest.raises(ClientError, match="503"):
        aws("sts").assume_role(RoleArn=f"arn:aws:iam::{STAGING_ACCOUNT}:role/x", RoleSessionName="job")


def test_a_large_layer_passes_in_both_directions_in_little_memory(online: Lab, run: Run, tmp_path: Path) -> None:
    size = 100 * 1024 * 1024
    online.artifactory.push(make_image("big", layer_size=size), REPOSITORY, "big")
    online.ecr.create_repository("orders")
    before = resident_bytes()

    begin = time.monotonic()
    done = copy_image(run, f"{ARTIFACTORY}/{REPOSITORY}:big", f"https://{ECR}/orders:big")

    assert done.returncode == 0, done.stderr
    assert 2 * size / (time.monotonic() - begin) > 50 * 1024 * 1024  # bytes a second; ten times that when idle
    assert resident_bytes() - before < 50 * 1024 * 1024


def test_a_client_may_ask_before_it_sends_and_may_send_in_chunks(online: Lab, run: Run, tmp_path: Path) -> None:
    (tmp_path / "login.json").write_text(json.dumps(login_body(online)))
    url = f"{VAULT}/v1/auth/approle/login"
    ways = ("Expect: 100-continue", "Transfer-Encoding: chunked")

    for header in ways:
        done = run("curl", "-sS", "-o", "answer", "-w", "%{http_code}", "-H", header, "-d", "@login.json", url)
        assert (done.stdout, done.stderr) == ("200", "")

    assert len(online.vault.tokens) == 2


def test_a_request_that_never_ends_is_remembered_and_is_the_last_one(
    online: Lab, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online.gateway, "patience", 0.2)
    path = f"/v2/{REPOSITORY}/blobs/uploads/x"

    with pytest.raises(requests.ConnectionError):
        session.put(f"{ARTIFACTORY}{path}", data=UsedUp())
    with pytest.raises(requests.ConnectionError):
        session.get(f"{VAULT}/v1/sys/health")

    unfinished = list(online.gateway.unfinished)
    online.gateway.clear()  # or the fixture would complain, rightly
    assert [Request("PUT", "artifactory.example.com", path, 0)] == unfinished


def test_an_answer_that_comes_before_the_body_is_read_is_passed_on(online: Lab, session: requests.Session) -> None:
    body = bytes(50 * 1024 * 1024)

    refused = session.put(f"{ARTIFACTORY}/v2/{REPOSITORY}/blobs/uploads/x", data=body)
    missing = session.put(f"https://{ECR}/v2/orders/manifests/1", data=body, auth=ECR_LOGIN)

    assert (refused.status_code, missing.status_code) == (401, 404)


def test_many_jobs_at_once_each_get_their_answer(online: Lab) -> None:
    image = make_image("orders", layers=5, layer_size=50_000)
    online.artifactory.push(image, REPOSITORY, "1.0.0")
    urls = [f"{ARTIFACTORY}/v2/{REPOSITORY}/blobs/{blob.digest}" for blob in image.blobs] * 20

    def fetch(url: str) -> bytes:
        return requests.get(url, auth=LOGIN).content

    with ThreadPoolExecutor(16) as pool:
        contents = list(pool.map(fetch, urls))

    assert contents == [blob.content for blob in image.blobs] * 20


# Artifactory


def test_the_registry_asks_for_the_password(online: Lab, session: requests.Session) -> None:
    online.artifactory.push(make_image("orders"), REPOSITORY, "1.0.0")
    url = f"{ARTIFACTORY}/v2/{REPOSITORY}/manifests/1.0.0"

    anonymous = session.get(url, headers=OCI)
    wrong = session.get(url, headers=OCI, auth=("ci", "wrong"))
    right = session.get(url, headers=OCI, auth=LOGIN)

    assert [anonymous.status_code, wrong.status_code, right.status_code] == [401, 401, 200]
    assert anonymous.headers["WWW-Authenticate"] == 'Basic realm="Artifactory Realm"'


def test_the_same_name_makes_the_same_image() -> None:
    assert make_image("orders", layers=3) == make_image("orders", layers=3)
    assert make_image("orders").digest != make_image("billing").digest
    assert make_image("orders").digest != make_image("orders", architecture="arm64").digest


@pytest.mark.parametrize("form", ["oci", "docker"])
def test_skopeo_copies_an_image_from_artifactory_to_ecr(online: Lab, run: Run, form: Any) -> None:
    image = make_image("orders", layers=3, format=form)
    online.artifactory.push(image, REPOSITORY, "1.0.0")
    online.ecr.create_repository("team/orders", immutable=True)

    done = copy_image(run, f"{ARTIFACTORY}/{REPOSITORY}:1.0.0", f"https://{ECR}/team/orders:orders-1.0.0")

    assert done.returncode == 0, done.stderr
    assert image.digest == online.ecr.digest("team/orders", "orders-1.0.0")
    assert online.ecr.tags("team/orders") == ["orders-1.0.0"]


def test_skopeo_reads_docker_auth_config(online: Lab, run: Run, tmp_path: Path) -> None:
    online.artifactory.push(make_image("orders"), REPOSITORY, "1.0.0")
    (tmp_path / "auth.json").write_text(online.job_variables["DOCKER_AUTH_CONFIG"])

    done = run("skopeo", "inspect", "--authfile=auth.json", f"docker://artifactory.example.com/{REPOSITORY}:1.0.0")

    assert done.returncode == 0, done.stderr
    assert make_image("orders").digest == json.loads(done.stdout)["Digest"]


def test_an_index_holds_both_platforms_and_an_attestation(online: Lab, session: requests.Session) -> None:
    amd64, arm64 = make_image("orders"), make_image("orders", architecture="arm64")
    index = make_index([amd64, arm64])
    online.artifactory.push(index, REPOSITORY, "1.0.0")

    accept = {"Accept": "application/vnd.oci.image.index.v1+json"}
    answer = session.get(f"{ARTIFACTORY}/v2/{REPOSITORY}/manifests/1.0.0", headers=accept, auth=LOGIN)

    platforms = [(entry["platform"]["architecture"], entry["digest"]) for entry in answer.json()["manifests"]]
    assert [("amd64", amd64.digest), ("arm64", arm64.digest)] == platforms[:2]
    assert platforms[2][0] == "unknown"
    assert index.digest == answer.headers["Docker-Content-Digest"]


def test_a_deleted_image_is_gone(online: Lab) -> None:
    online.artifactory.push(make_image("orders"), REPOSITORY, "1.0.0")

    online.artifactory.delete(REPOSITORY, "1.0.0")

    assert online.artifactory.digest(REPOSITORY, "1.0.0") is None
    assert online.artifactory.tags("docker-native-local/never-pushed") == []


# ECR


def test_the_token_of_the_api_opens_the_registry(online: Lab, aws: Aws, session: requests.Session) -> None:
    data = aws("ecr").get_authorization_token()["authorizationData"][0]

    with_token = session.get(f"https://{ECR}/v2/", headers={"Authorization": f"Basic {data['authorizationToken']}"})
    without = session.get(f"https://{ECR}/v2/")

    assert f"https://{ECR}" == data["proxyEndpoint"]
    assert timedelta(hours=11.9) < data["expiresAt"] - datetime.now(UTC) <= timedelta(hours=12)
    assert (with_token.status_code, without.status_code) == (200, 401)
    assert f'Basic realm="https://{ECR}/",service="ecr.amazonaws.com"' == without.headers["WWW-Authenticate"]


def test_a_push_to_a_repository_that_does_not_exist_is_refused(online: Lab, session: requests.Session) -> None:
    answer = session.post(f"https://{ECR}/v2/orders/blobs/uploads/", auth=ECR_LOGIN)

    text = f"The repository with name 'orders' does not exist in the registry with id '{STAGING_ACCOUNT}'"
    assert answer.status_code == 404
    assert {"errors": [{"code": "NAME_UNKNOWN", "message": text}]} == answer.json()


def test_a_tag_in_an_immutable_repository_cannot_be_overwritten(online: Lab, session: requests.Session) -> None:
    image = make_image("orders")
    online.ecr.create_repository("orders", immutable=True)
    online.ecr.push(image, "orders", "orders-1.0.0")
    content = {"Content-Type": image.media_type}

    url = f"https://{ECR}/v2/orders/manifests/orders-1.0.0"
    answer = session.put(url, data=image.manifest, headers=content, auth=ECR_LOGIN)

    text = "The image tag 'orders-1.0.0' already exists in the 'orders' repository "
    text += "and cannot be overwritten because the repository is immutable."
    assert answer.status_code == 400
    assert {"errors": [{"code": "TAG_INVALID", "message": text}]} == answer.json()


def test_a_tag_in_a_mutable_repository_moves(online: Lab, session: requests.Session) -> None:
    first, second = make_image("first"), make_image("second")
    online.ecr.push(first, "orders", "latest")
    online.ecr.push(second, "orders", "other")

    url = f"https://{ECR}/v2/orders/manifests/latest"
    session.put(url, data=second.manifest, headers={"Content-Type": second.media_type}, auth=ECR_LOGIN)

    assert second.digest == online.ecr.digest("orders", "latest")
    assert second.digest == session.head(url, headers=OCI, auth=ECR_LOGIN).headers["Docker-Content-Digest"]
    assert session.get(f"https://{ECR}/v2/orders/tags/list", auth=ECR_LOGIN).json()["tags"] == ["latest", "other"]


def test_accounts_and_regions_have_registries_of_their_own(online: Lab, session: requests.Session) -> None:
    online.ecr.push(make_image("orders"), "orders", "1")
    online.ecr.create_repository("orders", region="us-east-1")
    online.ecr.create_repository("orders", account=PRODUCTION_ACCOUNT)
    hosts = (ECR, ECR.replace(HOME_REGION, "us-east-1"), ECR.replace(STAGING_ACCOUNT, PRODUCTION_ACCOUNT))

    urls = [f"https://{host}/v2/orders/manifests/1" for host in hosts]

    assert [session.get(url, headers=OCI, auth=ECR_LOGIN).status_code for url in urls] == [200, 404, 404]


def test_the_api_and_the_registry_tell_the_same_story(online: Lab, aws: Aws, session: requests.Session) -> None:
    image = make_image("orders")
    online.ecr.push(image, "orders", "1")
    ecr = aws("ecr")

    found = ecr.batch_get_image(repositoryName="orders", imageIds=[{"imageTag": "1"}, {"imageTag": "2"}])
    ecr.put_image(
        repositoryName="orders",
        imageManifest=found["images"][0]["imageManifest"],
        imageManifestMediaType=image.media_type,
        imageTag="2",
    )
    answer = session.get(f"https://{ECR}/v2/orders/manifests/2", headers=OCI, auth=ECR_LOGIN)
    ecr.batch_delete_image(repositoryName="orders", imageIds=[{"imageTag": "1"}])
    deleted = session.get(f"https://{ECR}/v2/orders/manifests/1", headers=OCI, auth=ECR_LOGIN)

    assert image.manifest == found["images"][0]["imageManifest"].encode() == answer.content
    assert [(f["imageId"], f["failureCode"]) for f in found["failures"]] == [({"imageTag": "2"}, "ImageNotFound")]
    assert (deleted.status_code, deleted.json()["errors"][0]["code"]) == (404, "MANIFEST_UNKNOWN")


def test_the_api_refuses_what_ecr_refuses(online: Lab, aws: Aws) -> None:
    image = make_image("orders")
    online.ecr.create_repository("orders", immutable=True)
    online.ecr.push(image, "orders", "1")
    given = {"imageManifest": image.manifest.decode(), "imageManifestMediaType": image.media_type}
    unpushed = {**given, "imageManifest": make_image("billing").manifest.decode()}

    codes = []
    for arguments in (
        {"repositoryName": "orders", "imageTag": "1", **given},
        {"repositoryName": "orders", "imageTag": "2", "imageDigest": "sha256:" + "0" * 64, **given},
        {"repositoryName": "orders", "imageTag": "2", **unpushed},
        {"repositoryName": "billing", "imageTag": "1", **given},
    ):
        with pytest.raises(ClientError) as refused:
            aws("ecr").put_image(**arguments)
        codes.append(error_of(refused)[:2])

    assert codes == [
        (400, "ImageTagAlreadyExistsException"),
        (400, "ImageDigestDoesNotMatchException"),
        (400, "LayersNotFoundException"),
        (400, "RepositoryNotFoundException"),
    ]


def test_another_account_reads_a_registry_by_its_id(online: Lab, aws: Aws) -> None:
    online.ecr.push(make_image("orders"), "orders", "1")

    production = aws("ecr", PRODUCTION_ACCOUNT)
    found = production.describe_images(registryId=STAGING_ACCOUNT, repositoryName="orders")

    assert [make_image("orders").digest] == [image["imageDigest"] for image in found["imageDetails"]]


@pytest.mark.parametrize(("is_enabled", "status"), [(False, 202), (True, 201)])
def test_layers_are_mounted_only_where_the_account_allows_it(
    online: Lab, session: requests.Session, is_enabled: bool, status: int
) -> None:
    image = make_image("orders")
    online.ecr.push(image, "orders", "1")
    online.ecr.create_repository("billing")
    online.ecr.blob_mounting = is_enabled

    query = {"mount": image.blobs[-1].digest, "from": "orders"}
    answer = session.post(f"https://{ECR}/v2/billing/blobs/uploads/", params=query, auth=ECR_LOGIN)

    assert status == answer.status_code
    assert answer.headers["Location"].startswith(f"https://{ECR}/v2/billing/blobs/")


# STS and Lambda


def test_a_role_acts_in_its_own_account(aws: Aws) -> None:
    identity = aws("sts", PRODUCTION_ACCOUNT).get_caller_identity()

    assert identity["Account"] == PRODUCTION_ACCOUNT
    assert f"arn:aws:sts::{PRODUCTION_ACCOUNT}:assumed-role/job/job" == identity["Arn"]


@pytest.fixture
def function(online: Lab) -> str:
    """A function "orders" that runs version 1, with version 2 ready in ECR; the repository's URI."""
    uri = online.ecr.push(make_image("orders 1"), "team/orders", "1")
    online.ecr.push(make_image("orders 2"), "team/orders", "2")
    online.aws.create_function(STAGING_ACCOUNT, HOME_REGION, "orders", uri)
    return uri.removesuffix(":1")


def test_an_update_takes_time_and_then_runs_the_image(online: Lab, aws: Aws, function: str) -> None:
    client = aws("lambda")

    updated = client.update_function_code(FunctionName="orders", ImageUri=f"{function}:2")
    client.get_waiter("function_updated_v2").wait(FunctionName="orders", WaiterConfig={"Delay": 1})

    found = client.get_function(FunctionName="orders")
    digest = make_image("orders 2").digest
    assert updated["LastUpdateStatus"] == "InProgress"
    assert found["Configuration"]["LastUpdateStatus"] == "Successful"
    assert digest == f"sha256:{found['Configuration']['CodeSha256']}"
    assert f"{function}@{digest}" == found["Code"]["ResolvedImageUri"]
    assert digest == online.aws.function(STAGING_ACCOUNT, HOME_REGION, "orders").image_digest


def test_a_second_update_while_the_first_runs_is_a_conflict(online: Lab, aws: Aws, function: str) -> None:
    online.aws.update_seconds = 30
    aws("lambda").update_function_code(FunctionName="orders", ImageUri=f"{function}:2")

    with pytest.raises(ClientError) as refused:
        aws("lambda").update_function_code(FunctionName="orders", ImageUri=f"{function}:1")

    arn = f"arn:aws:lambda:{HOME_REGION}:{STAGING_ACCOUNT}:function:orders"
    text = f"The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    assert (409, "ResourceConflictException", text) == error_of(refused)


def test_a_stale_revision_is_refused(online: Lab, aws: Aws, function: str) -> None:
    online.aws.update_seconds = 0
    client = aws("lambda")
    revision = client.get_function(FunctionName="orders")["Configuration"]["RevisionId"]

    client.update_function_code(FunctionName="orders", ImageUri=f"{function}:2", RevisionId=revision)
    with pytest.raises(ClientError) as refused:
        client.update_function_code(FunctionName="orders", ImageUri=f"{function}:1", RevisionId=revision)

    assert error_of(refused)[:2] == (412, "PreconditionFailedException")


def test_the_revision_changes_again_when_the_update_is_done(online: Lab, aws: Aws, function: str) -> None:
    client = aws("lambda")

    during = client.update_function_code(FunctionName="orders", ImageUri=f"{function}:2")["RevisionId"]
    time.sleep(online.aws.update_seconds)

    assert during != client.get_function(FunctionName="orders")["Configuration"]["RevisionId"]


def test_lambda_takes_no_image_that_is_not_there_or_not_for_one_platform(online: Lab, aws: Aws, function: str) -> None:
    index = make_index([make_image("orders"), make_image("orders", architecture="arm64")])
    online.ecr.push(index, "team/orders", "index")
    elsewhere = function.replace(HOME_REGION, "us-east-1")
    ways = {
        f"{function}:3": f"Source image {function}:3 does not exist. Provide a valid source image.",
        f"{elsewhere}:1": f"Source image {elsewhere}:1 is not valid. Provide a valid source image.",
        f"{function}:index": "The image manifest, config or layer media type for the source image "
        f"{function}:index is not supported.",
    }

    for uri, text in ways.items():
        for is_dry_run in (True, False):
            with pytest.raises(ClientError) as refused:
                aws("lambda").update_function_code(FunctionName="orders", ImageUri=uri, DryRun=is_dry_run)
            assert (400, "InvalidParameterValueException", text) == error_of(refused)

    assert f"{function}:1" == online.aws.function(STAGING_ACCOUNT, HOME_REGION, "orders").image_uri


def test_a_scripted_failure_leaves_the_old_image_running(online: Lab, aws: Aws, function: str) -> None:
    online.aws.fail_next_update("orders", code="ImageAccessDenied", reason="Lambda cannot read the image.")

    aws("lambda").update_function_code(FunctionName="orders", ImageUri=f"{function}:2")
    time.sleep(online.aws.update_seconds)

    found = aws("lambda").get_function(FunctionName="orders")["Configuration"]
    assert found["LastUpdateStatus"] == "Failed"
    assert found["LastUpdateStatusReasonCode"] == "ImageAccessDenied"
    assert found["LastUpdateStatusReason"] == "Lambda cannot read the image."
    assert make_image("orders 1").digest == online.aws.function(STAGING_ACCOUNT, HOME_REGION, "orders").image_digest


def test_after_a_failure_the_next_update_succeeds(online: Lab, aws: Aws, function: str) -> None:
    online.aws.update_seconds = 0
    online.aws.fail_next_update("orders", code="InternalError", reason="Try again.", region=HOME_REGION)

    for _ in range(2):
        aws("lambda").update_function_code(FunctionName="orders", ImageUri=f"{function}:2")

    assert online.aws.function(STAGING_ACCOUNT, HOME_REGION, "orders").last_update_status == "Successful"


def test_a_function_can_stay_pending_and_an_update_can_never_end(online: Lab, aws: Aws, function: str) -> None:
    online.aws.create_function(STAGING_ACCOUNT, HOME_REGION, "billing", f"{function}:1")
    online.aws.leave_pending("orders")
    online.aws.never_finish_updates("billing")
    online.aws.update_seconds = 0

    aws("lambda").update_function_code(FunctionName="billing", ImageUri=f"{function}:2")
    with pytest.raises(ClientError) as refused:
        aws("lambda").update_function_code(FunctionName="orders", ImageUri=f"{function}:2")

    assert online.aws.function(STAGING_ACCOUNT, HOME_REGION, "orders").state == "Pending"
    assert online.aws.function(STAGING_ACCOUNT, HOME_REGION, "billing").last_update_status == "InProgress"
    assert error_of(refused)[:2] == (409, "ResourceConflictException")


def test_a_function_of_another_account_may_run_an_image_of_this_one(online: Lab) -> None:
    uri = online.ecr.push(make_image("orders"), "orders", "1")

    online.aws.create_function(PRODUCTION_ACCOUNT, HOME_REGION, "orders", uri, architecture="arm64")

    found = online.aws.function(PRODUCTION_ACCOUNT, HOME_REGION, "orders")
    assert (uri, "arm64", "Active") == (found.image_uri, found.architecture, found.state)


def test_s3_keeps_what_it_is_given(aws: Aws) -> None:
    client = aws("s3")
    client.create_bucket(Bucket="native-config-staging", CreateBucketConfiguration={"LocationConstraint": HOME_REGION})

    client.put_object(Bucket="native-config-staging", Key="a/b.json", Body=b"{}")

    with client.get_object(Bucket="native-config-staging", Key="a/b.json")["Body"] as body:
        assert body.read() == b"{}"


def test_s3_refuses_what_is_another_accounts_in_another_region_or_broken_on_the_way(online: Lab, aws: Aws) -> None:
    online.aws.create_bucket("config-eu")
    online.aws.create_bucket("config-prod", account=PRODUCTION_ACCOUNT)
    online.aws.create_bucket("config-us", region="us-east-1")
    client = aws("s3")

    def code_of(**given: str) -> str:
        with pytest.raises(ClientError) as caught:
            client.put_object(**{"Bucket": "config-eu", "Key": "a", "Body": b"{}", **given})
        return str(caught.value.response["Error"]["Code"])

    assert code_of(Bucket="config-prod") == "AccessDenied"
    assert code_of(ExpectedBucketOwner=PRODUCTION_ACCOUNT) == "AccessDenied"
    assert code_of(ChecksumAlgorithm="SHA256", ChecksumSHA256="A" * 43 + "=") == "BadDigest"
    assert client.head_bucket(Bucket="config-us")["BucketRegion"] == "us-east-1"
    assert online.aws.objects("config-eu") == {}


def test_of_many_conditional_writes_at_once_s3_takes_one(online: Lab, aws: Aws) -> None:
    online.aws.create_bucket("config-eu")
    client = aws("s3")

    def write(number: int) -> str:
        try:
            client.put_object(Bucket="config-eu", Key="a", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(write, range(8)))

    assert sorted(answers) == ["PreconditionFailed"] * 7 + ["taken"]
    assert online.aws.objects("config-eu") == {"a": str(answers.index("taken")).encode()}


# Vault


def test_vault_hands_out_credentials_of_the_account_of_the_role(online: Lab) -> None:
    client = log_in(online)

    given = client.secrets.aws.generate_credentials("lambda-prod", endpoint="sts", ttl="15m")

    data = given["data"]
    sts = boto3.session.Session().client(
        "sts", HOME_REGION, None, True, None, None, data["access_key"], data["secret_key"], data["security_token"]
    )
    identity = sts.get_caller_identity()
    sts.close()
    assert (PRODUCTION_ACCOUNT, data["arn"]) == (identity["Account"], identity["Arn"])
    assert (900, data["session_token"]) == (given["lease_duration"], data["security_token"])


def test_both_paths_of_the_aws_engine_take_get_and_post(online: Lab, session: requests.Session) -> None:
    headers = {"X-Vault-Token": log_in(online).token}

    answers = [
        session.request(method, f"{VAULT}/v1/aws/{kind}/lambda-staging", headers=headers)
        for method in ("GET", "POST", "PUT")
        for kind in ("sts", "creds")
    ]

    assert [answer.status_code for answer in answers] == [200] * 6


def test_the_granted_time_is_capped_by_the_role(online: Lab) -> None:
    online.vault.aws_role("short", f"arn:aws:iam::{STAGING_ACCOUNT}:role/x", max_seconds=1800)

    given = log_in(online).secrets.aws.generate_credentials("short", endpoint="sts", ttl="12h")

    assert given["lease_duration"] == 1800


def test_a_role_may_have_no_lease_and_another_name_for_the_token(online: Lab) -> None:
    arn = f"arn:aws:iam::{STAGING_ACCOUNT}:role/x"
    online.vault.aws_role("new", arn, has_lease=False, token_fields=["session_token"])

    given = log_in(online).secrets.aws.generate_credentials("new", endpoint="sts")

    assert (given["lease_id"], given["lease_duration"], given["data"]["ttl"]) == ("", 0, 3600)
    assert given["data"]["security_token"] is None


def test_a_secret_id_can_be_used_up(online: Lab) -> None:
    online.vault.approle(role_id="once", secret_id="s", uses=1)

    vault_client().auth.approle.login("once", "s")
    with pytest.raises(hvac.exceptions.InvalidRequest) as refused:
        vault_client().auth.approle.login("once", "s")

    assert refused.value.errors == ["invalid role or secret ID"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"secret_id": "s"}, "missing role_id"),
        ({"role_id": "r"}, "missing secret_id"),
        ({"role_id": "r", "secret_id": "s"}, "invalid role or secret ID"),
    ],
)
def test_a_bad_approle_login_is_told_as_vault_tells_it(
    online: Lab, session: requests.Session, body: Mapping[str, str], text: str
) -> None:
    answer = session.post(f"{VAULT}/v1/auth/approle/login", json=body)

    assert (400, {"errors": [text]}) == (answer.status_code, answer.json())


def test_a_jwt_logs_in_when_role_signature_and_audience_fit(online: Lab) -> None:
    online.vault.jwt_role("deploy", policies=["deploy"])
    ways = {
        ("deploy", online.vault.issue_jwt() + "0"): "error validating token: error verifying token signature: "
        "no known key successfully validated the token signature",
        ("deploy", online.vault.issue_jwt("https://other.example.com")): "error validating token: "
        "invalid audience (aud) claim: audience claim does not match any bound audience",
        ("deploy", online.vault.issue_jwt(exp=1)): "error validating token: Token is expired",
        ("nobody", online.vault.issue_jwt()): 'role "nobody" could not be found',
    }

    texts = []
    for role, jwt in ways:
        with pytest.raises(hvac.exceptions.InvalidRequest) as refused:
            vault_client().auth.jwt.jwt_login(role, jwt)
        texts.extend(refused.value.errors)
    vault_client().auth.jwt.jwt_login("deploy", online.vault.issue_jwt())

    assert list(ways.values()) == texts
    assert [token.policies for token in online.vault.tokens] == [("default", "deploy")]


def test_a_token_without_the_policy_is_denied(online: Lab) -> None:
    online.vault.approle(role_id="reader", secret_id="s", policies=["reader"])
    online.vault.policy("reader", {"aws/sts/lambda-staging": ["read"]})
    client = vault_client()
    client.auth.approle.login("reader", "s")

    client.read("aws/sts/lambda-staging")
    with pytest.raises(hvac.exceptions.Forbidden, match="permission denied"):
        client.write_data("aws/sts/lambda-staging", data={})
    with pytest.raises(hvac.exceptions.Forbidden, match="permission denied"):
        client.read("aws/sts/lambda-prod")


def test_missing_things_are_told_as_vault_tells_them(online: Lab, session: requests.Session) -> None:
    online.vault.aws_role("untrusted", f"arn:aws:iam::{STAGING_ACCOUNT}:role/x", is_trusted=False)
    online.vault.aws_role("several", [f"arn:aws:iam::{STAGING_ACCOUNT}:role/{name}" for name in "xy"])
    headers = {"X-Vault-Token": log_in(online).token}

    def ask(path: str) -> tuple[int, str]:
        answer = session.post(f"{VAULT}/v1/{path}", headers=headers)
        return answer.status_code, answer.json()["errors"][0]

    assert ask("aws/sts/nobody") == (400, 'Role "nobody" not found')
    assert ask("aws/sts/several") == (400, "did not supply a role_arn parameter and unable to determine one")
    assert ask("cloud/sts/x") == (404, 'no handler for route "cloud/sts/x". route entry not found.')
    assert ask("auth/ldap/login") == (404, 'no handler for route "auth/ldap/login". route entry not found.')
    status, text = ask("aws/sts/untrusted")
    assert status == 400
    assert text.startswith("Error assuming role: AccessDenied: User: arn:aws:iam::999988887777:user/vault is not ")
    assert f"sts:AssumeRole on resource: arn:aws:iam::{STAGING_ACCOUNT}:role/x" in text


def test_tokens_are_live_until_they_are_revoked(online: Lab) -> None:
    client = log_in(online)

    assert client.is_authenticated()
    assert [client.token] == [token.value for token in online.vault.tokens]
    client.auth.token.revoke_self()
    assert online.vault.tokens == []
    assert not client.is_authenticated()


def test_every_request_must_name_the_namespace(online: Lab) -> None:
    online.vault.namespace = "team/platform"
    variables = online.job_variables

    vault_client(namespace="team/platform/").auth.approle.login(
        variables["VAULT_ROLE_ID"], variables["VAULT_SECRET_ID"]
    )
    with pytest.raises(hvac.exceptions.InvalidPath, match="no handler for route"):
        vault_client().auth.approle.login(variables["VAULT_ROLE_ID"], variables["VAULT_SECRET_ID"])


def test_a_wrapped_secret_unwraps_once(online: Lab) -> None:
    token = online.vault.wrap({"secret_id": "hidden"})

    first = vault_client().sys.unwrap(token)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="wrapping token is not valid or does not exist"):
        vault_client().sys.unwrap(token)

    assert first["data"]["secret_id"] == "hidden"


def test_a_sealed_vault_says_so(online: Lab) -> None:
    online.vault.sealed = True

    with pytest.raises(hvac.exceptions.VaultDown, match="Vault is sealed"):
        log_in(online)
    assert vault_client().sys.read_health_status(method="GET").status_code == 503


# The git host


@pytest.fixture
def project(online: Lab, tmp_path: Path) -> str:
    """A project with one file on main; its URL."""
    source = tmp_path / "source"
    (source / "jobs").mkdir(parents=True)
    (source / "jobs" / "build.yml").write_text("build: {script: make}\n")
    online.git_host.create("platform/pipelines", source)
    return online.git_host.url("platform/pipelines")


def test_anyone_may_clone_with_or_without_port_and_ending(run: Run, project: str, tmp_path: Path) -> None:
    with_port = project.replace(".com/", ".com:443/").removesuffix(".git")

    for url, arguments in ((project, []), (with_port, ["--depth=1", "--filter=blob:none"])):
        done = run("git", "clone", "--quiet", *arguments, url, "clone")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "clone" / "jobs" / "build.yml").read_text() == "build: {script: make}\n"
        shutil.rmtree(tmp_path / "clone")


def test_a_push_needs_the_token_and_may_have_push_options(online: Lab, run: Run, project: str) -> None:
    run("git", "clone", "--quiet", project, "clone")
    run("git", "-C", "clone", "tag", "v1")
    with_token = project.replace("https://", f"https://oauth2:{GITLAB_TOKEN}@")

    refused = run("git", "-C", "clone", "push", project, "v1", GIT_TERMINAL_PROMPT="0")
    pushed = run("git", "-C", "clone", "push", "--push-option=ci.skip", with_token, "v1")

    assert refused.returncode == 128
    assert pushed.returncode == 0, pushed.stderr
    assert online.git_host.tags("platform/pipelines") == ["v1"]


def test_a_private_project_needs_the_token_to_be_read(online: Lab, run: Run, project: str) -> None:
    online.git_host.anonymous_fetch = False

    refused = run("git", "ls-remote", project, GIT_TERMINAL_PROMPT="0")
    allowed = run("git", "ls-remote", project.replace("https://", f"https://ci:{GITLAB_TOKEN}@"))

    assert (refused.returncode, allowed.returncode) == (128, 0)


def test_a_project_that_does_not_exist_is_not_found(online: Lab, run: Run) -> None:
    done = run("git", "ls-remote", online.git_host.url("platform/nothing"))

    assert done.returncode == 128
    assert "not found" in done.stderr


def test_a_large_push_passes(online: Lab, run: Run, project: str, tmp_path: Path) -> None:
    run("git", "clone", "--quiet", project, "clone")
    (tmp_path / "clone" / "big").write_bytes(os.urandom(3_000_000))  # git sends more than 1 MiB in chunks
    run("git", "-C", "clone", "add", "big")
    run("git", "-C", "clone", "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "feat: big")

    done = run("git", "-C", "clone", "push", project.replace("https://", f"https://ci:{GITLAB_TOKEN}@"), "HEAD:main")

    assert done.returncode == 0, done.stderr
    assert online.git_host.git("platform/pipelines", "rev-list", "--count", "main") == "2\n"


# The lab as a whole


def test_a_reset_makes_everything_as_new(online: Lab, session: requests.Session) -> None:
    image = make_image("orders")
    online.artifactory.push(image, REPOSITORY, "1")
    uri = online.ecr.push(image, "orders", "1")
    online.aws.create_function(STAGING_ACCOUNT, HOME_REGION, "orders", uri)
    online.git_host.create("team/orders")
    online.gateway.fault(host="vault", times=9)
    online.dashboard.deployments["key"] = {}

    begin = time.monotonic()
    online.reset()
    seconds = time.monotonic() - begin

    online.ecr.create_repository("orders")
    blob = f"/v2/orders/blobs/{image.blobs[-1].digest}"
    assert seconds < 0.3
    assert online.gateway.requests == []
    assert online.dashboard.deployments == {}
    assert online.artifactory.digest(REPOSITORY, "1") is None
    assert session.head(f"https://{ECR}{blob}", auth=ECR_LOGIN).status_code == 404
    assert online.aws.client("lambda").list_functions()["Functions"] == []
    assert not online.git_host.path("team/orders").exists()
    assert session.get(f"{VAULT}/v1/sys/health").status_code == 200
    assert online.artifactory.push(image, REPOSITORY, "1")


def test_the_environment_is_the_proxy_and_the_authority_and_nothing_else(lab: Lab) -> None:
    proxies = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"}
    authorities = {
        "AWS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
    }
    secrets = {
        "ARTIFACTORY_PASS",
        "ARTIFACTORY_USER",
        "DOCKER_AUTH_CONFIG",
        "VAULT_ROLE_ID",
        "VAULT_SECRET_ID",
        "VERSIONING_TOKEN",
        "JIRA_API_TOKEN",
        "JIRA_USER",
        "VERSION_DASHBOARD_TOKEN",
    }

    assert proxies | authorities == set(lab.environment)
    assert secrets == set(lab.job_variables)


def test_nothing_is_left_after_the_lab_is_stopped(tmp_path: Path) -> None:
    script = """
import os, threading
from lab import Lab
with Lab() as lab:
    folder, ports = lab.folder, [lab.aws.port, lab.vault.port, lab.git_host.port, lab.artifactory.registry.port]
    lab.aws.client("sts").get_caller_identity()
print(threading.active_count(), folder.exists(), *ports)
os.waitpid(-1, os.WNOHANG)
"""
    tests = str(Path(__file__).parent)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": tests, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-X", "dev", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    threads, folder_exists, *ports = done.stdout.split()
    assert "ChildProcessError" in done.stderr  # from waitpid: no child is left, not even as a zombie
    assert "ResourceWarning" not in done.stderr
    assert (threads, folder_exists) == ("1", "False")
    assert [port for port in ports if is_listening(int(port))] == []
    assert list(tmp_path.iterdir()) == []


def test_the_registries_die_with_a_lab_that_is_killed(tmp_path: Path) -> None:
    script = """
import os, signal
from lab import Lab
lab = Lab()
lab.start()
print(lab.artifactory.registry.port, lab.ecr.registry.port, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(tmp_path)}

    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)

    deadline = time.monotonic() + 5
    ports = [int(port) for port in done.stdout.split()]
    while any(is_listening(port) for port in ports) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(ports) == 2
    assert [port for port in ports if is_listening(port)] == []


def test_a_registry_that_finds_its_port_taken_starts_on_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        ports = iter((taken, taken))
        monkeypatch.setattr("lab.registries.free_port", lambda: next(ports, None) or free_port())
        registry = Registry(tmp_path / "registry")
        try:
            registry.start()
            registry.wait_until_ready()

            assert taken != registry.port
            assert registry.get("/v2/", {})[0] == 200
        finally:
            registry.stop()


def test_a_missing_program_is_asked_for_by_its_debian_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: None if program == "docker-registry" else f"/usr/bin/{program}")

    with pytest.raises(MissingProgram) as missing:
        require_programs()

    text = "the lab needs docker-registry: apt-get install -y --no-install-recommends docker-registry"
    assert text == str(missing.value)


def login_body(lab: Lab) -> dict[str, str]:
    variables = lab.job_variables
    return {"role_id": variables["VAULT_ROLE_ID"], "secret_id": variables["VAULT_SECRET_ID"]}


def copy_image(run: Run, source: str, target: str) -> subprocess.CompletedProcess[str]:
    source_login, target_login = ":".join(LOGIN), ":".join(ECR_LOGIN)
    logins = (f"--src-creds={source_login}", f"--dest-creds={target_login}")
    places = (source.replace("https:", "docker:"), target.replace("https:", "docker:"))
    return run("skopeo", "--insecure-policy", "copy", "--preserve-digests", *logins, *places)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def is_listening(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
