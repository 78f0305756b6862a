"""`cigen-runtime retag-push-ecr`: from the build repository to ECR, byte for byte, once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import Delay, DropAfterCommit, DropBeforeRead, Lab, Status, Truncate
from lab.images import make_image, make_index
from lab.names import ARTIFACTORY_PASSWORD
from runtime.conftest import ECR, STAGING_EU, Clock, Done, Service

Run = Callable[..., Done]
BUILDS = "artifactory.example.com"
IMAGE = make_image("orders", layers=3)
LAYER = IMAGE.blobs[1]


@pytest.fixture
def orders(lab: Lab, run: Run, service: Service) -> str:
    """One built project; returns the digest of its image. `run` comes first: it creates the ECR repository."""
    service.has("orders", "1.4.0", lambda_name="orders-api")
    lab.artifactory.push(IMAGE, "docker-native-local/orders", "1.4.0")
    return IMAGE.digest


def ecr_writes(lab: Lab) -> list[str]:
    return [f"{request.method} {request.path}" for request in lab.gateway.writes(r"\.dkr\.ecr\.")]


def test_an_image_is_copied_byte_for_byte_under_the_tag_of_its_function(
    lab: Lab, run: Run, service: Service, orders: str
) -> None:
    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert lab.ecr.digest("lambda-images", "orders-api-1.4.0") == orders
    assert service.read("lambda-ecr-mappings.json") == {
        "schema": 1,
        "environment": "staging",
        "region": "eu",
        "projects": {
            "orders": {
                "folder": "orders",
                "lambda": "orders-api",
                "version": "1.4.0",
                "image": f"{ECR}/lambda-images:orders-api-1.4.0",
                "source_digest": orders,
                "digest": orders,
                "architecture": "x86_64",
            }
        },
    }


def test_a_second_run_writes_nothing_to_ecr_and_the_same_mapping(
    lab: Lab, run: Run, service: Service, orders: str
) -> None:
    run("retag-push-ecr")
    first = service.path("lambda-ecr-mappings.json").read_bytes()
    lab.gateway.clear()

    done = run("retag-push-ecr")

    assert done.code == 0
    assert ecr_writes(lab) == []
    assert [request.path for request in lab.gateway.requests if "/blobs/" in request.path] == []
    assert service.path("lambda-ecr-mappings.json").read_bytes() == first


def test_a_dry_run_names_what_it_would_copy_and_copies_nothing(
    lab: Lab, run: Run, service: Service, orders: str
) -> None:
    done = run("retag-push-ecr", "--dry-run")

    assert done.code == 0
    assert f"would copy {BUILDS}/docker-native-local/orders:1.4.0 to {ECR}/lambda-images:orders-api-1.4.0" in done.log
    assert ecr_writes(lab) == []
    assert not service.path("lambda-ecr-mappings.json").exists()


def test_of_an_index_the_image_for_the_functions_platform_is_taken(lab: Lab, run: Run, service: Service) -> None:
    intel, arm = make_image("a", architecture="amd64"), make_image("b", architecture="arm64")
    index = make_index([intel, arm])
    lab.artifactory.push(index, "docker-native-local/orders", "1.4.0")
    service.has("orders", "1.4.0", lambda_name="orders-api")
    (service.folder / "functions/orders/.deployment").write_text("ACTUAL_LAMBDA_NAME=orders-api\nARCHITECTURE=arm64\n")

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    entry = service.read("lambda-ecr-mappings.json")["projects"]["orders"]
    assert (entry["source_digest"], entry["digest"]) == (index.digest, arm.digest)
    assert lab.ecr.digest("lambda-images", "orders-api-1.4.0") == arm.digest
    lab.gateway.clear()
    assert run("retag-push-ecr").code == 0
    assert ecr_writes(lab) == [], "what was taken from an index is there as well"


def test_an_image_for_another_processor_is_refused_before_anything_is_copied(
    lab: Lab, run: Run, service: Service
) -> None:
    lab.artifactory.push(make_image("b", architecture="arm64"), "docker-native-local/orders", "1.4.0")
    service.has("orders", "1.4.0", lambda_name="orders-api")

    done = run("retag-push-ecr")

    assert done.code == 14
    assert "is built for arm64, the function runs on amd64" in done.error
    assert ecr_writes(lab) == []


def test_a_tag_with_other_content_is_a_conflict_and_stays_as_it_is(lab: Lab, run: Run, orders: str) -> None:
    other = make_image("other")
    lab.ecr.push(other, "lambda-images", "orders-api-1.4.0")

    done = run("retag-push-ecr")

    assert done.code == 13
    assert lab.ecr.digest("lambda-images", "orders-api-1.4.0") == other.digest
    assert ecr_writes(lab) == []


def test_one_image_that_is_missing_keeps_all_from_being_copied(
    lab: Lab, run: Run, service: Service, orders: str
) -> None:
    service.has("billing", "2.0.0", lambda_name="billing")

    done = run("retag-push-ecr")

    assert done.code == 12
    assert done.error == f"error: {BUILDS}/docker-native-local/billing:2.0.0 is not there (not found)"
    assert ecr_writes(lab) == []
    assert not service.path("lambda-ecr-mappings.json").exists()


def test_an_unchanged_project_whose_build_is_cleaned_up_keeps_its_image_in_ecr(
    lab: Lab, run: Run, service: Service, orders: str
) -> None:
    kept = make_image("kept")
    lab.ecr.push(kept, "lambda-images", "billing-2.0.0")
    service.has("billing", "2.0.0", lambda_name="billing", changed=False)

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    entry = service.read("lambda-ecr-mappings.json")["projects"]["billing"]
    assert (entry["source_digest"], entry["digest"]) == (None, kept.digest)


def test_every_missing_deployment_file_is_named_at_once(lab: Lab, run: Run, service: Service, orders: str) -> None:
    service.has("billing", "2.0.0")
    service.has("search", "1.0.0")

    done = run("retag-push-ecr")

    assert done.code == 12
    assert "functions/billing/.deployment is not there" in done.log
    assert "functions/search/.deployment is not there" in done.log
    assert list(lab.gateway.requests) == []


def test_two_folders_that_name_one_function_are_refused_before_anything_is_copied(
    lab: Lab, run: Run, service: Service, orders: str
) -> None:
    service.has("orders-copy", "0.1.0", lambda_name="orders-api")

    done = run("retag-push-ecr")

    assert done.code == 2
    assert done.error == (
        "error: functions/orders/.deployment and functions/orders-copy/.deployment name the same function, orders-api "
        "(wrong input)"
    )
    assert "to do:     Give each folder its own ACTUAL_LAMBDA_NAME: one of them was copied from the other." in done.log
    assert lab.gateway.requests == []
    assert not service.path("lambda-ecr-mappings.json").exists()


def test_a_version_with_build_metadata_gets_a_tag_that_registries_take(lab: Lab, run: Run, service: Service) -> None:
    lab.artifactory.push(IMAGE, "docker-native-local/orders", "1.4.0_b7")
    service.has("orders", "1.4.0+b7", lambda_name="orders-api")

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert lab.ecr.digest("lambda-images", "orders-api-1.4.0_b7") == IMAGE.digest


def test_a_missing_ecr_repository_says_which_to_create_before_anything_is_copied(
    lab: Lab, run: Run, service: Service, orders: str
) -> None:
    service.has("billing", "1.0.0", lambda_name="billing")
    lab.artifactory.push(IMAGE, "docker-native-local/billing", "1.0.0")
    lab.ecr.create_repository("lambda/billing")

    done = run("retag-push-ecr", CIGEN_ECR_REPOSITORY="lambda/{project}")

    assert done.code == 12, done.log
    assert f"Create the repository lambda/orders in {ECR}" in done.log
    assert ecr_writes(lab) == [], "nor is anything copied to the repository that is there"


@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        ("not json", 2, "DOCKER_AUTH_CONFIG is not a docker config.json with `auths`"),
        ('{"auths": {"other.example.com": {}}}', 2, "DOCKER_AUTH_CONFIG has no login for artifactory.example.com"),
        ('{"auths": {"artifactory.example.com": {"auth": "!"}}}', 2, "is not base64 of user:password"),
        ('{"auths": {"artifactory.example.com": {"auth": "Y2k6d3Jvbmctb25l"}}}', 10, "is wrong or expired"),
    ],
)
def test_a_docker_login_that_does_not_work_says_why(run: Run, orders: str, config: str, code: int, words: str) -> None:
    done = run("prepare-docker-config", DOCKER_AUTH_CONFIG=config)

    assert done.code == code, done.log
    assert words in done.log


def test_both_registries_let_the_job_in(run: Run, orders: str) -> None:
    done = run("prepare-docker-config")

    assert done.code == 0, done.log
    assert f"ok: Artifactory (artifactory.example.com) and ECR ({ECR}) let this job in" in done.log


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("PATCH", "uploads", DropBeforeRead()),
        ("PATCH", "uploads", DropAfterCommit()),
        ("PATCH", "uploads", Status(500)),
        ("PATCH", "uploads", Status(401, headers={"WWW-Authenticate": 'Basic realm="ecr"'})),
        ("POST", "uploads", DropAfterCommit()),
        ("PUT", "uploads", DropAfterCommit()),
        ("PUT", "manifests", DropAfterCommit()),
        ("PUT", "manifests", DropBeforeRead()),
        ("PUT", "manifests", Status(429, b"{}", {"Retry-After": "1"})),
        ("PUT", "manifests", Status(503)),
        ("HEAD", "blobs", DropBeforeRead()),
        ("GET", "blobs", Truncate(100)),
        ("GET", "manifests", Delay(0.1)),
    ],
    ids=str,
)
def test_a_copy_survives_one_fault_anywhere(
    lab: Lab, run: Run, orders: str, clock: Clock, method: str, path: str, action: object
) -> None:
    host = "artifactory" if method == "GET" else r"\.dkr\.ecr\."
    lab.gateway.fault(method=method, host=host, path=path, times=1, action=action)

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 0, done.log
    assert lab.ecr.digest("lambda-images", "orders-api-1.4.0") == orders


def test_a_cancelled_job_reports_the_copy_that_it_saw_to_its_end(
    lab: Lab, run: Run, service: Service, orders: str
) -> None:
    lab.gateway.fault(Delay(1), method="PUT", host=r"\.dkr\.ecr\.", path="manifests")
    environment = {**STAGING_EU, **lab.job_variables, **lab.environment, "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        [Path(sys.executable).parent / "cigen-runtime", "retag-push-ecr"],
        cwd=service.folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    while not any("POST" in write for write in ecr_writes(lab)):
        time.sleep(0.02)

    process.send_signal(signal.SIGTERM)
    log, _ = process.communicate(timeout=60)

    result = json.loads((service.folder / "cigen-out" / "results" / "retag-push-ecr.json").read_text())
    assert process.returncode == 130, log
    assert "interrupted: seeing the copies under way to their end, starting no others\n" in log
    assert lab.ecr.digest("lambda-images", "orders-api-1.4.0") == orders
    assert [change["to"] for change in result["changed"]] == [orders]
    assert list(lab.vault.tokens) == []


def test_a_damaged_layer_is_never_tagged(lab: Lab, run: Run, orders: str, clock: Clock) -> None:
    size = len(LAYER.content)
    lab.gateway.fault(method="GET", host="artifactory", path=LAYER.digest, times=99, action=Status(200, b"x" * size))

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 14, done.log
    assert lab.ecr.digest("lambda-images", "orders-api-1.4.0") is None


def test_what_skopeo_reads_from_ecr_is_what_it_read_from_the_build_repository(
    lab: Lab, run: Run, orders: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run("retag-push-ecr")

    raw = [
        subprocess.run(
            ["skopeo", "inspect", "--raw", f"--creds={creds}", f"docker://{image}"],
            env={**lab.environment, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path_factory.mktemp("home"))},
            check=True,
            capture_output=True,
        ).stdout
        for image, creds in (
            (f"{BUILDS}/docker-native-local/orders:1.4.0", f"ci:{ARTIFACTORY_PASSWORD}"),
            (f"{ECR}/lambda-images:orders-api-1.4.0", "AWS:111122223333-auth-token"),
        )
    ]

    assert raw[0] == raw[1]
