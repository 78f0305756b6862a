"""`parallel`: several copies of retag-push-ecr share the projects, and a deployment puts their mappings together."""

import json
from collections.abc import Callable

import pytest

from lab import Lab
from lab.images import make_image
from runtime.conftest import Done, Service

Run = Callable[..., Done]
NAMES = ("billing", "orders", "reports", "search")
REPOSITORY = "lambda-images"


@pytest.fixture
def built(lab: Lab, run: Run, service: Service) -> None:
    """Four projects whose images are in the build repository, and whose functions run something else."""
    first = lab.ecr.push(make_image("hello"), REPOSITORY, "hello")
    for name in NAMES:
        service.has(name, "1.0.0", lambda_name=f"{name}-api")
        lab.artifactory.push(make_image(name), f"docker-native-local/{name}", "1.0.0")
        lab.aws.create_function("111122223333", "eu-west-2", f"{name}-api", first)


def share(run: Run, number: int, of: int) -> Done:
    """One of several copies of the job."""
    return run("retag-push-ecr", CI_NODE_INDEX=str(number), CI_NODE_TOTAL=str(of))


def test_each_copy_brings_its_share_and_together_they_bring_all(
    lab: Lab, built: None, run: Run, service: Service
) -> None:
    first = share(run, 1, 3)
    there = [name for name in NAMES if lab.ecr.digest(REPOSITORY, f"{name}-api-1.0.0")]
    others = [share(run, 2, 3), share(run, 3, 3)]

    assert [done.code for done in (first, *others)] == [0, 0, 0], first.log
    assert there == ["billing", "search"]
    shares = {number: list(service.read(f"lambda-ecr-mappings-{number}.json")["projects"]) for number in (1, 2, 3)}
    assert shares == {1: ["billing", "search"], 2: ["orders"], 3: ["reports"]}
    assert service.read("lambda-ecr-mappings-2.json")["part"] == {"number": 2, "of": 3}
    assert not service.path("lambda-ecr-mappings.json").exists()


def test_a_deployment_puts_the_parts_together(lab: Lab, built: None, run: Run) -> None:
    for number in (1, 2):
        share(run, number, 2)

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    runs = [lab.aws.function("111122223333", "eu-west-2", f"{name}-api").image_digest for name in NAMES]
    assert runs == [make_image(name).digest for name in NAMES]


@pytest.mark.parametrize(
    ("numbers", "told"), [((1, 3), "parts 1, 3 are there, and not each one of 3"), ((2, 3), "parts 2, 3 are there")]
)
def test_a_part_that_is_missing_stops_the_deployment_before_it_changes_anything(
    lab: Lab, built: None, run: Run, numbers: tuple[int, ...], told: str
) -> None:
    for number in numbers:
        share(run, number, 3)

    done = run("deploy-lambda")

    assert done.code == 2, done.log
    assert done.error.startswith(f"error: cigen-out/staging/eu/lambda-ecr-mappings-*.json: {told}")
    assert list(lab.gateway.writes(r"lambda\.")) == []


def test_parts_of_different_runs_are_not_mixed(built: None, run: Run) -> None:
    share(run, 1, 2)
    share(run, 2, 3)

    done = run("deploy-lambda")

    assert done.code == 2, done.log


def test_without_a_share_a_copy_writes_an_empty_part(built: None, run: Run, service: Service) -> None:
    done = share(run, 5, 5)

    assert done.code == 0, done.log
    assert service.read("lambda-ecr-mappings-5.json")["projects"] == {}


def test_a_number_that_is_none_is_refused(built: None, run: Run) -> None:
    done = run("retag-push-ecr", CI_NODE_INDEX="null", CI_NODE_TOTAL="2")

    assert done.code == 2
    assert "CI_NODE_INDEX 'null' does not match" in done.log


def test_the_schema_of_the_mappings_knows_parts(built: None, run: Run, service: Service) -> None:
    share(run, 1, 2)
    path = service.path("lambda-ecr-mappings-1.json")
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "part": {"number": 0, "of": 2}}))

    done = run("deploy-lambda")

    assert done.code == 2
    assert "part.number" in done.log
