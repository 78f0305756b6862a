"""The files that flow between jobs are read strictly, and every refusal names its place."""

import io
from pathlib import Path

import pytest

from cigen_runtime.contract.images import RETAG_PUSH_ECR
from cigen_runtime.contract.model import Origin
from cigen_runtime.errors import ConfigurationError, JobError, NotFoundError
from cigen_runtime.files import Deployment, Project, read_deployment, read_versions
from cigen_runtime.job import Job, open_job

IDENTITY = {
    "CIGEN_ENVIRONMENT": "staging",
    "CIGEN_REGION": "eu",
    "CIGEN_AWS_REGION": "eu-west-2",
    "CIGEN_AWS_ACCOUNT": "111122223333",
    "CIGEN_ECR_ACCOUNT": "111122223333",
    "CI_ENVIRONMENT_NAME": "staging/eu",
    "VAULT_ADDR": "https://vault.example.com",
}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    given = {variable.name: "x" for variable in RETAG_PUSH_ECR.variables if variable.required}
    return open_job(RETAG_PUSH_ECR, {**given, **IDENTITY}, tmp_path, io.StringIO())


def deployment(folder: Path, text: str, environment: str | None = None) -> Deployment:
    target = folder / "functions" / "orders_api" / ".deployment"
    target.parent.mkdir(parents=True)
    target.write_text(text)
    return read_deployment(folder, "orders_api", environment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACTUAL_LAMBDA_NAME=orders-api\n", Deployment("orders-api")),
        ("orders-api\n", Deployment("orders-api")),
        ("\ufeff# comment\n\nACTUAL_LAMBDA_NAME = orders-api # why\n", Deployment("orders-api")),
        ('ACTUAL_LAMBDA_NAME="orders-api"\r\nARCHITECTURE=arm64\r\n', Deployment("orders-api", "arm64")),
        ("ACTUAL_LAMBDA_NAME=a\nPROJECT=orders\n", Deployment("a", "x86_64", "orders")),
        ("ACTUAL_LAMBDA_NAME=a\nACTUAL_LAMBDA_NAME_STAGING=b\n", Deployment("b")),
        ("ACTUAL_LAMBDA_NAME=a\nACTUAL_LAMBDA_NAME_PROD=b\n", Deployment("a")),
    ],
)
def test_a_deployment_file_names_the_function(tmp_path: Path, text: str, expected: Deployment) -> None:
    assert deployment(tmp_path, text, "staging") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "functions/orders_api/.deployment:1: it has no ACTUAL_LAMBDA_NAME; a function's name has 1 to 64 "
             "letters, digits, - and _"),
        ("ACTUAL_LAMBDA_NAME=orders api\n", "functions/orders_api/.deployment:1: ACTUAL_LAMBDA_NAME is 'orders api'; "
                                            "a function's name has 1 to 64 letters, digits, - and _"),
        ("# x\nLAMBDA: orders\nA=1\n", "functions/orders_api/.deployment:2: 'LAMBDA: orders' is not KEY=VALUE"),
        ("ACTUAL_LAMBDA_NAME=a\nACTUAL_LAMBDA_NAME=b\n",
         "functions/orders_api/.deployment:2: ACTUAL_LAMBDA_NAME stands twice, first in line 1"),
        ("ACTUAL_LAMBDA_NAME=a\nARCHITECTURE=arm\n",
         "functions/orders_api/.deployment:2: ARCHITECTURE is 'arm', not x86_64 or arm64"),
    ],
)  # fmt: skip
def test_a_malformed_deployment_file_is_refused_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        deployment(tmp_path, text)

    assert str(caught.value) == expected


def test_a_missing_deployment_file_says_what_to_create(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        read_deployment(tmp_path, "orders_api")

    assert str(caught.value) == "functions/orders_api/.deployment is not there"
    assert "ACTUAL_LAMBDA_NAME=" in caught.value.remedy


def test_versions_json_is_read_with_further_keys_ignored(job: Job) -> None:
    (job.folder / "versions.json").write_text(
        '{"orders-api": {"version": "1.4.0", "folder": "orders_api", "changed": false, "team": "x"},'
        ' "billing": {"version": "2.0.0-rc.1+b5", "folder": "billing"}}'
    )

    projects = read_versions(job)

    assert projects == [
        Project("orders-api", "1.4.0", "orders_api", changed=False),
        Project("billing", "2.0.0-rc.1+b5", "billing", changed=True),
    ]


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        (None, 12, "versions.json is not there"),
        ("{", 2, "versions.json:1:2: it is not JSON: Expecting property name enclosed in double quotes"),
        ("[]", 2, "versions.json is not what it should be: top: [] is not of type 'object'"),
        ("{}", 2, "versions.json is not what it should be: top: {} should be non-empty"),
        ('{"a": {"version": "1", "folder": "a"}}', 2,
         r"versions.json is not what it should be: a.version: '1' does not match '^\\d+\\.\\d+\\.\\d+([-+].+)?$'"),
        ('{"a": {"version": "1.0.0"}}', 2,
         "versions.json is not what it should be: a: 'folder' is a required property"),
        ('{"a": {"version": "1.0.0", "folder": "a"}, "a": {"version": "1.0.1", "folder": "a"}}', 2,
         "versions.json: 'a' stands twice"),
        ("\udcff", 2, "versions.json cannot be read: UnicodeDecodeError"),
    ],
)  # fmt: skip
def test_a_malformed_versions_json_is_refused(job: Job, text: str | None, code: int, expected: str) -> None:
    if text is not None:
        (job.folder / "versions.json").write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(JobError) as caught:
        read_versions(job)

    assert str(caught.value) == expected
    assert caught.value.exit_code == code


def test_a_job_names_every_variable_that_is_missing_or_wrong(tmp_path: Path) -> None:
    given = {**IDENTITY, "CIGEN_AWS_ACCOUNT": "1111", "VAULT_ADDR": ""}

    with pytest.raises(ConfigurationError) as caught:
        open_job(RETAG_PUSH_ECR, given, tmp_path, io.StringIO())

    named = [line.split()[0] for line in caught.value.answer.splitlines()]
    assert named == [
        "CIGEN_AWS_ACCOUNT",
        "VAULT_ADDR",
        "CIGEN_VAULT_ROLE",
        "DOCKER_AUTH_CONFIG",
        "CIGEN_ARTIFACTORY_REGISTRY",
        "CIGEN_BUILD_REPOSITORY",
        "CIGEN_ECR_REPOSITORY",
    ]


def test_a_job_whose_variables_and_gitlab_environment_disagree_does_not_start(tmp_path: Path) -> None:
    given = {variable.name: "x" for variable in RETAG_PUSH_ECR.variables if variable.required}

    with pytest.raises(ConfigurationError) as caught:
        open_job(RETAG_PUSH_ECR, {**given, **IDENTITY, "CIGEN_REGION": "us"}, tmp_path, io.StringIO())

    assert str(caught.value) == "CI_ENVIRONMENT_NAME is 'staging/eu' but the job's variables say 'staging/us'"


def test_every_secret_of_the_contract_comes_from_outside_the_rendered_files() -> None:
    from cigen_runtime.contract import COMMANDS

    secrets = {variable for command in COMMANDS for variable in command.variables if variable.secret}

    assert {variable.origin for variable in secrets} == {Origin.SETTINGS, Origin.ID_TOKEN, Origin.PERSON}
