"""`cigen-runtime deploy-lambda`: each function runs the image of the mapping, or nothing has changed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import DropAfterCommit, DropBeforeRead, Lab, Status
from lab.images import make_image
from runtime.conftest import ECR, STAGING_EU, Clock, Done, Service

Run = Callable[..., Done]
OLD, NEW, OTHER = make_image("old"), make_image("new"), make_image("other")
ACCOUNT, AWS_REGION = "111122223333", "eu-west-2"


@pytest.fixture
def mapped(lab: Lab, run: Run, service: Service) -> Callable[..., None]:
    """Puts functions that run OLD into AWS and writes a mapping that gives them NEW."""

    def mapped(*names: str, exist: bool = True) -> None:
        lab.ecr.push(OLD, "lambda-images", "old")
        projects = {}
        for name in names:
            lab.ecr.push(NEW, "lambda-images", f"{name}-1.1.0")
            if exist:
                lab.aws.create_function(ACCOUNT, AWS_REGION, name, f"{ECR}/lambda-images:old")
            projects[name] = {
                "folder": name,
                "lambda": name,
                "version": "1.1.0",
                "image": f"{ECR}/lambda-images:{name}-1.1.0",
                "source_digest": NEW.digest,
                "digest": NEW.digest,
                "architecture": "x86_64",
            }
        target = service.path("lambda-ecr-mappings.json")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({"schema": 1, "environment": "staging", "region": "eu", "projects": projects}))

    return mapped


def running(lab: Lab, name: str) -> str:
    return lab.aws.function(ACCOUNT, AWS_REGION, name).image_digest


def updates(lab: Lab) -> list[str]:
    return [request.path.split("/")[3] for request in lab.gateway.writes(r"^lambda\.") if request.method == "PUT"]


def outcomes(service: Service) -> dict[str, object]:
    return {name: entry["outcome"] for name, entry in service.read("deploy-result.json")["projects"].items()}


def test_functions_run_the_image_of_the_mapping_and_what_they_ran_is_recorded(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None]
) -> None:
    mapped("orders", "billing")

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert (running(lab, "orders"), running(lab, "billing")) == (NEW.digest, NEW.digest)
    result = service.read("deploy-result.json")["projects"]["orders"]
    assert {**result, "seconds": 0} == {
        "lambda": "orders",
        "version": "1.1.0",
        "image": f"{ECR}/lambda-images:orders-1.1.0",
        "digest": NEW.digest,
        "source_digest": NEW.digest,
        "before": f"{ECR}/lambda-images@{OLD.digest}",
        "outcome": "updated",
        "reason": "",
        "seconds": 0,
    }


def test_a_second_run_updates_nothing(lab: Lab, run: Run, service: Service, mapped: Callable[..., None]) -> None:
    mapped("orders")
    run("deploy-lambda")
    lab.gateway.clear()

    done = run("deploy-lambda")

    assert done.code == 0
    assert updates(lab) == []
    assert outcomes(service) == {"orders": "unchanged"}


def test_a_dry_run_says_what_it_would_update_and_updates_nothing(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None]
) -> None:
    mapped("orders")

    done = run("deploy-lambda", "--dry-run")

    assert done.code == 0
    assert "would update" in done.log
    assert (updates(lab), running(lab, "orders")) == ([], OLD.digest)
    assert not service.path("deploy-result.json").exists()


def test_a_function_that_does_not_exist_is_skipped_in_staging_with_the_way_to_create_it(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None]
) -> None:
    mapped("orders", exist=False)

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert "aws lambda create-function --region eu-west-2 --function-name orders" in done.log
    assert outcomes(service) == {"orders": "missing"}


def test_a_function_that_does_not_exist_stops_production_before_anything_changes(
    lab: Lab, run: Run, mapped: Callable[..., None], service: Service
) -> None:
    mapped("orders")
    content = json.loads(service.path("lambda-ecr-mappings.json").read_text())
    content["projects"]["gone"] = {**content["projects"]["orders"], "lambda": "gone", "folder": "gone"}
    service.path("lambda-ecr-mappings.json").write_text(json.dumps(content))

    done = run("deploy-lambda", CIGEN_ON_MISSING="fail")

    assert done.code == 12
    assert done.error == "error: there is no function gone in account 111122223333, eu-west-2 (not found)"
    assert "Create it, or correct ACTUAL_LAMBDA_NAME in functions/gone/.deployment." in done.log
    assert (updates(lab), running(lab, "orders")) == ([], OLD.digest)


def test_an_image_that_is_not_in_ecr_stops_all_before_anything_changes(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None]
) -> None:
    mapped("orders", "billing")
    path = service.path("lambda-ecr-mappings.json")
    path.write_text(path.read_text().replace("billing-1.1.0", "billing-9.9.9"))

    done = run("deploy-lambda")

    assert done.code == 12
    assert done.error == f"error: {ECR}/lambda-images:billing-9.9.9 is not in ECR (not found)"
    assert updates(lab) == []


def test_a_function_on_another_processor_is_told_before_anything_changes(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None]
) -> None:
    mapped("orders")
    path = service.path("lambda-ecr-mappings.json")
    path.write_text(path.read_text().replace("x86_64", "arm64"))

    done = run("deploy-lambda")

    assert done.code == 2
    assert done.error == "error: function orders runs on x86_64, its image is for arm64 (wrong input)"
    assert updates(lab) == []


def test_a_mapping_of_another_region_is_refused(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None]
) -> None:
    mapped("orders")
    path = service.path("lambda-ecr-mappings.json")
    path.write_text(path.read_text().replace('"region": "eu"', '"region": "us"'))

    done = run("deploy-lambda")

    assert done.code == 2
    assert "was made for staging/us, this job is for staging/eu" in done.error
    assert list(lab.gateway.requests) == []


@pytest.mark.parametrize(
    "action",
    [
        DropAfterCommit(),
        DropBeforeRead(),
        Status(500, b"{}"),
        Status(429, b'{"Type":"User","message":"Rate exceeded"}', {"X-Amzn-ErrorType": "TooManyRequestsException"}),
        Status(409, b'{"message":"An update is in progress"}', {"X-Amzn-ErrorType": "ResourceConflictException"}),
    ],
    ids=str,
)
def test_an_update_survives_one_fault(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None], action: object
) -> None:
    mapped("orders")
    lab.gateway.fault(method="PUT", host=r"^lambda\.", path="/code", times=1, action=action)

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert running(lab, "orders") == NEW.digest
    assert outcomes(service) == {"orders": "updated"}


def test_a_lost_answer_does_not_lead_to_a_second_update(lab: Lab, run: Run, mapped: Callable[..., None]) -> None:
    mapped("orders")
    lab.gateway.fault(method="PUT", host=r"^lambda\.", path="/code", times=1, action=DropAfterCommit())

    run("deploy-lambda")

    assert updates(lab) == ["orders"]


@pytest.mark.parametrize("times", [1, 3])
def test_a_control_plane_that_fails_while_we_wait_does_not_fail_the_job(
    lab: Lab, run: Run, mapped: Callable[..., None], times: int
) -> None:
    mapped("orders")
    lab.gateway.fault(method="GET", host=r"^lambda\.", times=times, action=Status(500, b"{}"))

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert running(lab, "orders") == NEW.digest


def test_a_failed_update_says_what_lambda_says_and_what_to_do(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None]
) -> None:
    mapped("orders")
    lab.aws.fail_next_update("orders", code="ImageAccessDenied", reason="Lambda may not pull the image")

    done = run("deploy-lambda")

    assert done.code == 11, done.log
    assert "came back: ImageAccessDenied: Lambda may not pull the image" in done.log
    assert "Let the policy of the ECR repository allow lambda.amazonaws.com to pull: " in done.log
    assert outcomes(service) == {"orders": "failed"}


def test_when_one_fails_the_others_are_rolled_back_where_that_is_wanted(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cigen_runtime.deployment.PARALLEL", 1)
    mapped("orders", "billing")
    lab.aws.fail_next_update("billing", code="InvalidImage", reason="no entry point")

    done = run("deploy-lambda", CIGEN_ON_FAILURE="rollback")

    assert done.code == 14, done.log
    assert outcomes(service) == {"orders": "rolled back", "billing": "failed"}
    assert running(lab, "orders") == OLD.digest


def test_after_a_failure_no_further_update_starts(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cigen_runtime.deployment.PARALLEL", 1)
    mapped("orders", "billing", "search")
    lab.aws.fail_next_update("billing", code="InvalidImage", reason="no entry point")

    done = run("deploy-lambda")

    assert done.code == 20, done.log
    assert done.error == "error: 1 of 3 functions run the new image, 1 failed (partly done)"
    assert outcomes(service) == {"orders": "updated", "billing": "failed", "search": "not started"}
    assert running(lab, "search") == OLD.digest


def test_a_function_stuck_in_pending_is_told_apart(
    lab: Lab, run: Run, mapped: Callable[..., None], clock: Clock
) -> None:
    mapped("orders")
    lab.aws.leave_pending("orders")

    done = run("deploy-lambda", clock=clock)

    assert done.code == 75
    assert done.error == "error: function orders is stuck in Pending (try again)"


def test_a_cancelled_job_records_what_it_did_and_starts_no_further_update(
    lab: Lab, run: Run, service: Service, mapped: Callable[..., None]
) -> None:
    lab.aws.update_seconds = 3.0
    names = [f"function-{number:02}" for number in range(40)]
    mapped(*names)
    environment = {**STAGING_EU, **lab.job_variables, **lab.environment, "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        [Path(sys.executable).parent / "cigen-runtime", "deploy-lambda"],
        cwd=service.folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    while len(updates(lab)) < 3:
        time.sleep(0.05)
    taken = len(updates(lab))

    process.send_signal(signal.SIGTERM)
    log, _ = process.communicate(timeout=60)

    assert process.returncode == 130, log
    assert log.endswith("interrupted; running the job again is safe\n")
    assert len(updates(lab)) < taken + 15, "those that wait for their turn begin no more"
    recorded = outcomes(service)
    assert set(recorded.values()) == {"updated", "not started"}
    for name in names:
        assert running(lab, name) == (NEW.digest if recorded[name] == "updated" else OLD.digest)
    assert list(lab.vault.tokens) == []


@pytest.fixture
def aliased(lab: Lab, mapped: Callable[..., None]) -> None:
    """A function whose callers use the alias `live`, which leads to what it ran so far."""
    mapped("orders")
    client = lab.aws.client("lambda", ACCOUNT, AWS_REGION)
    version = client.publish_version(FunctionName="orders")["Version"]
    client.create_alias(FunctionName="orders", Name="live", FunctionVersion=version)


def alias_of(lab: Lab, name: str) -> str:
    client = lab.aws.client("lambda", ACCOUNT, AWS_REGION)
    found: str = client.get_function(FunctionName=name, Qualifier="live")["Code"]["ResolvedImageUri"]
    return found.partition("@")[2]


def alias_writes(lab: Lab) -> list[str]:
    return [f"{request.method} {request.path.split('/')[-1]}" for request in lab.gateway.writes(r"^lambda\.")]


def test_an_alias_is_led_to_what_was_deployed(lab: Lab, run: Run, service: Service, aliased: None) -> None:
    done = run("deploy-lambda", CIGEN_LAMBDA_ALIAS="live")

    assert done.code == 0, done.log
    assert (running(lab, "orders"), alias_of(lab, "orders")) == (NEW.digest, NEW.digest)
    assert outcomes(service) == {"orders": "updated"}
    lab.gateway.clear()
    again = run("deploy-lambda", CIGEN_LAMBDA_ALIAS="live")
    assert (again.code, outcomes(service), alias_writes(lab)) == (0, {"orders": "unchanged"}, [])


def test_an_alias_that_is_not_there_is_created(lab: Lab, run: Run, mapped: Callable[..., None]) -> None:
    mapped("orders")

    done = run("deploy-lambda", CIGEN_LAMBDA_ALIAS="live")

    assert done.code == 0, done.log
    assert alias_of(lab, "orders") == NEW.digest


def test_an_alias_left_behind_is_moved_without_a_second_update(
    lab: Lab, run: Run, service: Service, aliased: None
) -> None:
    run("deploy-lambda")
    assert (running(lab, "orders"), alias_of(lab, "orders")) == (NEW.digest, OLD.digest)
    lab.gateway.clear()

    done = run("deploy-lambda", CIGEN_LAMBDA_ALIAS="live")

    assert done.code == 0, done.log
    assert alias_of(lab, "orders") == NEW.digest
    assert alias_writes(lab) == ["POST versions", "PUT live"]


@pytest.mark.parametrize("path", ["/versions", "/aliases/"])
def test_a_lost_answer_while_an_alias_moves_is_looked_after(
    lab: Lab, run: Run, aliased: None, clock: Clock, path: str
) -> None:
    lab.aws.update_seconds = 0.0  # the clock here runs ahead of the lab's
    lab.gateway.fault(host="lambda", path=path, action=DropAfterCommit())

    done = run("deploy-lambda", CIGEN_LAMBDA_ALIAS="live", clock=clock)

    assert done.code == 0, done.log
    assert (running(lab, "orders"), alias_of(lab, "orders")) == (NEW.digest, NEW.digest)
