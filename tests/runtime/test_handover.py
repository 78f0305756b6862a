"""Credentials that are handed over: files that the AWS CLI, its SDKs and docker's kin read, and nobody else."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from lab import Lab
from lab.images import make_image
from runtime.conftest import ECR, Done, Service

Run = Callable[..., Done]
HANDOVER = {"CIGEN_CREDENTIALS_HANDOVER": "artifact", "CIGEN_CREDENTIALS_LIFETIME": "30"}
ROLE = "arn:aws:iam::111122223333:role/lambda-staging"


def everything_else(service: Service, secret_file: Path) -> str:
    """The text of every other file that a job leaves."""
    others = [path for path in service.folder.rglob("*") if path.is_file() and path != secret_file]
    return "\n".join(path.read_text() for path in others)


def test_nothing_is_handed_over_unless_it_is_asked_for(run: Run, service: Service) -> None:
    assert run("aws-credentials").code == 0
    assert run("prepare-docker-config").code == 0

    left = sorted(str(path.relative_to(service.folder)) for path in service.folder.rglob("*") if path.is_file())
    assert left == ["cigen-out/results/aws-credentials.json", "cigen-out/results/prepare-docker-config.json"]


def test_the_gate_writes_a_credentials_file_that_its_owner_alone_may_read(run: Run, service: Service) -> None:
    before = datetime.now(UTC)

    done = run("aws-credentials", **HANDOVER)

    assert done.code == 0, done.log
    assert "wrote cigen-out/staging/eu/aws-credentials, for its owner alone\n" in done.log
    path = service.path("aws-credentials")
    assert path.stat().st_mode & 0o777 == 0o600
    found = re.fullmatch(
        r"# staging/eu, until (?P<until>\S+)\n"
        r"\[default\]\n"
        r"aws_access_key_id = (?P<key>\S+)\n"
        r"aws_secret_access_key = (?P<secret>\S+)\n"
        r"aws_session_token = (?P<token>\S+)\n"
        r"region = eu-west-2\n",
        path.read_text(),
    )
    assert found is not None
    left = datetime.fromisoformat(found["until"]) - before
    assert timedelta(minutes=29) < left <= timedelta(minutes=31)
    elsewhere = done.log + everything_else(service, path)
    assert [name for name in ("secret", "token") if found[name] in elsewhere] == []


def test_the_aws_sdk_of_another_job_works_with_the_file_and_nothing_else(
    lab: Lab, run: Run, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("aws-credentials", **HANDOVER)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(service.path("aws-credentials")))

    session = boto3.Session()

    assert (
        session.client("sts")
        .get_caller_identity()["Arn"]
        .startswith("arn:aws:sts::111122223333:assumed-role/lambda-staging/cigen-aws-credentials-")
    )
    assert session.client("ecr").meta.region_name == "eu-west-2"


def test_credentials_that_end_before_their_artifact_are_not_handed_over(lab: Lab, run: Run, service: Service) -> None:
    lab.vault.aws_role("lambda-staging", ROLE, max_seconds=900)

    done = run("aws-credentials", **HANDOVER)

    assert done.code == 2
    assert done.error == (
        "error: Vault gave AWS credentials for 15 minutes, and their artifact would be kept for 30 (wrong input)"
    )
    assert "to do:     Set credentials.lifetime: 15 in cigen.yaml; or raise max_sts_ttl" in done.log
    assert not service.path("aws-credentials").exists()
    assert list(lab.vault.tokens) == []


def test_credentials_of_another_account_are_not_handed_over(run: Run, service: Service) -> None:
    done = run("aws-credentials", CIGEN_VAULT_ROLE="lambda-prod", **HANDOVER)

    assert done.code == 14
    assert not service.path("aws-credentials").exists()


def test_a_secret_id_that_is_good_for_one_login_opens_the_gate(lab: Lab, run: Run, service: Service) -> None:
    lab.vault.approle(role_id="one-use-role", secret_id="one-use-secret-id", uses=1)
    token = lab.vault.wrap({"secret_id": "one-use-secret-id"})

    done = run(
        "aws-credentials",
        VAULT_ROLE_ID="one-use-role",
        VAULT_SECRET_ID="",
        VAULT_WRAPPED_SECRET_ID=token,
        **HANDOVER,
    )

    assert done.code == 0, done.log
    assert service.path("aws-credentials").exists()
    assert "one-use-secret-id" not in done.log + everything_else(service, service.path("aws-credentials"))


def test_skopeo_reads_both_registries_with_the_docker_config(
    lab: Lab, run: Run, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lab.artifactory.push(make_image("orders"), "docker-native-local/orders", "1.4.0")
    service.has("orders", "1.4.0", lambda_name="orders-api")
    assert run("retag-push-ecr").code == 0

    done = run("prepare-docker-config", **HANDOVER)

    assert done.code == 0, done.log
    path = service.path("docker/config.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(json.loads(path.read_text())["auths"]) == [ECR, "artifactory.example.com"]
    for place in (f"{ECR}/lambda-images:orders-api-1.4.0", "artifactory.example.com/docker-native-local/orders:1.4.0"):
        seen = subprocess.run(
            ["skopeo", "inspect", "--raw", f"docker://{place}"],
            env={
                **lab.environment,
                "PATH": "/usr/bin:/bin",
                "HOME": str(tmp_path_factory.mktemp("home")),
                "DOCKER_CONFIG": str(path.parent),
            },
            capture_output=True,
            text=True,
        )
        assert seen.returncode == 0, seen.stderr
    logins = [entry["auth"] for entry in json.loads(path.read_text())["auths"].values()]
    assert [login for login in logins if login in done.log + everything_else(service, path)] == []
