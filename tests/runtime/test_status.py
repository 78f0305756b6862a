"""`cigen-runtime status`: which version of each project runs where, as Lambda says."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from syrupy.assertion import SnapshotAssertion

from cigen_runtime.file_schemas import SCHEMAS
from lab import Lab, Status
from lab.images import make_image
from runtime.conftest import Clock
from runtime.production import PROD, REGIONS, REPOSITORY, Production, no_token_for_ecr
from runtime.repository import Repository

ACCOUNT = "444455556666"
OLD, NEW = make_image("old"), make_image("new")


@pytest.fixture
def production(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Production:
    """Two functions that run 1.3.0 in both regions, in a clone that has the tags of 1.3.0 and 1.4.0."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    repository = Repository(tmp_path / "repo")
    production = Production(lab, repository.folder)
    for project, name in (("orders-api", "orders"), ("invoices", "invoice-writer")):
        production.has(project, f"ACTUAL_LAMBDA_NAME={name}")
        repository.commit("feat: it", {f"functions/{project}/app.py": "pass"})
        for version in ("1.3.0", "1.4.0"):
            repository.git("push", "--quiet", "origin", f"HEAD:refs/tags/{project}-v{version}")
        for region in REGIONS.values():
            lab.ecr.push(OLD, REPOSITORY, f"{name}-1.3.0", region=region)
            image = lab.ecr.push(NEW, REPOSITORY, f"{name}-1.4.0", region=region)
            lab.aws.create_function(ACCOUNT, region, name, image.replace("1.4.0", "1.3.0"))
    return production


def deploy(lab: Lab, region: str, name: str, image: str) -> None:
    lab.aws.update_seconds = 0
    client = lab.aws.client("lambda", ACCOUNT, REGIONS[region])
    client.update_function_code(FunctionName=name, ImageUri=image)


def ecr_of(region: str) -> str:
    return f"111122223333.dkr.ecr.{REGIONS[region]}.amazonaws.com/{REPOSITORY}"


def test_every_function_is_shown_with_its_version_in_every_region(
    production: Production, snapshot: SnapshotAssertion
) -> None:
    done = production.run("status")

    assert done.code == 0, done.log
    assert masked(done.log) == snapshot
    written = production.read("cigen-out/status.json")
    assert list(Draft202012Validator(SCHEMAS["status"]).iter_errors(written)) == []
    assert written["projects"]["orders-api"]["regions"]["us"] | {"modified": ""} == {
        "state": "Active",
        "version": "1.3.0",
        "image": f"{ecr_of('us')}:orders-1.3.0",
        "digest": OLD.digest,
        "modified": "",
    }


def test_a_region_that_runs_something_else_drifts(
    lab: Lab, production: Production, snapshot: SnapshotAssertion
) -> None:
    deploy(lab, "us", "orders", f"{ecr_of('us')}:orders-1.4.0")

    done = production.run("status", "--project", "orders-api")

    assert done.code == 0, done.log
    assert masked(done.log) == snapshot
    assert production.read("cigen-out/status.json")["projects"]["orders-api"]["drifts"] is True


def test_a_function_that_was_given_a_digest_is_known_by_the_tag_of_that_digest(
    lab: Lab, production: Production
) -> None:
    deploy(lab, "eu", "orders", f"{ecr_of('eu')}@{NEW.digest}")

    production.run("status", "--project", "orders-api")

    assert production.read("cigen-out/status.json")["projects"]["orders-api"]["regions"]["eu"]["version"] == "1.4.0"


def test_a_version_is_never_guessed_from_a_tag_that_nobody_made(lab: Lab, production: Production) -> None:
    lab.ecr.push(NEW, REPOSITORY, "orders-9.9.9", region=REGIONS["eu"])
    deploy(lab, "eu", "orders", f"{ecr_of('eu')}:orders-9.9.9")

    done = production.run("status", "--project", "orders-api")

    assert done.code == 0
    assert production.read("cigen-out/status.json")["projects"]["orders-api"]["regions"]["eu"]["version"] is None


def test_a_function_that_is_missing_in_one_region_is_shown_as_missing_there(
    lab: Lab, production: Production, snapshot: SnapshotAssertion
) -> None:
    lab.aws.client("lambda", ACCOUNT, REGIONS["us"]).delete_function(FunctionName="orders")

    done = production.run("status", "--project", "orders-api")

    assert done.code == 0
    assert masked(done.log) == snapshot


def test_a_region_that_could_not_be_looked_at_is_said_and_fails_after_the_rest_is_shown(
    lab: Lab, production: Production, snapshot: SnapshotAssertion
) -> None:
    body = json.dumps({"message": "User is not authorized to perform: lambda:GetFunction"}).encode()
    refusal = Status(403, body, {"x-amzn-ErrorType": "AccessDeniedException"})
    lab.gateway.fault(refusal, host=r"lambda\.us-east-1", times=10)

    done = production.run("status", "--project", "orders-api")

    assert done.code == 11
    assert masked(done.log) == snapshot


def test_a_version_that_ecr_keeps_to_itself_is_not_called_unknown(
    lab: Lab, production: Production, snapshot: SnapshotAssertion
) -> None:
    deploy(lab, "eu", "orders", f"{ecr_of('eu')}@{NEW.digest}")
    lab.gateway.fault(no_token_for_ecr(), host=r"api\.ecr\.eu-west-2", times=10)

    done = production.run("status", "--project", "orders-api")

    assert done.code == 11
    assert masked(done.log) == snapshot
    assert production.read("cigen-out/status.json")["projects"]["orders-api"]["regions"]["eu"]["digest"] == NEW.digest


def test_a_region_in_an_account_of_its_own_is_looked_at_there(lab: Lab, production: Production) -> None:
    lab.vault.aws_role("lambda-prod-us", "arn:aws:iam::777788889999:role/lambda-prod-us")
    image = f"{ecr_of('us')}:orders-1.4.0"
    lab.aws.create_function("777788889999", REGIONS["us"], "orders", image)
    regions = json.loads(PROD["CIGEN_REGIONS"])
    regions[1]["variables"] = {"CIGEN_AWS_ACCOUNT": "777788889999", "CIGEN_VAULT_ROLE": "lambda-prod-us"}

    done = production.run("status", "--project", "orders-api", CIGEN_REGIONS=json.dumps(regions))

    assert done.code == 0, done.log
    seen = production.read("cigen-out/status.json")["projects"]["orders-api"]["regions"]
    assert {region: entry["version"] for region, entry in seen.items()} == {"eu": "1.3.0", "us": "1.4.0"}


def test_a_vault_that_is_sealed_does_not_keep_a_person_waiting(lab: Lab, production: Production, clock: Clock) -> None:
    lab.vault.sealed = True

    done = production.run("status", clock=clock)

    assert done.code == 75
    assert sum(clock.waits) <= 10 * len(REGIONS)
    assert "[2/2] could not look at 2 of 2 functions in us" in done.log
    assert "to do:     Ask whoever runs Vault to unseal it" in done.log


def test_an_unknown_project_names_the_nearest(production: Production) -> None:
    done = production.run("status", "--project", "orders")

    assert (done.code, done.error) == (12, "error: there is no project 'orders' (not found)")
    assert "Did you mean orders-api?" in done.log


def test_without_any_place_it_says_what_it_lacks(production: Production) -> None:
    done = production.run("status", VAULT_ADDR="", CIGEN_ENVIRONMENT="")

    assert done.code == 2
    assert done.error == "error: status cannot log in to AWS (wrong input)"
    assert "VAULT_ADDR is not set" in done.log
    assert "CIGEN_ENVIRONMENT is not set" in done.log


def masked(log: str) -> str:
    """The log without what differs from one run to the next: when the functions were changed."""
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "2026-01-02T03:04:05", log)
