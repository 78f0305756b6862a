"""Secrets that a job is not given but gets on its way: each is masked from the moment at which it is there."""

import base64
import contextlib
import http.client
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cigen_runtime.cli import main
from cigen_runtime.contract import PROMOTE_ARTIFACTS
from cigen_runtime.job import open_job
from cigen_runtime.redact import RedactedStream, Redactor
from cigen_runtime.services.artifactory import Artifactory
from cigen_runtime.services.aws import Aws
from lab import Lab
from lab.doors import TokenDoor
from lab.images import make_image
from lab.names import ARTIFACTORY_HOST, ARTIFACTORY_PASSWORD, JIRA_API_TOKEN, JIRA_USER, JOB_TOKEN
from runtime.conftest import STAGING_EU, Done, Service
from runtime.repository import ENVIRONMENT, Repository

Learnt = Callable[..., Redactor]


@pytest.fixture
def learnt(lab: Lab, run: Callable[..., Done], service: Service) -> Learnt:
    """Runs a command to its end, and gives back what it then masks. `run` comes first: it makes the lab ready."""

    def learnt(*call: str, folder: Path = service.folder, code: int = 0, **variables: str) -> Redactor:
        redactor, stream = Redactor(), io.StringIO()
        environment = {**STAGING_EU, **lab.job_variables, **variables}
        assert main(list(call), environment, folder, stream, redactor=redactor) == code, stream.getvalue()
        return redactor

    return learnt


def is_masked(redactor: Redactor, *secrets: str) -> list[str]:
    """Those that would be seen; a list, so that a failure shows them."""
    return [secret for secret in secrets if redactor.clean(f"it is {secret}!") != "it is [secret]!"]


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "command", ["aws-credentials", "prepare-docker-config", "retag-push-ecr", "create-jira-tickets"]
)
def test_what_the_http_client_says_of_each_request_is_masked(
    lab: Lab, run: Callable[..., Done], service: Service, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Somebody who looks for a fault may switch on what Python's client tells: each head and body that it sends."""
    service.has("orders", "1.4.0", lambda_name="orders")
    lab.artifactory.push(make_image("orders"), "docker-native-local/orders", "1.4.0")
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    redactor, seen = Redactor(), io.StringIO()
    stream = RedactedStream(seen, redactor)

    with contextlib.redirect_stdout(stream):  # as the entry point does
        code = main([command], {**STAGING_EU, **lab.job_variables}, service.folder, stream, redactor=redactor)
    stream.drain()

    assert code == 0, seen.getvalue()
    told = seen.getvalue()
    assert "send: b'" in told
    secrets = {lab.job_variables["VAULT_SECRET_ID"], ARTIFACTORY_PASSWORD, JIRA_API_TOKEN, "111122223333-auth-token"}
    secrets |= {basic("ci", ARTIFACTORY_PASSWORD), basic(JIRA_USER, JIRA_API_TOKEN), *lab.vault.issued}
    secrets |= {basic("AWS", "111122223333-auth-token"), *(given.session_token for given in lab.aws.issued)}
    assert [secret for secret in secrets if secret in told] == []


def test_what_vault_gives_is_masked(lab: Lab, learnt: Learnt) -> None:
    redactor = learnt("aws-credentials")

    (token,), (given,) = lab.vault.issued, lab.aws.issued
    assert is_masked(redactor, token, given.secret_key, given.session_token) == []


def test_what_a_second_login_gives_is_masked_too(lab: Lab, learnt: Learnt, monkeypatch: pytest.MonkeyPatch) -> None:
    def renewed(aws: Aws) -> str:
        lab.vault.revoke_everything()
        aws._fresh()
        return "the same"

    monkeypatch.setattr(Aws, "require_account", renewed)

    redactor = learnt("aws-credentials")

    assert len(lab.vault.issued) == len(lab.aws.issued) == 2
    assert is_masked(redactor, *lab.vault.issued, *(given.session_token for given in lab.aws.issued)) == []


def test_an_unwrapped_secret_id_is_masked(lab: Lab, learnt: Learnt) -> None:
    secret_id = lab.job_variables["VAULT_SECRET_ID"]
    handover = {"CIGEN_CREDENTIALS_HANDOVER": "artifact", "CIGEN_CREDENTIALS_LIFETIME": "15"}
    wrapped = lab.vault.wrap({"secret_id": secret_id})

    redactor = learnt("aws-credentials", VAULT_SECRET_ID="", VAULT_WRAPPED_SECRET_ID=wrapped, **handover)

    assert is_masked(redactor, wrapped, secret_id) == []


def test_the_logins_of_registries_are_masked_as_they_travel(lab: Lab, learnt: Learnt) -> None:
    redactor = learnt("prepare-docker-config")

    ecr = "111122223333-auth-token"
    assert is_masked(redactor, ARTIFACTORY_PASSWORD, basic("ci", ARTIFACTORY_PASSWORD), ecr) == []
    assert "[secret]" in redactor.clean(basic("AWS", ecr))


def test_a_token_that_a_registry_gives_is_masked(lab: Lab, learnt: Learnt, service: Service) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    lab.artifactory.push(make_image("orders"), "docker-native-local/orders", "1.4.0")
    door = TokenDoor()

    with lab.gateway.detour(ARTIFACTORY_HOST, lab.artifactory.registry.port, door):
        redactor = learnt("retag-push-ecr")

    assert len(door.scopes) == 1
    assert is_masked(redactor, "token-1") == []


def test_the_login_of_jira_is_masked_as_it_travels(lab: Lab, learnt: Learnt, service: Service) -> None:
    service.has("orders", "1.4.0")

    redactor = learnt("create-jira-tickets")

    assert is_masked(redactor, JIRA_API_TOKEN, basic(JIRA_USER, JIRA_API_TOKEN)) == []


def test_the_login_of_the_user_who_promotes_is_masked_as_it_travels(lab: Lab, tmp_path: Path) -> None:
    regions = [{"region": "eu", "aws_region": "eu-west-2", "ecr_account": "111122223333", "ecr_repository": "images"}]
    variables = {
        "ARTIFACTORY_URL": f"https://{ARTIFACTORY_HOST}/artifactory",
        "ARTIFACTORY_USER": "promoter",
        "ARTIFACTORY_PASS": "password-of-the-promoter",
        "CIGEN_PROMOTE_FROM": "docker-native-local",
        "CIGEN_PROMOTE_TO": "docker-native-rc",
        "CIGEN_REGIONS": json.dumps(regions),
    }

    job = open_job(PROMOTE_ARTIFACTS, {**STAGING_EU, **lab.job_variables, **variables}, tmp_path, io.StringIO())
    Artifactory(job)

    assert is_masked(job.redactor, basic("promoter", "password-of-the-promoter")) == []


def test_what_git_pushes_and_fetches_with_is_masked(lab: Lab, learnt: Learnt, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "service")
    repository.commit("feat: start", {"functions/orders/app.py": ""})
    lab.git_host.create("team/orders")
    url = lab.git_host.url("team/orders").replace("https://", "https://gitlab-ci-token:an%2Fother-job-token@")
    repository.git("remote", "set-url", "origin", url)
    variables = {**ENVIRONMENT, **lab.environment, "VERSIONING_TOKEN": lab.git_host.token}

    redactor = learnt("semantic-versioning", folder=repository.folder, **variables)

    assert lab.git_host.tags("team/orders") == ["orders-v1.0.0"]
    assert is_masked(redactor, "an/other-job-token", "an%2Fother-job-token", basic("cigen", lab.git_host.token)) == []


def test_the_logins_for_base_images_are_masked_too(lab: Lab, learnt: Learnt, service: Service) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    (service.folder / "functions" / "orders" / "Dockerfile").write_text("FROM elsewhere.example.com/base:1\n")
    config = json.loads(lab.job_variables["DOCKER_AUTH_CONFIG"])
    config["auths"]["elsewhere.example.com"] = {"auth": basic("reader", "password-for-elsewhere")}
    config["auths"]["third.example.com"] = {"username": "reader", "password": "password-for-the-third"}
    (service.folder / "buildah").write_text("#!/bin/sh\nexit 1\n")
    (service.folder / "buildah").chmod(0o755)

    redactor = learnt(
        "publish-image",
        code=2,
        DOCKER_AUTH_CONFIG=json.dumps(config, indent=2),
        PATH=f"{service.folder}{os.pathsep}{os.environ['PATH']}",
    )

    wanted = (basic("reader", "password-for-elsewhere"), "password-for-elsewhere", "password-for-the-third")
    assert is_masked(redactor, *wanted) == []


def test_what_the_job_has_and_the_command_does_not_read_is_masked_too(lab: Lab, learnt: Learnt) -> None:
    redactor = learnt("aws-credentials", CI_JOB_TOKEN=JOB_TOKEN, VERSIONING_TOKEN="token-of-the-versions")

    assert is_masked(redactor, JOB_TOKEN, "token-of-the-versions", JIRA_API_TOKEN, ARTIFACTORY_PASSWORD) == []
