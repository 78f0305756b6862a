"""`cigen-runtime rollback-lambda`: back to what a deployment recorded."""

import json
from collections.abc import Callable

import pytest

from lab import Lab, make_image
from runtime.conftest import ECR, Done, Service

Run = Callable[..., Done]
OLD, NEW, OTHER = make_image("old"), make_image("new"), make_image("other")
ACCOUNT, AWS_REGION = "111122223333", "eu-west-2"


@pytest.fixture
def deployed(lab: Lab, run: Run, service: Service) -> None:
    """Two functions that ran OLD and were given NEW; `run` comes first: it creates the ECR repository."""
    old = lab.ecr.push(OLD, "lambda-images", "old")
    new = lab.ecr.push(NEW, "lambda-images", "new")
    projects = {}
    for name in ("orders", "billing"):
        lab.aws.create_function(ACCOUNT, AWS_REGION, name, old)
        mapping = {"lambda": name, "folder": name, "version": "1.1.0", "image": new, "architecture": "x86_64"}
        projects[name] = {**mapping, "digest": NEW.digest, "source_digest": NEW.digest}
    target = service.path("lambda-ecr-mappings.json")
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps({"schema": 1, "environment": "staging", "region": "eu", "projects": projects}))
    assert run("deploy-lambda").code == 0
    assert running(lab) == [NEW.digest, NEW.digest]


def running(lab: Lab) -> list[str]:
    return [lab.aws.function(ACCOUNT, AWS_REGION, name).image_digest for name in ("orders", "billing")]


def test_every_function_runs_again_what_it_ran_before(lab: Lab, run: Run, service: Service, deployed: None) -> None:
    done = run("rollback-lambda")

    assert done.code == 0, done.log
    assert running(lab) == [OLD.digest, OLD.digest]
    result = service.read("rollback-result.json")["projects"]
    assert {name: entry["outcome"] for name, entry in result.items()} == {"billing": "updated", "orders": "updated"}
    assert result["orders"]["before"] == f"{ECR}/lambda-images@{NEW.digest}"
    assert done.log.endswith("until the next deployment;\n`cigen-runtime status` shows what runs\n")


def test_a_second_rollback_changes_nothing(lab: Lab, run: Run, service: Service, deployed: None) -> None:
    run("rollback-lambda")
    lab.gateway.clear()

    done = run("rollback-lambda")

    assert done.code == 0
    assert [request for request in lab.gateway.writes(r"^lambda\.") if request.method == "PUT"] == []


def test_a_dry_run_takes_nothing_back(lab: Lab, run: Run, deployed: None) -> None:
    done = run("rollback-lambda", "--dry-run")

    assert done.code == 0
    assert "would update" in done.log
    assert running(lab) == [NEW.digest, NEW.digest]


def test_a_function_that_somebody_deployed_anew_keeps_all_as_they_are(lab: Lab, run: Run, deployed: None) -> None:
    image = lab.ecr.push(OTHER, "lambda-images", "other")
    lab.aws.update_seconds = 0.0
    lab.aws.client("lambda", ACCOUNT, AWS_REGION).update_function_code(FunctionName="orders", ImageUri=image)

    done = run("rollback-lambda")

    assert done.code == 13, done.log
    assert done.error == ("error: function orders runs neither what was deployed nor what it ran before (conflict)")
    assert running(lab) == [OTHER.digest, NEW.digest]


def test_without_a_record_it_says_where_to_get_one(run: Run) -> None:
    done = run("rollback-lambda")

    assert done.code == 12
    assert (
        "It is an artifact of deploy-lambda: let the job `needs` that, or download it into the working folder."
        in done.log
    )


def test_the_record_of_a_second_run_cannot_take_the_first_one_back_and_says_so(
    lab: Lab, run: Run, deployed: None
) -> None:
    run("deploy-lambda")

    done = run("rollback-lambda")

    assert done.code == 12, done.log
    assert done.error == (
        "error: cigen-out/staging/eu/deploy-result.json has no function that its run of deploy-lambda changed, "
        "so nothing was taken back (not found)"
    )
    assert "came back: 2 unchanged" in done.log
    assert "take the file from the artifacts of the run that changed them" in done.log
    assert running(lab) == [NEW.digest, NEW.digest]


def test_a_rollback_says_which_version_it_leaves(run: Run, deployed: None) -> None:
    done = run("rollback-lambda", "--dry-run")

    assert done.log.endswith(
        "function  version       digest               ran before  outcome\n"
        f"billing   before 1.1.0  {OLD.digest[:19]}  new         would update\n"
        f"orders    before 1.1.0  {OLD.digest[:19]}  new         would update\n"
        "2 functions: 2 would update\n"
    )
