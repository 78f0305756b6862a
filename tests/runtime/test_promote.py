"""`cigen-runtime promote-*`: what was deployed, and nothing else, is copied to the next repository, once."""

from pathlib import Path
from typing import Any

import pytest

from cigen_runtime.contract.promotion import PROMOTE_TO_RC
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.file_schemas import SCHEMAS
from cigen_runtime.job import open_job
from cigen_runtime.services.artifactory import Artifactory, promotion_repository
from lab import DropAfterCommit, DropBeforeRead, Lab, Status
from lab.images import Image, make_image, make_index
from lab.promotion import errors, messages
from runtime.conftest import Clock
from runtime.production import BUILD, HOST, PROD, RC, REGIONS, RELEASE, Production

PROMOTE = r"/artifactory/api/docker/.*/promote"
IMAGES = {name: make_image(name) for name in ("a", "b", "c", "d", "e")}
ORDERS = make_image("orders", layers=2)


class Deployed(Production):
    """A service whose images are deployed, and that wants them promoted."""

    def deploy(self, project: str, version: str, digest: str, *, source: str | None = "", changed: bool = True) -> None:
        """Have versions.json and deploy-result.json say that this was deployed in every region."""
        self._add("versions.json", {}, project, {"version": version, "folder": project, "changed": changed})
        for region in REGIONS:
            self._add(
                f"cigen-out/prod/{region}/deploy-result.json",
                {"schema": 1, "environment": "prod", "region": region, "projects": {}},
                project,
                {
                    "lambda": project,
                    "version": version,
                    "image": f"111122223333.dkr.ecr.eu-west-2.amazonaws.com/lambda-images:{project}-{version}",
                    "source_digest": digest if source == "" else source,
                    "digest": digest,
                    "before": None,
                    "outcome": "updated",
                },
            )

    def _add(self, name: str, empty: dict[str, Any], project: str, entry: dict[str, Any]) -> None:
        content = self.read(name) if (self.folder / name).exists() else empty
        content.get("projects", content)[project] = entry
        self.write(name, content)

    def outcomes(self) -> dict[str, str]:
        """The outcome of each project in promotion.json."""
        projects = self.read("cigen-out/prod/promotion.json")["projects"]
        return {name: entry["outcome"] for name, entry in projects.items()}

    def has_promotion(self) -> bool:
        """Whether promotion.json is there."""
        return (self.folder / "cigen-out/prod/promotion.json").exists()


@pytest.fixture
def service(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    return Deployed(lab, tmp_path)


@pytest.fixture
def orders(lab: Lab, service: Deployed) -> Image:
    """One project, deployed from RC."""
    lab.artifactory.push(ORDERS, f"{RC}/orders-api", "1.4.0")
    service.deploy("orders-api", "1.4.0", ORDERS.digest)
    return ORDERS


@pytest.fixture
def five(lab: Lab, service: Deployed) -> dict[str, Image]:
    """Five projects, deployed from RC."""
    for name, image in IMAGES.items():
        lab.artifactory.push(image, f"{RC}/{name}", "1.0.0")
        service.deploy(name, "1.0.0", image.digest)
    return IMAGES


def writes(lab: Lab) -> list[str]:
    return [f"{request.method} {request.path}" for request in lab.gateway.writes()]


def test_a_release_is_a_copy_under_the_same_tag(lab: Lab, service: Deployed, orders: Image) -> None:
    done = service.run("promote-to-release")

    assert done.code == 0, done.log
    assert lab.artifactory.digest(f"{RELEASE}/orders-api", "1.4.0") == orders.digest
    assert lab.artifactory.digest(f"{RC}/orders-api", "1.4.0") == orders.digest
    assert lab.promotion.bodies == [
        {
            "targetRepo": RELEASE,
            "dockerRepository": "orders-api",
            "targetDockerRepository": "orders-api",
            "tag": "1.4.0",
            "targetTag": "1.4.0",
            "copy": True,
        }
    ]
    assert service.read("cigen-out/prod/promotion.json") == {
        "schema": 1,
        "environment": "prod",
        "from": RC,
        "to": RELEASE,
        "projects": {
            "orders-api": {
                "version": "1.4.0",
                "image": f"{HOST}/{RELEASE}/orders-api:1.4.0",
                "digest": orders.digest,
                "outcome": "promoted",
            }
        },
    }


def test_what_is_written_keeps_its_schema(service: Deployed, orders: Image) -> None:
    from jsonschema import Draft202012Validator

    service.run("promote-to-release")

    written = service.read("cigen-out/prod/promotion.json")
    assert list(Draft202012Validator(SCHEMAS["promotion"]).iter_errors(written)) == []


@pytest.mark.parametrize(
    ("command", "source", "target", "variables"),
    [
        ("promote-to-rc", BUILD, RC, {}),
        ("promote-to-release", RC, RELEASE, {}),
        ("promote-artifacts", "old", "new", {"CIGEN_PROMOTE_FROM": "old", "CIGEN_PROMOTE_TO": "new"}),
    ],
)
def test_each_command_promotes_between_its_repositories(
    lab: Lab, service: Deployed, command: str, source: str, target: str, variables: dict[str, str]
) -> None:
    lab.artifactory.push(ORDERS, f"{source}/orders-api", "1.4.0")
    service.deploy("orders-api", "1.4.0", ORDERS.digest)

    done = service.run(command, **variables)

    assert done.code == 0, done.log
    assert writes(lab) == [f"POST /artifactory/api/docker/{source}/v2/promote"]
    assert lab.artifactory.digest(f"{target}/orders-api", "1.4.0") == ORDERS.digest


def test_a_second_run_promotes_nothing(lab: Lab, service: Deployed, orders: Image) -> None:
    service.run("promote-to-release")
    lab.gateway.clear()

    done = service.run("promote-to-release")

    assert done.code == 0
    assert writes(lab) == []
    assert service.outcomes() == {"orders-api": "unchanged"}


def test_a_dry_run_names_what_it_would_promote_and_promotes_nothing(lab: Lab, service: Deployed, orders: Image) -> None:
    done = service.run("promote-to-release", "--dry-run")

    assert done.code == 0
    assert f"would promote {HOST}/{RC}/orders-api:1.4.0 to {RELEASE} ({orders.digest})" in done.log
    assert writes(lab) == []
    assert not service.has_promotion()


def test_an_index_is_promoted_with_all_of_its_images(lab: Lab, service: Deployed) -> None:
    intel, arm = make_image("a"), make_image("a", architecture="arm64")
    index = make_index([intel, arm])
    lab.artifactory.push(index, f"{RC}/orders-api", "1.4.0")
    service.deploy("orders-api", "1.4.0", intel.digest, source=index.digest)

    done = service.run("promote-to-release")

    assert done.code == 0, done.log
    assert lab.artifactory.digest(f"{RELEASE}/orders-api", "1.4.0") == index.digest
    assert lab.artifactory.digest(f"{RELEASE}/orders-api", arm.digest) == arm.digest


def test_an_index_whose_images_did_not_all_arrive_is_told_in_every_run(lab: Lab, service: Deployed) -> None:
    intel, arm = make_image("a"), make_image("a", architecture="arm64")
    index = make_index([intel, arm])
    lab.artifactory.push(index, f"{RC}/orders-api", "1.4.0")
    service.deploy("orders-api", "1.4.0", intel.digest, source=index.digest)
    lab.gateway.fault(Status(404), method="HEAD", path=f"{RELEASE}/orders-api/manifests/{arm.digest}", times=2)

    first, second, third = (service.run("promote-to-release") for _ in range(3))

    assert [done.code for done in (first, second, third)] == [13, 13, 0], second.log
    for done in (first, second):
        assert "orders-api:1.4.0 is there without all of the images it names" in done.error
        assert f"  came back: missing: {arm.digest}" in done.log.splitlines()
    assert len(lab.promotion.bodies) == 1


def test_a_version_with_build_metadata_is_promoted_under_its_tag(lab: Lab, service: Deployed) -> None:
    lab.artifactory.push(ORDERS, f"{RC}/orders-api", "1.4.0_b7")
    service.deploy("orders-api", "1.4.0+b7", ORDERS.digest)

    done = service.run("promote-to-release")

    assert done.code == 0, done.log
    assert lab.promotion.bodies[0]["tag"] == lab.promotion.bodies[0]["targetTag"] == "1.4.0_b7"


def test_other_content_in_the_target_is_a_conflict_and_stays(lab: Lab, service: Deployed, five: Any) -> None:
    other = make_image("other")
    lab.artifactory.push(other, f"{RELEASE}/c", "1.0.0")

    done = service.run("promote-to-release")

    assert done.code == 13
    assert done.error == f"error: {HOST}/{RELEASE}/c:1.0.0 is there with other content (conflict)"
    assert lab.artifactory.digest(f"{RELEASE}/c", "1.0.0") == other.digest
    assert writes(lab) == []


def test_what_was_rebuilt_after_its_deployment_is_not_promoted(lab: Lab, service: Deployed, orders: Image) -> None:
    rebuilt = make_image("rebuilt")
    lab.artifactory.push(rebuilt, f"{RC}/orders-api", "1.4.0")

    done = service.run("promote-to-release")

    assert done.code == 13
    assert done.error == f"error: {HOST}/{RC}/orders-api:1.4.0 is not what was deployed (conflict)"
    assert f"it is {rebuilt.digest}, what was deployed is {orders.digest}" in done.log
    assert writes(lab) == []


def test_a_source_that_is_gone_is_no_matter_when_the_target_has_it(lab: Lab, service: Deployed, orders: Image) -> None:
    service.run("promote-to-release")
    lab.artifactory.delete(f"{RC}/orders-api", "1.4.0")

    done = service.run("promote-to-release")

    assert done.code == 0, done.log
    assert service.outcomes() == {"orders-api": "unchanged"}


def test_a_missing_tag_names_the_nearest_ones(lab: Lab, service: Deployed, orders: Image) -> None:
    service.deploy("orders-api", "1.4.1", ORDERS.digest)

    done = service.run("promote-to-release")

    assert done.code == 12
    assert done.error == f"error: {HOST}/{RC}/orders-api:1.4.1 is not there (not found)"
    assert "nearest: 1.4.0" in done.log
    assert "1. Is the version in the repository that it is promoted from?" in done.log


def test_an_unchanged_project_whose_build_is_gone_is_reported_as_skipped(
    lab: Lab, service: Deployed, orders: Image
) -> None:
    service.deploy("billing", "2.0.0", make_image("billing").digest, source=None, changed=False)

    done = service.run("promote-to-release")

    assert done.code == 0, done.log
    assert service.outcomes() == {"orders-api": "promoted", "billing": "skipped"}
    assert f"billing is skipped: unchanged, and {RC} does not have it any more" in done.log


def test_an_image_known_by_its_ecr_digest_alone_is_found_in_the_index_it_came_from(lab: Lab, service: Deployed) -> None:
    image = make_image("a")
    lab.artifactory.push(make_index([image]), f"{RELEASE}/billing", "2.0.0")
    service.deploy("billing", "2.0.0", image.digest, source=None, changed=False)

    done = service.run("promote-to-release")

    assert done.code == 0, done.log
    assert service.outcomes() == {"billing": "unchanged"}


def test_regions_that_were_given_different_images_promote_nothing(lab: Lab, service: Deployed, orders: Image) -> None:
    name = "cigen-out/prod/us/deploy-result.json"
    result = service.read(name)
    result["projects"]["orders-api"]["source_digest"] = IMAGES["a"].digest
    service.write(name, result)

    done = service.run("promote-to-release")

    assert done.code == 13
    assert done.error == "error: orders-api 1.4.0 is not the same image in every region (conflict)"
    assert list(lab.gateway.requests) == []


def test_a_version_that_a_region_did_not_get_is_not_promoted(lab: Lab, service: Deployed, orders: Image) -> None:
    name = "cigen-out/prod/us/deploy-result.json"
    result = service.read(name)
    result["projects"]["orders-api"]["version"] = "1.3.0"
    service.write(name, result)

    done = service.run("promote-to-release")

    assert done.code == 13
    assert done.error == "error: orders-api 1.4.0 was not deployed in us (conflict)"
    assert list(lab.gateway.requests) == []


def test_a_version_whose_update_failed_in_a_region_is_not_promoted(lab: Lab, service: Deployed, orders: Image) -> None:
    name = "cigen-out/prod/us/deploy-result.json"
    result = service.read(name)
    result["projects"]["orders-api"]["outcome"] = "rolled back"
    service.write(name, result)

    done = service.run("promote-to-release")

    assert done.code == 13
    assert done.error == "error: orders-api 1.4.0 does not run in us (conflict)"
    assert "us: rolled back" in done.log
    assert list(lab.gateway.requests) == []


def test_a_project_whose_function_does_not_exist_yet_waits(lab: Lab, service: Deployed, orders: Image) -> None:
    for region in REGIONS:
        name = f"cigen-out/prod/{region}/deploy-result.json"
        result = service.read(name)
        result["projects"]["orders-api"]["outcome"] = "missing"
        service.write(name, result)

    done = service.run("promote-to-release")

    assert done.code == 0, done.log
    assert service.outcomes() == {"orders-api": "skipped"}
    assert "orders-api is skipped: its function does not exist yet, so nothing has proven it" in done.log
    assert list(lab.gateway.writes()) == []


def test_a_region_without_a_result_stops_the_promotion(lab: Lab, service: Deployed, orders: Image) -> None:
    (service.folder / "cigen-out/prod/us/deploy-result.json").unlink()

    done = service.run("promote-to-release")

    assert done.code == 12
    assert done.error == "error: cigen-out/prod/us/deploy-result.json is not there (not found)"
    assert "the likeliest first (promotion):" in done.log
    assert "It is an artifact of deploy-lambda: let the job `needs` that" in done.log


def test_a_promotion_to_the_same_repository_is_refused(lab: Lab, service: Deployed, orders: Image) -> None:
    done = service.run("promote-to-release", CIGEN_RELEASE_REPOSITORY=RC)

    assert done.code == 2
    assert writes(lab) == []


def test_an_empty_tag_is_refused_since_it_would_promote_all_tags(lab: Lab, service: Deployed, orders: Image) -> None:
    import io

    environment = {**PROD, **lab.job_variables}
    job = open_job(PROMOTE_TO_RC, environment, service.folder, io.StringIO())
    source, target = promotion_repository(job, RC), promotion_repository(job, RELEASE)

    with pytest.raises(ConfigurationError):
        Artifactory(job).promote(source, target, "orders-api", "", orders.digest)

    assert writes(lab) == []


@pytest.mark.parametrize(
    ("pattern", "registry_path", "docker_name"),
    [
        ("artifactory.example.com/{repository}", "rc/orders", "orders"),
        ("artifactory.example.com/{repository}/team", "rc/team/orders", "team/orders"),
        ("artifactory.example.com/docker/{repository}", "docker/rc/orders", "orders"),
        ("{repository}.artifactory.example.com", "orders", "orders"),
        ("{repository}.artifactory.example.com/team", "team/orders", "team/orders"),
    ],
)
def test_the_rest_api_is_told_the_images_name_within_its_repository(
    lab: Lab, tmp_path: Path, pattern: str, registry_path: str, docker_name: str
) -> None:
    import io

    environment = {**PROD, **lab.job_variables, "CIGEN_ARTIFACTORY_REGISTRY": pattern}
    repository = promotion_repository(open_job(PROMOTE_TO_RC, environment, tmp_path, io.StringIO()), "rc")

    assert (repository.path_of("orders"), repository.docker_name("orders")) == (registry_path, docker_name)


@pytest.mark.parametrize(
    "action",
    [
        DropAfterCommit(),
        DropBeforeRead(),
        Status(500),
        Status(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
        Status(503),
        Status(429, b"", {"Retry-After": "1"}),
    ],
    ids=str,
)
def test_a_promotion_survives_a_fault_and_happens_once(
    lab: Lab, service: Deployed, orders: Image, clock: Clock, action: Any
) -> None:
    lab.gateway.fault(method="POST", path=PROMOTE, times=1, action=action)

    done = service.run("promote-to-release", clock=clock)

    assert done.code == 0, done.log
    assert len(lab.promotion.bodies) == 1
    assert lab.artifactory.digest(f"{RELEASE}/orders-api", "1.4.0") == orders.digest


@pytest.mark.parametrize(
    ("action", "code"),
    [(DropBeforeRead(), 76), (Status(503), 75), (Status(502, b"<html>Bad Gateway</html>"), 75)],
    ids=str,
)
def test_an_artifactory_that_stays_down_is_worth_another_run(
    lab: Lab, service: Deployed, orders: Image, clock: Clock, action: Any, code: int
) -> None:
    lab.gateway.fault(method="POST", path=PROMOTE, times=999, action=action)

    done = service.run("promote-to-release", clock=clock)

    assert done.code == code, done.log
    assert "<html>" not in done.log
    assert service.outcomes() == {"orders-api": "unknown" if code == 76 else "failed"}


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (errors(401, "Token failed verification: expired"), 10, "came back: 401 Token failed verification: expired"),
        (errors(403, "Not allowed"), 11, "came back: 403 Not allowed"),
        (errors(404, "Could not find repository"), 12, "came back: 404 Could not find repository"),
        (messages(400, "User doesn't have permissions to override"), 11, f"deploy to {RELEASE}"),
        (messages(400, "Duplicate layers"), 1, "came back: 400 Duplicate layers"),
        (errors(409, "Locked"), 13, "came back: 409 Locked"),
        (Status(400, b"plain words\n"), 1, "came back: 400 plain words"),
        (Status(404, b"<html>nginx</html>"), 12, "came back: 404 Not Found"),
        (Status(400, b'{"errors": {"message": "odd"}}'), 1, "came back: 400 Bad Request"),
        (
            Status(301, b"", {"Location": "https://new.example.com/"}),
            2,
            "came back: 301, go to https://new.example.com/",
        ),
        (Status(200, b"Promotion ended successfully"), 14, "Artifactory said yes, and the tag is not there"),
    ],
)
def test_each_refusal_says_what_came_back_and_what_to_do(
    lab: Lab, service: Deployed, orders: Image, answer: Status, code: int, words: str
) -> None:
    lab.promotion.refuse(answer)

    done = service.run("promote-to-release")

    assert done.code == code, done.log
    assert words in done.log
    assert "<html>" not in done.log
    assert done.log.count("POST") == 0
    assert len(lab.promotion.bodies) == 1


def test_a_wrong_password_is_told_before_anything_is_promoted(lab: Lab, service: Deployed, orders: Image) -> None:
    done = service.run("promote-to-release", ARTIFACTORY_PASS="wrong-one")

    assert done.code == 10
    assert "1. Is ARTIFACTORY_PASS set, and does Artifactory accept it for ARTIFACTORY_USER?" in done.log
    assert "wrong-one" not in done.log
    assert writes(lab) == []


def test_after_three_of_five_a_second_run_promotes_the_other_two(lab: Lab, service: Deployed, five: Any) -> None:
    for name in ("b", "d"):
        lab.promotion.refuse(errors(403, "Not allowed"), image=name)
    first = service.run("promote-to-release")
    after_first = service.outcomes()
    lab.promotion.reset()

    second = service.run("promote-to-release")

    assert (first.code, second.code) == (20, 0), first.log
    assert first.error == "error: 3 of 5 images were promoted, 2 failed (partly done)"
    assert after_first == {"a": "promoted", "b": "failed", "c": "promoted", "d": "failed", "e": "promoted"}
    assert sorted(body["dockerRepository"] for body in lab.promotion.bodies) == ["b", "d"]
    assert service.outcomes() == {
        "a": "unchanged",
        "b": "promoted",
        "c": "unchanged",
        "d": "promoted",
        "e": "unchanged",
    }


def test_when_the_rest_only_has_to_be_tried_again_gitlab_does_so(
    lab: Lab, service: Deployed, five: Any, clock: Clock
) -> None:
    lab.promotion.refuse(Status(502, b"<html>Bad Gateway</html>"), image="b")

    done = service.run("promote-to-release", clock=clock)

    assert done.code == 75
    assert service.outcomes() == {"a": "promoted", "b": "failed", "c": "promoted", "d": "promoted", "e": "promoted"}


def test_someone_who_promotes_the_same_at_the_same_time_is_no_problem(
    lab: Lab, service: Deployed, orders: Image
) -> None:
    lab.artifactory.push(orders, f"{RELEASE}/orders-api", "1.4.0")
    lab.gateway.fault(method="HEAD", path=f"{RELEASE}/orders-api", times=1, action=Status(404))

    done = service.run("promote-to-release")

    assert done.code == 0, done.log
    assert len(lab.promotion.bodies) == 1


def test_someone_who_promotes_something_else_meanwhile_is_a_conflict(
    lab: Lab, service: Deployed, orders: Image
) -> None:
    other = make_image("other")
    lab.artifactory.push(other, f"{RELEASE}/orders-api", "1.4.0")
    lab.gateway.fault(method="HEAD", path=f"{RELEASE}/orders-api", times=1, action=Status(404))

    done = service.run("promote-to-release")

    assert done.code == 13, done.log
    assert done.error == (f"error: {HOST}/{RELEASE}/orders-api:1.4.0 has other content after the promotion (conflict)")
    assert lab.artifactory.digest(f"{RELEASE}/orders-api", "1.4.0") == other.digest


def test_the_lab_moves_what_is_promoted_without_copy_and_all_tags_without_a_tag(lab: Lab) -> None:
    from lab.images import basic
    from lab.names import ARTIFACTORY_PASSWORD, ARTIFACTORY_USER

    for tag in ("1.0.0", "1.1.0"):
        lab.artifactory.push(make_image(tag), f"{RC}/a", tag)
    headers = {"Authorization": basic(ARTIFACTORY_USER, ARTIFACTORY_PASSWORD)}

    answer = lab.promotion.answer(
        f"/artifactory/api/docker/{RC}/v2/promote",
        headers,
        b'{"targetRepo": "docker-native-release", "dockerRepository": "a"}',
    )

    assert answer.code == 200
    assert (lab.artifactory.tags(f"{RC}/a"), lab.artifactory.tags(f"{RELEASE}/a")) == ([], ["1.0.0", "1.1.0"])
