"""`cigen-runtime publish-image`: built once per version, by a builder that knows no secret."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import DropAfterCommit, Lab, Status
from lab.images import make_image
from lab.names import ARTIFACTORY_PASSWORD
from runtime.conftest import Clock, Done, Service

Run = Callable[..., Done]
BUILDS = "docker-native-local"
BUILDER = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}


@pytest.fixture
def build(lab: Lab, run: Run, clock: Clock, service: Service, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run publish-image with a builder that keeps its images in a folder of this test."""
    home = tmp_path_factory.mktemp("home")
    storage = home / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "vfs"\nrunroot = "{home}/run"\ngraphroot = "{home}/graph"\n')
    policy = home / ".config" / "containers" / "policy.json"
    policy.parent.mkdir(parents=True)
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')

    def build(*options: str, **variables: str) -> Done:
        surroundings = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "CONTAINERS_STORAGE_CONF": str(storage),
            "CI_COMMIT_SHA": "5d1c0ffee",
        }
        return run(
            "publish-image", *options, clock=clock, **{**BUILDER, **lab.environment, **surroundings, **variables}
        )

    return build


def dockerfile(service: Service, project: str, text: str = "FROM scratch\nCOPY app.py /var/task/\n") -> None:
    folder = service.folder / "functions" / project
    (folder / "Dockerfile").write_text(text)
    (folder / "app.py").write_text("def handler(event, context): ...\n")


def published(service: Service) -> dict[str, dict[str, object]]:
    projects: dict[str, dict[str, object]] = json.loads(
        (service.folder / "cigen-out" / "published-images.json").read_text()
    )["projects"]
    return projects


def config_of(lab: Lab, project: str, tag: str) -> dict[str, dict[str, object]]:
    """The image's configuration, as skopeo reads it from the registry."""
    said = subprocess.run(
        [
            "skopeo",
            "inspect",
            "--config",
            f"--creds=ci:{ARTIFACTORY_PASSWORD}",
            f"docker://artifactory.example.com/{BUILDS}/{project}:{tag}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    config: dict[str, dict[str, object]] = json.loads(said.stdout)
    return config


def test_an_image_is_built_for_its_function_and_published_under_project_and_version(
    lab: Lab, build: Run, service: Service
) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(
        service, "orders", "FROM scratch\nARG PROJECT\nARG VERSION\nENV NAME=$PROJECT-$VERSION\nCOPY app.py /app.py\n"
    )

    done = build()

    assert done.code == 0, done.log
    assert published(service) == {
        "orders": {
            "version": "1.4.0",
            "image": f"artifactory.example.com/{BUILDS}/orders:1.4.0",
            "digest": lab.artifactory.digest(f"{BUILDS}/orders", "1.4.0"),
            "built": True,
        }
    }
    config = config_of(lab, "orders", "1.4.0")
    assert (config["os"], config["architecture"]) == ("linux", "amd64")
    assert "NAME=orders-1.4.0" in config["config"]["Env"]
    assert config["config"]["Labels"]["org.opencontainers.image.version"] == "1.4.0"
    assert config["config"]["Labels"]["org.opencontainers.image.revision"] == "5d1c0ffee"


def test_what_is_published_already_is_not_built_again_even_without_a_dockerfile(
    lab: Lab, build: Run, service: Service
) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    lab.artifactory.push(make_image("orders"), f"{BUILDS}/orders", "1.4.0")
    before = len(lab.gateway.writes(r"artifactory"))

    done = build()

    assert done.code == 0, done.log
    assert published(service)["orders"]["built"] is False
    assert len(lab.gateway.writes(r"artifactory")) == before
    assert "0 of 1 images to build" in done.log


def test_a_dry_run_says_what_it_would_build_and_builds_nothing(lab: Lab, build: Run, service: Service) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "orders")

    done = build("--dry-run")

    assert done.code == 0, done.log
    assert f"would build functions/orders/Dockerfile and push artifactory.example.com/{BUILDS}/orders:1.4.0" in done.log
    assert lab.artifactory.digest(f"{BUILDS}/orders", "1.4.0") is None
    assert not (service.folder / "cigen-out").joinpath("published-images.json").exists()


def test_every_missing_dockerfile_is_named_before_anything_is_built(lab: Lab, build: Run, service: Service) -> None:
    for project in ("invoices", "orders", "reports"):
        service.has(project, "1.0.0", lambda_name=project)
    dockerfile(service, "orders")

    done = build()

    assert done.code == 12, done.log
    assert "functions/invoices/Dockerfile is not there" in done.log
    assert "functions/reports/Dockerfile is not there" in done.log
    assert lab.artifactory.digest(f"{BUILDS}/orders", "1.0.0") is None


def test_missing_versions_are_told_as_an_affair_of_images(build: Run) -> None:
    done = build()

    assert (done.code, done.error) == (12, "error: versions.json is not there (not found)")
    assert "the likeliest first (registries and images):" in done.log


def test_a_build_that_fails_says_what_the_builder_said_and_keeps_what_was_published(
    lab: Lab, build: Run, service: Service
) -> None:
    service.has("invoices", "1.0.0", lambda_name="invoices")
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "invoices")
    dockerfile(service, "orders", "FROM scratch\nCOPY missing.py /app.py\n")

    done = build()

    assert done.code == 2, done.log
    assert done.error == "error: buildah could not build orders 1.4.0 (wrong input)"
    assert "missing.py" in done.log
    assert published(service)["invoices"]["built"] is True
    assert "orders" not in published(service)


def test_a_base_image_is_pulled_with_the_login_of_docker_auth_config(lab: Lab, build: Run, service: Service) -> None:
    lab.artifactory.push(make_image("base"), f"{BUILDS}/base", "1")
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "orders", f"FROM artifactory.example.com/{BUILDS}/base:1\nCOPY app.py /app.py\n")

    done = build()

    assert done.code == 0, done.log
    assert published(service)["orders"]["built"] is True


def test_the_builder_sees_no_secret_of_the_job(lab: Lab, build: Run, service: Service, tmp_path: Path) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "orders")
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "buildah").write_text(
        f'#!/bin/sh\nenv >>{spy}/seen; echo "$@" >>{spy}/seen; stat -c %a "$REGISTRY_AUTH_FILE" >>{spy}/mode; exit 1\n'
    )
    (spy / "buildah").chmod(0o755)

    build_with_spy = build(PATH=f"{spy}:/usr/bin:/bin")

    assert build_with_spy.code == 2
    seen = (spy / "seen").read_text()
    assert ARTIFACTORY_PASSWORD not in seen
    assert lab.job_variables["VAULT_SECRET_ID"] not in seen
    assert (spy / "mode").read_text() == "600\n"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Error: pinging registry: dial tcp 10.0.0.7:443: i/o timeout", 75),
        ("Error: reading manifest: received unexpected HTTP status: 503 Service Unavailable", 75),
        ("Error: reading manifest: toomanyrequests: You have reached your pull rate limit", 75),
        ("Error: reading manifest: unauthorized: authentication required", 10),
        ("Error: building at STEP RUN false: exit status 1", 2),
    ],
)
def test_what_the_builder_says_decides_whether_another_run_is_worth_it(
    build: Run, service: Service, tmp_path: Path, said: str, code: int
) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "orders")
    (tmp_path / "buildah").write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 125\n")
    (tmp_path / "buildah").chmod(0o755)

    done = build(PATH=f"{tmp_path}:/usr/bin:/bin")

    assert done.code == code, done.log
    assert f"came back: exit code 125: {said}" in done.log


def test_what_another_job_published_while_this_one_built_stays(lab: Lab, build: Run, service: Service) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "orders")
    theirs = make_image("theirs")
    lab.artifactory.push(theirs, f"{BUILDS}/orders", "1.4.0")
    lab.gateway.fault(Status(404), method="HEAD", path="orders/manifests/1.4.0")

    done = build()

    assert done.code == 0, done.log
    assert "was published by another job meanwhile; its image stays" in done.log
    assert lab.artifactory.digest(f"{BUILDS}/orders", "1.4.0") == theirs.digest
    assert published(service)["orders"]["built"] is False


def test_without_buildah_the_error_says_where_to_get_an_image_with_it(lab: Lab, build: Run, service: Service) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "orders")

    done = build(PATH="/nowhere")

    assert done.code == 12
    assert done.error == "error: there is no buildah in the job's image (not found)"
    assert "--target builder" in done.log


def test_a_push_whose_answer_was_lost_counts_when_the_tag_is_there(lab: Lab, build: Run, service: Service) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "orders")
    lab.gateway.fault(method="PUT", host="artifactory", path="/manifests/", times=1, action=DropAfterCommit())

    done = build()

    assert done.code == 0, done.log
    assert published(service)["orders"]["digest"] == lab.artifactory.digest(f"{BUILDS}/orders", "1.4.0")


def test_a_registry_that_is_down_ends_the_job_with_try_again(lab: Lab, build: Run, service: Service) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    dockerfile(service, "orders")
    lab.gateway.fault(method="HEAD", host="artifactory", path="/manifests/", times=50, action=Status(503))

    done = build()

    assert done.code == 75, done.log
