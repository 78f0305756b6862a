"""`cigen-runtime backfill-images`: a new region gets what is released, once."""

from pathlib import Path

import pytest

from lab import DropAfterCommit, Lab
from lab.images import Image, make_image, make_index
from runtime.conftest import Clock
from runtime.production import ECR_ACCOUNT, RELEASE, REPOSITORY, Production

US = {
    "CIGEN_REGION": "us",
    "CIGEN_AWS_REGION": "us-east-1",
    "CI_ENVIRONMENT_NAME": "prod/us",
    "CIGEN_ECR_ACCOUNT": ECR_ACCOUNT,
    "CIGEN_ECR_REPOSITORY": REPOSITORY,
}
ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def production(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Production:
    """orders in versions 1.9.0 and 1.10.0, search never released, and a new region."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    production = Production(lab, tmp_path)
    production.has("orders", "ACTUAL_LAMBDA_NAME=orders-api")
    production.has("search", "ACTUAL_LAMBDA_NAME=search")
    for version in ("1.9.0", "1.10.0"):
        lab.artifactory.push(make_image(version), f"{RELEASE}/orders", version)
    lab.ecr.create_repository(REPOSITORY, region="us-east-1", immutable=True)
    return production


def digest(lab: Lab, tag: str) -> str | None:
    return lab.ecr.digest(REPOSITORY, tag, region="us-east-1")


def ecr_writes(lab: Lab) -> list[str]:
    return [f"{request.method} {request.path}" for request in lab.gateway.writes(r"\.dkr\.ecr\.")]


def test_the_highest_released_version_is_copied_and_what_was_never_released_is_named(
    lab: Lab, production: Production
) -> None:
    done = production.run("backfill-images", **US)

    assert done.code == 0, done.log
    assert lab.ecr.tags(REPOSITORY, region="us-east-1") == ["orders-api-1.10.0"]
    assert digest(lab, "orders-api-1.10.0") == make_image("1.10.0").digest
    assert f"search is skipped: {RELEASE} has no version of it" in done.log


def test_a_second_run_writes_nothing(lab: Lab, production: Production) -> None:
    production.run("backfill-images", **US)
    lab.gateway.clear()

    done = production.run("backfill-images", **US)

    assert done.code == 0
    assert ecr_writes(lab) == []


def test_a_dry_run_names_what_it_would_copy(lab: Lab, production: Production) -> None:
    done = production.run("backfill-images", "--dry-run", **US)

    assert done.code == 0
    assert (
        f"would copy artifactory.example.com/{RELEASE}/orders:1.10.0 to {ECR}/{REPOSITORY}:orders-api-1.10.0"
        in done.log
    )
    assert ecr_writes(lab) == []


def test_a_version_can_be_asked_for(lab: Lab, production: Production) -> None:
    done = production.run("backfill-images", TARGET_VERSIONS_JSON='{"orders": "1.9.0"}', **US)

    assert done.code == 0, done.log
    assert lab.ecr.tags(REPOSITORY, region="us-east-1") == ["orders-api-1.9.0"]


def test_of_an_index_the_one_image_is_copied_that_the_function_runs(lab: Lab, production: Production) -> None:
    image: Image = make_image("intel")
    lab.artifactory.push(make_index([image, make_image("arm", architecture="arm64")]), f"{RELEASE}/orders", "2.0.0")

    done = production.run("backfill-images", **US)

    assert done.code == 0, done.log
    assert digest(lab, "orders-api-2.0.0") == image.digest


def test_one_version_that_is_not_released_keeps_all_from_being_copied(lab: Lab, production: Production) -> None:
    done = production.run("backfill-images", TARGET_VERSIONS_JSON='{"orders": "1.9.0", "search": "1.0.0"}', **US)

    assert done.code == 12
    assert done.error == f"error: artifactory.example.com/{RELEASE}/search:1.0.0 is not there (not found)"
    assert ecr_writes(lab) == []


def test_an_answer_that_is_lost_does_not_matter(lab: Lab, production: Production, clock: Clock) -> None:
    lab.gateway.fault(method="PUT", host=r"\.dkr\.ecr\.", path="manifests", times=1, action=DropAfterCommit())

    done = production.run("backfill-images", clock=clock, **US)

    assert done.code == 0, done.log
    assert digest(lab, "orders-api-1.10.0") == make_image("1.10.0").digest
