"""A registry per environment: production's images are copied from the RC or the release repository, then mapped."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import Lab
from lab.images import make_image
from runtime.conftest import Done, Service
from runtime.production import RC, RELEASE, REPOSITORY, Production

Run = Callable[..., Done]
ORDERS = make_image("orders", layers=2)
BILLING = make_image("billing")
PROD_ECR = "444455556666.dkr.ecr.eu-west-2.amazonaws.com"
PROD_EU = {
    "CIGEN_ENVIRONMENT": "prod",
    "CIGEN_AWS_ACCOUNT": "444455556666",
    "CI_ENVIRONMENT_NAME": "prod/eu",
    "CIGEN_VAULT_ROLE": "lambda-prod",
    "CIGEN_ECR_ACCOUNT": "444455556666",
    "CIGEN_SOURCE_REPOSITORIES": f"{RC} {RELEASE}",
}
VERSIONS = '{"orders": "1.4.0", "billing": "2.0.0"}'


@pytest.fixture
def released(lab: Lab, run: Run, service: Service) -> None:
    """orders 1.4.0 is a candidate, billing 2.0.0 released and gone from RC; ECR of production is empty."""
    service.has("orders", "1.4.0", lambda_name="orders-api")
    service.has("billing", "2.0.0", lambda_name="invoice-writer")
    lab.artifactory.push(ORDERS, f"{RC}/orders", "1.4.0")
    lab.artifactory.push(BILLING, f"{RELEASE}/billing", "2.0.0")
    lab.ecr.create_repository(REPOSITORY, account="444455556666", immutable=True)


def test_the_versions_are_proven_in_artifactory_alone_and_nothing_is_mapped_yet(
    lab: Lab, released: None, service: Service
) -> None:
    production = Production(lab, service.folder)

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON=VERSIONS, CIGEN_ECR_PER_ENVIRONMENT="true")

    assert done.code == 0, done.log
    assert "the images come to each region's ECR by its retag-push-ecr, which writes the mappings\n" in done.log
    assert not list(service.folder.rglob("lambda-ecr-mappings.json"))
    assert json.loads((service.folder / "versions.json").read_text()) == {
        "orders": {"version": "1.4.0", "folder": "orders", "changed": True},
        "billing": {"version": "2.0.0", "folder": "billing", "changed": True},
    }
    assert [request for request in lab.gateway.requests if "ecr" in request.host] == []


def test_a_version_that_artifactory_lacks_is_refused_before_anything_is_copied(
    lab: Lab, released: None, service: Service
) -> None:
    production = Production(lab, service.folder)

    done = production.run(
        "generate-mappings", TARGET_VERSIONS_JSON='{"orders": "9.9.9"}', CIGEN_ECR_PER_ENVIRONMENT="true"
    )

    assert done.code == 12, done.log
    assert "orders 9.9.9 is neither in" in done.log


def test_each_image_is_copied_from_the_first_repository_that_has_it(
    lab: Lab, released: None, run: Run, service: Service
) -> None:
    done = run("retag-push-ecr", **PROD_EU)

    assert done.code == 0, done.log
    mappings = json.loads((service.folder / "cigen-out/prod/eu/lambda-ecr-mappings.json").read_text())
    assert {name: (entry["image"], entry["source_digest"]) for name, entry in mappings["projects"].items()} == {
        "orders": (f"{PROD_ECR}/{REPOSITORY}:orders-api-1.4.0", ORDERS.digest),
        "billing": (f"{PROD_ECR}/{REPOSITORY}:invoice-writer-2.0.0", BILLING.digest),
    }
    assert lab.ecr.digest(REPOSITORY, "invoice-writer-2.0.0", account="444455556666") == BILLING.digest


def test_an_image_that_is_nowhere_is_told_with_the_first_place_and_none_is_copied(
    lab: Lab, released: None, run: Run, service: Service
) -> None:
    service.has("reports", "3.0.0", lambda_name="report-mailer")

    done = run("retag-push-ecr", **PROD_EU)

    assert done.code == 12, done.log
    assert f"artifactory.example.com/{RC}/reports:3.0.0 is not there" in done.log
    assert lab.ecr.digest(REPOSITORY, "orders-api-1.4.0", account="444455556666") is None


def test_both_repositories_and_ecr_are_asked_whether_they_let_the_job_in(
    lab: Lab, released: None, run: Run, tmp_path: Path
) -> None:
    done = run("prepare-docker-config", **PROD_EU)

    assert done.code == 0, done.log
    assert done.log.endswith(f"ok: Artifactory (artifactory.example.com) and ECR ({PROD_ECR}) let this job in\n")
