"""`cigen-runtime generate-mappings`: one job, every region, versions that exist already, nothing moved."""

from pathlib import Path

import pytest

from lab import DropBeforeRead, Lab, Status
from lab.images import Image, make_image, make_index
from runtime.conftest import Clock
from runtime.production import HOST, RC, REGIONS, RELEASE, REPOSITORY, Production

ORDERS = make_image("orders", layers=2)
BILLING = make_image("billing")
EU = "111122223333.dkr.ecr.eu-west-2.amazonaws.com"
US = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
FILES = ["cigen-out/prod/eu/lambda-ecr-mappings.json", "cigen-out/prod/us/lambda-ecr-mappings.json", "versions.json"]


def stock(lab: Lab, image: Image, tag: str, ecr_image: Image | None = None) -> None:
    """Have an image in ECR of every region."""
    for region in REGIONS.values():
        lab.ecr.push(ecr_image or image, REPOSITORY, tag, region=region)


@pytest.fixture
def production(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Production:
    """orders-api 1.4.0 in RC, billing 2.0.0 released, both in ECR of both regions."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    production = Production(lab, tmp_path)
    production.has("orders_api", "ACTUAL_LAMBDA_NAME=orders", "PROJECT=orders-api", "ACTUAL_LAMBDA_NAME_STAGING=x")
    production.has("billing", "ACTUAL_LAMBDA_NAME=invoice-writer")
    lab.artifactory.push(ORDERS, f"{RC}/orders-api", "1.4.0")
    lab.artifactory.push(BILLING, f"{RELEASE}/billing", "2.0.0")
    stock(lab, ORDERS, "orders-1.4.0")
    stock(lab, BILLING, "invoice-writer-2.0.0")
    return production


def entry(image: Image, host: str, folder: str, name: str, version: str) -> dict[str, str]:
    return {
        "folder": folder,
        "lambda": name,
        "version": version,
        "image": f"{host}/{REPOSITORY}:{name}-{version}",
        "source_digest": image.digest,
        "digest": image.digest,
        "architecture": "x86_64",
    }


def test_every_region_gets_a_mapping_and_the_versions_are_written_out(lab: Lab, production: Production) -> None:
    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"orders-api": "1.4.0", "billing": "2.0.0"}')

    assert done.code == 0, done.log
    for region, host in (("eu", EU), ("us", US)):
        assert production.read(f"cigen-out/prod/{region}/lambda-ecr-mappings.json") == {
            "schema": 1,
            "environment": "prod",
            "region": region,
            "projects": {
                "orders-api": entry(ORDERS, host, "orders_api", "orders", "1.4.0"),
                "billing": entry(BILLING, host, "billing", "invoice-writer", "2.0.0"),
            },
        }
    assert production.read("versions.json") == {
        "orders-api": {"version": "1.4.0", "folder": "orders_api", "changed": True},
        "billing": {"version": "2.0.0", "folder": "billing", "changed": True},
    }
    assert list(lab.gateway.writes(r"\.dkr\.ecr\.|artifactory")) == []


def test_a_second_run_writes_the_same_bytes(production: Production) -> None:
    production.run("generate-mappings", TARGET_VERSIONS_JSON='{"orders-api": "1.4.0"}')
    first = [(production.folder / name).read_bytes() for name in FILES]

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"orders-api": "1.4.0"}')

    assert done.code == 0
    assert [(production.folder / name).read_bytes() for name in FILES] == first


def test_without_a_wish_the_versions_of_the_file_are_mapped_and_the_file_stays(production: Production) -> None:
    production.write("versions.json", {"billing": {"version": "2.0.0", "folder": "billing", "bump": "none"}})
    before = (production.folder / "versions.json").read_bytes()

    done = production.run("generate-mappings")

    assert done.code == 0, done.log
    assert list(production.read("cigen-out/prod/us/lambda-ecr-mappings.json")["projects"]) == ["billing"]
    assert (production.folder / "versions.json").read_bytes() == before


def test_without_a_wish_and_without_a_file_one_is_told_what_to_paste(lab: Lab, production: Production) -> None:
    done = production.run("generate-mappings")

    assert done.code == 2
    assert done.error == "error: TARGET_VERSIONS_JSON is empty and there is no versions.json (wrong input)"
    assert 'with TARGET_VERSIONS_JSON set, such as {"orders-api": "1.4.0"}' in done.log
    assert list(lab.gateway.requests) == []


def test_of_an_index_the_image_of_the_functions_platform_is_compared(lab: Lab, production: Production) -> None:
    arm = make_image("b", architecture="arm64")
    index = make_index([make_image("a"), arm])
    production.has("search", "ACTUAL_LAMBDA_NAME=search", "ARCHITECTURE=arm64")
    lab.artifactory.push(index, f"{RC}/search", "1.0.0")
    stock(lab, index, "search-1.0.0", arm)

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"search": "1.0.0"}')

    assert done.code == 0, done.log
    found = production.read("cigen-out/prod/us/lambda-ecr-mappings.json")["projects"]["search"]
    assert (found["source_digest"], found["digest"], found["architecture"]) == (index.digest, arm.digest, "arm64")


def test_all_problems_of_all_projects_and_regions_are_told_at_once_and_nothing_is_written(
    lab: Lab, production: Production
) -> None:
    lab.artifactory.push(make_image("new"), f"{RC}/billing", "3.0.0")
    lab.artifactory.push(make_image("search"), f"{RC}/search", "1.0.0")
    lab.ecr.push(make_image("other"), REPOSITORY, "invoice-writer-3.0.0", region="us-east-1")
    production.has("search", "ACTUAL_LAMBDA_NAME=search")

    done = production.run(
        "generate-mappings", TARGET_VERSIONS_JSON='{"orders-api": "1.5.0", "billing": "3.0.0", "search": "1.0.0"}'
    )

    assert done.code == 12, done.log
    assert done.error == ("error: not every version can be deployed, so nothing was written (5 problems) (not found)")
    assert f"orders-api 1.5.0 is neither in {HOST}/{RC}/orders-api:1.5.0 nor in {HOST}/{RELEASE}/orders-api:1.5.0" in (
        done.log
    )
    assert "It has 1.4.0." in done.log
    assert f"{EU}/{REPOSITORY}:invoice-writer-3.0.0 is not there" in done.log
    assert f"{US}/{REPOSITORY}:invoice-writer-3.0.0 is not the image that was proven" in done.log
    assert f"{EU}/{REPOSITORY}:search-1.0.0 is not there" in done.log
    assert f"{US}/{REPOSITORY}:search-1.0.0 is not there" in done.log
    assert production.written() == []


def test_a_region_without_the_image_is_named_with_what_brings_it_there(lab: Lab, production: Production) -> None:
    lab.artifactory.push(make_image("new"), f"{RC}/billing", "3.0.0")
    lab.ecr.push(make_image("new"), REPOSITORY, "invoice-writer-3.0.0")

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"billing": "3.0.0"}')

    assert done.code == 12
    assert done.error == f"error: {US}/{REPOSITORY}:invoice-writer-3.0.0 is not there (not found)"
    assert "Deploy billing 3.0.0 to staging in us, which copies its image there." in done.log


def test_a_version_that_is_two_images_is_a_conflict(lab: Lab, production: Production) -> None:
    lab.artifactory.push(make_image("rebuilt"), f"{RC}/billing", "2.0.0")

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"billing": "2.0.0"}')

    assert done.code == 13
    assert done.error == "error: billing 2.0.0 is not the same image in both repositories (conflict)"
    assert production.written() == []


def test_a_downgrade_is_refused_unless_it_is_meant(lab: Lab, production: Production) -> None:
    lab.artifactory.push(make_image("later"), f"{RELEASE}/billing", "2.10.0")

    refused = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"billing": "2.0.0"}')
    allowed = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"billing": "2.0.0"}', ALLOW_DOWNGRADE="true")

    assert (refused.code, allowed.code) == (2, 0)
    assert refused.error == "error: billing 2.0.0 is lower than 2.10.0, which is released (wrong input)"
    assert "start the pipeline again with ALLOW_DOWNGRADE=true" in refused.log


def test_tags_that_are_no_versions_and_prereleases_of_the_same_version_are_no_downgrade(
    lab: Lab, production: Production
) -> None:
    for tag in ("latest", "2.0.0-rc.1"):
        lab.artifactory.push(BILLING, f"{RELEASE}/billing", tag)

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"billing": "2.0.0"}')

    assert done.code == 0, done.log


def test_a_version_with_build_metadata_is_found_under_its_tag(lab: Lab, production: Production) -> None:
    lab.artifactory.push(BILLING, f"{RC}/billing", "2.1.0_b7")
    stock(lab, BILLING, "invoice-writer-2.1.0_b7")

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"billing": "2.1.0+b7"}')

    assert done.code == 0, done.log
    assert production.read("versions.json")["billing"]["version"] == "2.1.0+b7"


def test_two_folders_that_name_one_function_are_refused_before_anybody_is_asked(
    lab: Lab, production: Production
) -> None:
    production.has("billing", "ACTUAL_LAMBDA_NAME=orders")

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"orders-api": "1.4.0", "billing": "2.0.0"}')

    assert done.code == 2
    assert done.error == (
        "error: functions/orders_api/.deployment and functions/billing/.deployment name the same function, orders "
        "(wrong input)"
    )
    assert lab.gateway.requests == []
    assert production.written() == []


def test_a_project_without_a_function_is_named_before_anybody_is_asked(lab: Lab, production: Production) -> None:
    (production.folder / "functions" / "search").mkdir()

    done = production.run("generate-mappings", TARGET_VERSIONS_JSON='{"search": "1.0.0"}')

    assert done.code == 12
    assert done.error == "error: functions/search/.deployment is not there (not found)"
    assert list(lab.gateway.requests) == []


@pytest.mark.parametrize("name", ["prod", "prod/eu"])
def test_the_gitlab_environment_may_be_the_whole_one_or_a_region_of_it(production: Production, name: str) -> None:
    done = production.run("generate-mappings", CI_ENVIRONMENT_NAME=name, TARGET_VERSIONS_JSON='{"billing": "2.0.0"}')

    assert done.code == 0, done.log


@pytest.mark.parametrize("name", ["staging/eu", "production", "prod-eu"])
def test_the_job_of_another_environment_does_not_start(lab: Lab, production: Production, name: str) -> None:
    done = production.run("generate-mappings", CI_ENVIRONMENT_NAME=name, TARGET_VERSIONS_JSON='{"billing": "2.0.0"}')

    assert done.code == 2
    assert done.error == f"error: CI_ENVIRONMENT_NAME is '{name}' but the job's variables say 'prod' (wrong input)"
    assert list(lab.gateway.requests) == []


@pytest.mark.parametrize("value", ["eu", "[]", "{}", '["eu"]', '[{"region": "eu"}]', "null"])
def test_a_list_of_regions_that_is_none_is_refused(lab: Lab, production: Production, value: str) -> None:
    done = production.run("generate-mappings", CIGEN_REGIONS=value, TARGET_VERSIONS_JSON='{"billing": "2.0.0"}')

    assert done.code == 2
    assert "CIGEN_REGIONS is not a list of regions" in done.error
    assert list(lab.gateway.requests) == []


@pytest.mark.parametrize("action", [DropBeforeRead(), Status(503), Status(429, b"", {"Retry-After": "1"})], ids=str)
@pytest.mark.parametrize(
    ("host", "path"), [("artifactory", "manifests"), ("artifactory", "tags"), (r"\.dkr\.ecr\.", "manifests")]
)
def test_a_short_fault_of_a_registry_is_waited_out(
    lab: Lab, production: Production, clock: Clock, action: object, host: str, path: str
) -> None:
    lab.gateway.fault(method="GET|HEAD", host=host, path=path, times=1, action=action)

    done = production.run("generate-mappings", clock=clock, TARGET_VERSIONS_JSON='{"billing": "2.0.0"}')

    assert done.code == 0, done.log
    assert production.written() == FILES


def test_a_registry_that_stays_down_is_worth_another_run_and_nothing_is_written(
    lab: Lab, production: Production, clock: Clock
) -> None:
    lab.gateway.fault(host=r"us-east-1", path="manifests", times=999, action=Status(502, b"<html>Bad Gateway</html>"))

    done = production.run("generate-mappings", clock=clock, TARGET_VERSIONS_JSON='{"billing": "2.0.0"}')

    assert done.code == 75
    assert production.written() == []


def test_a_wish_in_another_form_than_json_never_reaches_a_system(lab: Lab, production: Production) -> None:
    done = production.run("generate-mappings", TARGET_VERSIONS_JSON="orders-api=1.4.0")

    assert done.code == 2
    assert list(lab.gateway.requests) == []
