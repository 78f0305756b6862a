"""Two pipelines that deploy to one region, in an order that nobody planned."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lab import Delay, DropAfterCommit, Lab
from lab.images import make_image
from runtime.conftest import ECR, Clock, Done, Service
from runtime.test_dashboard_bucket import BUCKET, HOST, S3

Run = Callable[..., Done]
IMAGES = {version: make_image(version) for version in ("1.0.0", "1.1.0", "1.2.0")}
HOUR = 3600.0


@pytest.fixture
def pipeline(lab: Lab, run: Run, service: Service) -> Callable[..., Done]:
    """Runs a command of the pipeline that deploys a version; `ahead` is by how much the runner's clock is wrong."""
    for version, image in IMAGES.items():
        lab.ecr.push(image, "lambda-images", f"orders-{version}")
    lab.aws.update_seconds = 0
    lab.aws.create_function("111122223333", "eu-west-2", "orders", f"{ECR}/lambda-images:orders-1.0.0")

    def pipeline(command: str, version: str, ahead: float = 0.0, **variables: Any) -> Done:
        digest = IMAGES[version].digest
        project = {
            "folder": "orders",
            "lambda": "orders",
            "version": version,
            "image": f"{ECR}/lambda-images:orders-{version}",
            "source_digest": digest,
            "digest": digest,
            "architecture": "x86_64",
        }
        mapping = {"schema": 1, "environment": "staging", "region": "eu", "projects": {"orders": project}}
        path = service.path("lambda-ecr-mappings.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(mapping))
        clock = Clock()
        clock.time = time.time() + ahead
        number = str(5000 + int(version.split(".")[1]))
        return run(command, clock=clock, CI_PIPELINE_ID=number, **variables)

    return pipeline


def results(service: Service) -> Path:
    return service.path("deploy-result.json")


def on_the_dashboard(lab: Lab) -> str:
    return str(lab.dashboard.shown("staging", "eu")["orders"]["version"])


@pytest.mark.parametrize(("first", "second"), [(HOUR, 0.0), (0.0, -HOUR), (-HOUR, HOUR)])
def test_the_dashboard_shows_what_was_deployed_last_though_the_runners_clocks_differ(
    lab: Lab, pipeline: Callable[..., Done], first: float, second: float
) -> None:
    for version, ahead in (("1.1.0", first), ("1.2.0", second)):
        assert pipeline("deploy-lambda", version, ahead).code == 0
        assert pipeline("update-version-dashboard", version, ahead).code == 0
        time.sleep(1.1)  # Lambda's time is told to the second

    assert on_the_dashboard(lab) == "1.2.0"


def test_an_older_pipeline_that_deploys_last_is_told_in_its_log_and_on_the_dashboard(
    lab: Lab, pipeline: Callable[..., Done]
) -> None:
    pipeline("deploy-lambda", "1.2.0")
    pipeline("update-version-dashboard", "1.2.0")
    time.sleep(1.1)

    late = pipeline("deploy-lambda", "1.1.0")
    pipeline("update-version-dashboard", "1.1.0")

    assert "\nfunction  version  digest               ran before    outcome\n" in late.log
    assert f"\norders    1.1.0    {IMAGES['1.1.0'].digest[:19]}  orders-1.2.0  updated\n" in late.log
    assert on_the_dashboard(lab) == "1.1.0"


def test_a_newer_pipeline_that_records_first_is_not_covered_by_the_older_one(
    lab: Lab, service: Service, pipeline: Callable[..., Done]
) -> None:
    pipeline("deploy-lambda", "1.1.0")
    older = results(service).read_text()
    time.sleep(1.1)
    pipeline("deploy-lambda", "1.2.0")
    pipeline("update-version-dashboard", "1.2.0")

    results(service).write_text(older)
    done = pipeline("update-version-dashboard", "1.1.0")

    assert done.code == 0
    assert "in the history: 1.2.0 was deployed later, by pipeline 5002" in done.log
    assert on_the_dashboard(lab) == "1.2.0"


def test_a_lost_answer_to_a_write_that_another_pipeline_has_built_on_loses_neither(
    lab: Lab, pipeline: Callable[..., Done]
) -> None:
    lab.aws.create_bucket(BUCKET, region="eu-west-1")
    pipeline("deploy-lambda", "1.1.0")

    def another_writes() -> None:
        while "state.json" not in lab.aws.objects(BUCKET):
            time.sleep(0.01)
        state = json.loads(lab.aws.objects(BUCKET)["state.json"])
        state["projects"]["invoices"] = state["projects"]["orders"]
        lab.aws.put_object(BUCKET, "state.json", json.dumps(state).encode())

    lab.gateway.fault(DropAfterCommit(), method="PUT", host=HOST, path="state.json")
    lab.gateway.fault(Delay(1), method="HEAD", host=HOST, path="state.json")
    with ThreadPoolExecutor(1) as another:
        written = another.submit(another_writes)
        done = pipeline("update-version-dashboard", "1.1.0", **S3)
        written.result(timeout=10)

    state = json.loads(lab.aws.objects(BUCKET)["state.json"])
    assert done.code == 0, done.log
    assert {project: len(places["staging/eu"]) for project, places in state["projects"].items()} == {
        "invoices": 1,
        "orders": 1,
    }
    assert [request.path for request in lab.gateway.writes(HOST)] == ["/index.html", "/state.json"]
    assert lab.gateway.unused_faults == []
