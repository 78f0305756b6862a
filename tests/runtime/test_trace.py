"""`cigen-runtime trace`: how far one version of a project got."""

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from lab import DropBeforeRead, Lab
from lab.images import make_image
from runtime.conftest import Clock
from runtime.production import RC, REGIONS, RELEASE, REPOSITORY, Production, no_token_for_ecr
from runtime.repository import Repository

ACCOUNT = "444455556666"
IMAGE, BEFORE = make_image("new"), make_image("old")
JIRA = {"JIRA_URL": "https://jira.example.com", "CIGEN_JIRA_PROJECT": "REL"}


@pytest.fixture
def production(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Production:
    """orders-api 1.4.0 is tagged, in ECR of both regions, in RC, and has a ticket; both regions run 1.3.0."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    repository = Repository(tmp_path / "repo")
    production = Production(lab, repository.folder)
    production.has("orders-api", "ACTUAL_LAMBDA_NAME=orders")
    repository.commit("feat: it", {"functions/orders-api/app.py": "pass"})
    for version in ("1.3.0", "1.4.0"):
        repository.git("push", "--quiet", "origin", f"HEAD:refs/tags/orders-api-v{version}")
    for region in REGIONS.values():
        image = lab.ecr.push(BEFORE, REPOSITORY, "orders-1.3.0", region=region)
        lab.ecr.push(IMAGE, REPOSITORY, "orders-1.4.0", region=region)
        lab.aws.create_function(ACCOUNT, region, "orders", image)
    lab.artifactory.push(IMAGE, f"{RC}/orders-api", "1.4.0")
    lab.artifactory.push(BEFORE, f"{RELEASE}/orders-api", "1.3.0")
    lab.jira.issue("cigen-orders-api-1.4.0", status="PP Testing")
    return production


def deploy(lab: Lab, region: str) -> None:
    lab.aws.update_seconds = 0
    image = f"111122223333.dkr.ecr.{REGIONS[region]}.amazonaws.com/{REPOSITORY}:orders-1.4.0"
    lab.aws.client("lambda", ACCOUNT, REGIONS[region]).update_function_code(FunctionName="orders", ImageUri=image)


def test_a_version_that_waits_for_production_names_the_job_to_look_into(
    production: Production, snapshot: SnapshotAssertion
) -> None:
    done = production.run("trace", "orders-api", **JIRA)

    assert done.code == 0, done.log
    assert masked(done.log) == snapshot


def test_a_released_version_got_all_the_way(lab: Lab, production: Production, snapshot: SnapshotAssertion) -> None:
    for region in REGIONS:
        deploy(lab, region)
    lab.artifactory.push(IMAGE, f"{RELEASE}/orders-api", "1.4.0")

    done = production.run("trace", "orders-api", "--version", "1.4.0", **JIRA)

    assert done.code == 0, done.log
    assert masked(done.log) == snapshot


def test_what_it_has_no_variables_for_is_said_and_is_no_failure(
    production: Production, snapshot: SnapshotAssertion
) -> None:
    missing = dict.fromkeys(("VAULT_ADDR", "JIRA_API_TOKEN", "DOCKER_AUTH_CONFIG", "CIGEN_REGIONS"), "")

    done = production.run("trace", "orders-api", **missing)

    assert done.code == 0, done.log
    assert masked(done.log) == snapshot


def test_a_version_that_nobody_made_is_missed_from_the_start(
    production: Production, snapshot: SnapshotAssertion
) -> None:
    done = production.run("trace", "orders-api", "--version", "1.4.1", **JIRA)

    assert done.code == 0, done.log
    assert masked(done.log) == snapshot


def test_a_system_that_does_not_answer_gives_its_code_after_the_rest_is_shown(
    lab: Lab, production: Production, clock: Clock
) -> None:
    lab.gateway.fault(DropBeforeRead(), host="jira", times=1000)

    done = production.run("trace", "orders-api", clock=clock, **JIRA)

    assert done.code == 75
    assert sum(clock.waits) <= 10
    assert "RC repository" in done.log
    assert "Not looked at: ticket." in done.log


def test_a_function_that_was_given_a_digest_is_not_judged_without_ecr(lab: Lab, production: Production) -> None:
    lab.aws.update_seconds = 0
    image = f"111122223333.dkr.ecr.{REGIONS['eu']}.amazonaws.com/{REPOSITORY}@{IMAGE.digest}"
    lab.aws.client("lambda", ACCOUNT, REGIONS["eu"]).update_function_code(FunctionName="orders", ImageUri=image)
    lab.gateway.fault(no_token_for_ecr(), host=r"api\.ecr\.eu-west-2", times=10)

    done = production.run("trace", "orders-api", **JIRA)

    assert done.code == 11
    assert "Lambda (eu)         not looked at  asked ECR for a registry token: AccessDeniedException" in done.log
    assert "Not looked at: image in ECR (eu), Lambda (eu)." in done.log


def test_a_folder_without_its_deployment_file_cannot_be_followed_to_aws(production: Production) -> None:
    (production.folder / "functions" / "orders-api" / ".deployment").unlink()

    done = production.run("trace", "orders-api", **JIRA)

    assert done.code == 0
    assert "function            NOT FOUND      functions/orders-api/.deployment is not there" in done.log
    assert "It did not get to: function, " in done.log


@pytest.mark.parametrize(
    ("call", "code", "error"),
    [
        (("trace", "order-api"), 12, "error: there is no project 'order-api' (not found)"),
        (("trace", "orders-api", "--version", "latest"), 2,
         "error: 'latest' is no semantic version (wrong input)"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(
    production: Production, call: tuple[str, ...], code: int, error: str
) -> None:
    done = production.run(*call)

    assert (done.code, done.error) == (code, error)


def test_a_trace_needs_a_project(production: Production, capsys: pytest.CaptureFixture[str]) -> None:
    done = production.run("trace")

    assert done.code == 2
    assert "the following arguments are required: PROJECT" in capsys.readouterr().err


def test_a_version_without_its_option_shows_how_the_command_is_called(
    production: Production, capsys: pytest.CaptureFixture[str]
) -> None:
    done = production.run("trace", "orders-api", "1.4.0")

    told = capsys.readouterr().err
    assert done.code == 2
    assert told.startswith("usage: cigen-runtime trace [-h] [--version VERSION]")
    assert told.endswith("cigen-runtime trace: error: unrecognized arguments: 1.4.0\n")


def masked(log: str) -> str:
    """The log without what differs from one run to the next: when the functions were changed."""
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "2026-01-02T03:04:05", log)
