"""The whole way, run by a GitLab CI executor that nobody here wrote: config, rendered files, images, functions.

A pipeline takes its time, so one company's story is played once, and each test looks at a chapter of it.
"""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import Lab, Status
from lab.aws import DeployedFunction
from lab.company import ACCOUNTS, ECR_ACCOUNT, REGIONS, REPOSITORY, Company, Run
from lab.faults import Request
from lab.jira import Issue

HANDLER = 'def handler(event, context):\n    return "new"\n'
NEWEST = 'def handler(event, context):\n    return "newest"\n'
RELEASE = {"orders-api": "1.0.0", "invoices": "1.0.0"}
REGISTRIES_LAMBDA_AND_DASHBOARD = r"artifactory\.|\.dkr\.ecr\.|lambda\.|versions\."


@dataclass(frozen=True, slots=True)
class Chapter:
    """One pipeline, and what all systems had after it."""

    run: Run
    functions: dict[str, dict[tuple[str, str], DeployedFunction]]
    """By environment, then by name and region."""
    dashboard: dict[str, dict[tuple[str, str], str]]
    """By environment, then the version by project and region."""
    tickets: dict[str, Issue]
    """By summary."""
    images: dict[str, str | None]
    """The digest of `<repository>/<project>:1.0.0` in Artifactory."""
    writes: tuple[Request, ...]
    """Requests to all but Git and Vault that may have changed something."""
    tags: tuple[str, ...]
    open_logins: tuple[str, ...]
    written: bytes
    """Every log and artifact of the pipeline."""
    mappings: dict[str, Any]
    """What staging's mappings said, by region, where the pipeline made some."""

    def writes_to(self, hosts: str) -> list[Request]:
        return [request for request in self.writes if re.search(hosts, request.host)]


Story = dict[str, Chapter]
pytestmark = pytest.mark.xdist_group("story")  # one worker plays it, and looks at it


@pytest.fixture(scope="module")
def story(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A release from its first push to production, once more each, a mistake, a fix, and a failure halfway."""
    lab_session.reset()
    company = Company(lab_session, tmp_path_factory.mktemp("story"))
    company.found()
    told = {"push": tell(company, company.run_pipeline())}
    told["push again"] = tell(company, company.run_pipeline())
    told["production"] = tell(company, company.start_production(**RELEASE))
    told["production again"] = tell(company, company.start_production(**RELEASE))
    told["no candidate"] = tell(company, company.start_production(**{"orders-api": "1.0.0", "reports": "1.0.0"}))
    company.commit("fix: answer something new", {"functions/orders_api/app.py": HANDLER})
    told["fix"] = tell(company, company.run_pipeline())
    company.commit(
        "fix: answer something newer",
        {f"functions/{folder}/app.py": NEWEST for folder in ("orders_api", "invoices")},
    )
    lab_session.aws.fail_next_update("orders-api", code="ImageAccessDenied", reason="no access", region="eu-west-2")
    told["halfway"] = tell(company, company.run_pipeline())
    yield told
    assert lab_session.gateway.strangers == []


def tell(company: Company, run: Run) -> Chapter:
    """What there is to say after a pipeline; the records of requests start anew."""
    lab, state = company.lab, company.service / ".gitlab-ci-local"
    logs = [run.log.encode(), *(path.read_bytes() for path in sorted((state / "output").rglob("*.log")))]
    files = [path.read_bytes() for path in sorted((state / "artifacts").rglob("*.json"))]
    images = [
        f"docker-native-{repository}/{project}"
        for repository in ("local", "rc", "release")
        for project in ("invoices", "orders-api", "reports")
    ]
    chapter = Chapter(
        run,
        {environment: functions(company, environment) for environment in ACCOUNTS},
        {environment: dashboard(company, environment) for environment in ACCOUNTS},
        {issue.summary: copy.deepcopy(issue) for issue in lab.jira.issues.values()},
        {image: lab.artifactory.digest(image, "1.0.0") for image in images},
        tuple(lab.gateway.writes(r"^(?!gitlab|vault|sts)")),
        tuple(lab.git_host.tags("team/orders")),
        tuple(lab.vault.tokens),
        b"\n".join([*logs, *files]),
        {
            region: company.artifact(f"retag-push-ecr-staging-{region}", _mappings(region))
            for region in REGIONS
            if (state / "artifacts" / f"retag-push-ecr-staging-{region}" / _mappings(region)).exists()
        },
    )
    lab.gateway.clear()
    return chapter


def test_a_push_to_main_brings_every_project_to_every_region_of_staging(story: Story, lab_session: Lab) -> None:
    push = story["push"]

    assert push.run.code == 0, push.run.log
    for region, aws_region in REGIONS.items():
        assert push.mappings[region] == expected_mappings(lab_session, push, region, aws_region)
        for entry in push.mappings[region]["projects"].values():
            if entry["lambda"] != "report-mailer":  # nobody created that one: its image waits in ECR
                assert push.functions["staging"][entry["lambda"], region].image_digest == entry["digest"]
    assert push.tags == ("invoices-v1.0.0", "orders-api-v1.0.0", "reports-v1.0.0")
    assert push.open_logins == (), "every login was revoked"
    assert push.dashboard["staging"] == {
        (project, region): "1.0.0" for project in ("orders-api", "invoices") for region in REGIONS
    }, "the third has no function yet, so nothing runs"


def test_what_staging_runs_has_a_ticket_and_is_a_release_candidate(story: Story) -> None:
    push = story["push"]

    assert sorted(push.tickets) == ["Release invoices 1.0.0", "Release orders-api 1.0.0", "Release reports 1.0.0"]
    for issue in push.tickets.values():
        assert issue.history == ["Pre-Prod", "PP Testing"]
        assert {"staging-eu", "staging-us"} <= set(issue.labels)
        assert "TARGET_VERSIONS_JSON" in json.dumps(issue.description)
    built = {project: push.images[f"docker-native-local/{project}"] for project in ("invoices", "orders-api")}
    assert all(built.values())
    assert {project: push.images[f"docker-native-rc/{project}"] for project in (*built, "reports")} == {
        **built,
        "reports": None,  # no function runs it yet
    }


@pytest.mark.parametrize("chapter", ["push", "production", "halfway"])
def test_no_secret_is_in_any_log_or_artifact(story: Story, lab_session: Lab, chapter: str) -> None:
    written = story[chapter].written

    assert b"deploy-lambda-" in written
    variables = lab_session.job_variables
    for name in (
        "VAULT_SECRET_ID",
        "VERSIONING_TOKEN",
        "ARTIFACTORY_PASS",
        "JIRA_API_TOKEN",
        "VERSION_DASHBOARD_TOKEN",
    ):
        assert variables[name].encode() not in written
    for entry in json.loads(variables["DOCKER_AUTH_CONFIG"])["auths"].values():
        assert entry["auth"].encode() not in written


def test_a_second_run_of_the_same_pipeline_changes_nothing(story: Story) -> None:
    again = story["push again"]

    assert again.run.code == 0, again.run.log
    assert again.writes_to(REGISTRIES_LAMBDA_AND_DASHBOARD) == []
    assert ways(again) == ways(story["push"])


def test_production_runs_what_staging_has_proven_and_releases_it(story: Story) -> None:
    production = story["production"]

    assert production.run.code == 0, production.run.log
    assert not {job for job in production.run.jobs if "staging" in job or "build" in job}
    assert {key: function.image_digest for key, function in production.functions["prod"].items()} == {
        key: function.image_digest for key, function in story["push"].functions["staging"].items()
    }
    assert production.dashboard["prod"] == {
        (project, region): version for project, version in RELEASE.items() for region in REGIONS
    }
    for project in RELEASE:
        built = production.images[f"docker-native-local/{project}"]
        assert production.images[f"docker-native-release/{project}"] == built
        ticket = production.tickets[f"Release {project} 1.0.0"]
        assert ticket.history == ["Pre-Prod", "PP Testing", "Deploying", "Resolved", "Closed"]
        assert len(ticket.comments) == 1
    assert production.tickets["Release reports 1.0.0"].history == ["Pre-Prod", "PP Testing"]


def test_production_started_twice_changes_nothing_the_second_time(story: Story) -> None:
    again = story["production again"]

    assert again.run.code == 0, again.run.log
    assert again.writes_to(REGISTRIES_LAMBDA_AND_DASHBOARD) == []
    assert ways(again) == ways(story["production"])


def test_a_version_that_no_candidate_has_changes_nothing_in_production(story: Story) -> None:
    refused, before = story["no candidate"], story["production again"]

    assert refused.run.code != 0
    assert refused.functions == before.functions
    assert refused.tickets == before.tickets
    assert refused.writes_to(rf"{REGISTRIES_LAMBDA_AND_DASHBOARD}|jira") == []


def test_a_fix_in_one_folder_deploys_that_project_and_leaves_the_others(story: Story) -> None:
    fix, before = story["fix"], story["push"].functions["staging"]

    assert fix.run.code == 0, fix.run.log
    after = fix.functions["staging"]
    assert {key for key in after if after[key] != before[key]} == {("orders-api", "eu"), ("orders-api", "us")}
    assert after["orders-api", "eu"].image_uri.endswith(":orders-api-1.0.1")
    assert fix.dashboard["staging"] == {
        **{("orders-api", region): "1.0.1" for region in REGIONS},
        **{("invoices", region): "1.0.0" for region in REGIONS},
    }
    assert fix.functions["prod"] == story["production"].functions["prod"]


def test_after_a_deployment_that_failed_halfway_the_dashboard_shows_what_runs(story: Story) -> None:
    halfway = story["halfway"]

    assert halfway.run.code != 0
    shown = halfway.dashboard["staging"]
    assert shown["orders-api", "eu"] == "1.0.1", "it failed, and runs what it ran"
    assert shown["orders-api", "us"] == "1.0.2"
    assert shown["invoices", "us"] == "1.0.1"
    for (project, region), version in shown.items():
        function = halfway.functions["staging"]["invoice-writer" if project == "invoices" else project, region]
        assert function.image_uri.endswith(f"-{version}"), (project, region)


def test_everything_is_released_while_jira_and_the_dashboard_are_gone(lab: Lab, tmp_path: Path) -> None:
    company = Company(lab, tmp_path)
    company.found(fetched=True)
    for host in ("jira", "versions"):
        lab.gateway.fault(host=host, times=10_000, action=Status(404, b"<html>There is no such site</html>"))

    staging = company.run_pipeline()
    production = company.start_production(**RELEASE)
    configs = company.start_config_sync(**RELEASE)

    assert staging.code == 0, staging.log
    assert production.code == 0, production.log
    assert configs.code == 0, configs.log
    assert {region for region in REGIONS if "orders-api/limits.yml" in company.configs("prod", region)} == set(REGIONS)
    assert lab.jira.issues == {}
    assert dashboard(company, "staging") == dashboard(company, "prod") == {}
    for project, name in (("invoices", "invoice-writer"), ("orders-api", "orders-api")):
        released = lab.artifactory.digest(f"docker-native-release/{project}", "1.0.0")
        assert released is not None
        for environment in ACCOUNTS:
            for region in REGIONS:
                assert functions(company, environment)[name, region].image_digest == released


def expected_mappings(lab: Lab, push: Chapter, region: str, aws_region: str) -> dict[str, object]:
    host = f"{ECR_ACCOUNT}.dkr.ecr.{aws_region}.amazonaws.com"
    projects = {}
    for project, folder, function in (
        ("invoices", "invoices", "invoice-writer"),
        ("orders-api", "orders_api", "orders-api"),
        ("reports", "reports", "report-mailer"),
    ):
        built = push.images[f"docker-native-local/{project}"]
        assert lab.ecr.digest(REPOSITORY, f"{function}-1.0.0", region=aws_region) == built
        projects[project] = {
            "folder": folder,
            "lambda": function,
            "version": "1.0.0",
            "image": f"{host}/{REPOSITORY}:{function}-1.0.0",
            "source_digest": built,
            "digest": built,
            "architecture": "x86_64",
        }
    return {"schema": 1, "environment": "staging", "region": region, "projects": projects}


def ways(chapter: Chapter) -> dict[str, list[str]]:
    """The statuses that each ticket went through."""
    return {summary: issue.history for summary, issue in chapter.tickets.items()}


def dashboard(company: Company, environment: str) -> dict[tuple[str, str], str]:
    """The version that the dashboard shows of each project in each region."""
    return {
        (project, region): record["version"]
        for region in REGIONS
        for project, record in company.lab.dashboard.shown(environment, region).items()
    }


def functions(company: Company, environment: str) -> dict[tuple[str, str], DeployedFunction]:
    return {
        (name, region): company.lab.aws.function(ACCOUNTS[environment], aws_region, name)
        for name in ("orders-api", "invoice-writer")
        for region, aws_region in REGIONS.items()
    }


def _mappings(region: str) -> str:
    return f"cigen-out/staging/{region}/lambda-ecr-mappings.json"
