"""The whole way, run by a GitLab CI executor that nobody here wrote: config, rendered files, images, functions."""

import json
import re
from pathlib import Path

import pytest

from lab import Lab, Status
from lab.aws import DeployedFunction
from lab.company import ACCOUNTS, ECR_ACCOUNT, REGIONS, REPOSITORY, Company

HANDLER = 'def handler(event, context):\n    return "new"\n'


@pytest.fixture
def company(lab: Lab, tmp_path: Path) -> Company:
    company = Company(lab, tmp_path)
    company.found()
    return company


def test_a_push_to_main_brings_every_project_to_every_region_of_staging(company: Company) -> None:
    run = company.run_pipeline()

    assert run.code == 0, run.log
    for region, aws_region in REGIONS.items():
        mappings = company.artifact(
            f"retag-push-ecr-staging-{region}", f"cigen-out/staging/{region}/lambda-ecr-mappings.json"
        )
        assert mappings == expected_mappings(company.lab, region, aws_region)
        for entry in mappings["projects"].values():
            if entry["lambda"] != "report-mailer":  # nobody created that one: its image waits in ECR
                function = company.lab.aws.function("111122223333", aws_region, entry["lambda"])
                assert function.image_digest == entry["digest"]
    assert list(company.lab.git_host.tags("team/orders")) == ["invoices-v1.0.0", "orders-api-v1.0.0", "reports-v1.0.0"]
    assert list(company.lab.vault.tokens) == [], "every login was revoked"
    assert dashboard(company) == {
        (project, region): "1.0.0" for project in ("orders-api", "invoices") for region in REGIONS
    }, "the third has no function yet, so nothing runs"


def test_what_staging_runs_has_a_ticket_and_is_a_release_candidate(company: Company) -> None:
    run = company.run_pipeline()

    assert run.code == 0, run.log
    tickets = {issue.summary: issue for issue in company.lab.jira.issues.values()}
    assert sorted(tickets) == ["Release invoices 1.0.0", "Release orders-api 1.0.0", "Release reports 1.0.0"]
    for issue in tickets.values():
        assert issue.history == ["Pre-Prod", "PP Testing"]
        assert {"staging-eu", "staging-us"} <= set(issue.labels)
        assert "TARGET_VERSIONS_JSON" in json.dumps(issue.description)
    candidates = {
        project: company.lab.artifactory.digest(f"docker-native-rc/{project}", "1.0.0")
        for project in ("invoices", "orders-api", "reports")
    }
    assert candidates == {
        "invoices": company.lab.artifactory.digest("docker-native-local/invoices", "1.0.0"),
        "orders-api": company.lab.artifactory.digest("docker-native-local/orders-api", "1.0.0"),
        "reports": None,  # no function runs it yet
    }


def test_staging_is_deployed_and_promoted_while_jira_is_gone(company: Company) -> None:
    company.lab.gateway.fault(host="jira", times=10_000, action=Status(404, b"<html>Your site is suspended</html>"))

    run = company.run_pipeline()

    assert run.code == 0, run.log
    assert company.lab.jira.issues == {}
    assert company.lab.artifactory.digest("docker-native-rc/invoices", "1.0.0") is not None


def test_no_secret_is_in_any_log_or_artifact(company: Company) -> None:
    run = company.run_pipeline()

    written = [run.log.encode()]
    written += [path.read_bytes() for path in (company.service / ".gitlab-ci-local" / "output").rglob("*.log")]
    written += [path.read_bytes() for path in (company.service / ".gitlab-ci-local" / "artifacts").rglob("*.json")]
    everything = b"\n".join(written)
    assert b"deploy-lambda-staging-eu" in everything
    for name in ("VAULT_SECRET_ID", "VERSIONING_TOKEN"):
        assert company.lab.job_variables[name].encode() not in everything
    for entry in json.loads(company.lab.job_variables["DOCKER_AUTH_CONFIG"])["auths"].values():
        assert entry["auth"].encode() not in everything


def test_a_second_run_of_the_same_pipeline_changes_nothing(company: Company) -> None:
    company.run_pipeline()
    company.lab.gateway.clear()

    run = company.run_pipeline()

    assert run.code == 0, run.log
    registries_lambda_and_dashboard = r"artifactory\.|\.dkr\.ecr\.|lambda\.|versions\."
    assert list(company.lab.gateway.writes(registries_lambda_and_dashboard)) == []


def test_a_fix_in_one_folder_deploys_that_project_and_leaves_the_others(company: Company) -> None:
    company.run_pipeline()
    before = functions(company)
    company.commit("fix: answer something new", {"functions/orders_api/app.py": HANDLER})

    run = company.run_pipeline()

    assert run.code == 0, run.log
    after = functions(company)
    assert {key for key in after if after[key] != before[key]} == {("orders-api", "eu"), ("orders-api", "us")}
    assert after["orders-api", "eu"].image_uri.endswith(":orders-api-1.0.1")
    assert dashboard(company) == {
        **{("orders-api", region): "1.0.1" for region in REGIONS},
        **{("invoices", region): "1.0.0" for region in REGIONS},
    }


def test_after_a_deployment_that_failed_halfway_the_dashboard_shows_what_runs(company: Company) -> None:
    company.run_pipeline()
    company.commit(
        "fix: answer something new",
        {f"functions/{folder}/app.py": HANDLER for folder in ("orders_api", "invoices")},
    )
    company.lab.aws.fail_next_update("orders-api", code="ImageAccessDenied", reason="no access", region="eu-west-2")

    run = company.run_pipeline()

    assert run.code != 0
    shown = dashboard(company)
    assert shown["orders-api", "eu"] == "1.0.0", "it failed, and runs what it ran"
    assert shown["orders-api", "us"] == shown["invoices", "us"] == "1.0.1"
    for (project, region), version in shown.items():
        function = functions(company)["invoice-writer" if project == "invoices" else project, region]
        assert function.image_uri.endswith(f"-{version}"), (project, region)


def test_production_runs_what_staging_has_proven_and_releases_it(company: Company) -> None:
    company.run_pipeline()
    staging = functions(company)

    run = company.start_production(**{"orders-api": "1.0.0", "invoices": "1.0.0"})

    assert run.code == 0, run.log
    assert "build-images" not in run.log
    assert not re.search(r"-staging-(?!\w+\.gitlab-ci\.yml)", run.log), "it fetches the files and runs no job of them"
    production = functions(company, "prod")
    assert {key: function.image_digest for key, function in production.items()} == {
        key: function.image_digest for key, function in staging.items()
    }
    for project in ("invoices", "orders-api"):
        built = company.lab.artifactory.digest(f"docker-native-local/{project}", "1.0.0")
        assert company.lab.artifactory.digest(f"docker-native-release/{project}", "1.0.0") == built
        ticket = next(each for each in company.lab.jira.issues.values() if each.summary == f"Release {project} 1.0.0")
        assert ticket.history == ["Pre-Prod", "PP Testing", "Deploying", "Resolved", "Closed"]
        assert len(ticket.comments) == 1


def test_everything_is_released_while_jira_and_the_dashboard_are_gone(company: Company) -> None:
    for host in ("jira", "versions"):
        company.lab.gateway.fault(host=host, times=10_000, action=Status(404, b"<html>There is no such site</html>"))

    staging = company.run_pipeline()
    production = company.start_production(**{"orders-api": "1.0.0", "invoices": "1.0.0"})

    assert staging.code == 0, staging.log
    assert production.code == 0, production.log
    assert company.lab.jira.issues == {}
    assert dashboard(company) == {}
    for project, name in (("invoices", "invoice-writer"), ("orders-api", "orders-api")):
        released = company.lab.artifactory.digest(f"docker-native-release/{project}", "1.0.0")
        assert released is not None
        for environment in ("staging", "prod"):
            for region in REGIONS:
                assert functions(company, environment)[name, region].image_digest == released


def test_production_started_twice_changes_nothing_the_second_time(company: Company) -> None:
    company.run_pipeline()
    company.start_production(**{"orders-api": "1.0.0", "invoices": "1.0.0"})
    company.lab.gateway.clear()

    run = company.start_production(**{"orders-api": "1.0.0", "invoices": "1.0.0"})

    assert run.code == 0, run.log
    assert list(company.lab.gateway.writes(r"artifactory\.|\.dkr\.ecr\.|lambda\.")) == []


def test_a_version_that_no_candidate_has_changes_nothing_in_production(company: Company) -> None:
    company.run_pipeline()
    before = functions(company, "prod")
    company.lab.gateway.clear()

    run = company.start_production(**{"orders-api": "1.0.0", "reports": "1.0.0"})

    assert run.code != 0
    assert functions(company, "prod") == before
    assert list(company.lab.gateway.writes(r"artifactory\.|\.dkr\.ecr\.|lambda\.|jira")) == []


def expected_mappings(lab: Lab, region: str, aws_region: str) -> dict[str, object]:
    host = f"{ECR_ACCOUNT}.dkr.ecr.{aws_region}.amazonaws.com"
    projects = {}
    for project, folder, function in (
        ("invoices", "invoices", "invoice-writer"),
        ("orders-api", "orders_api", "orders-api"),
        ("reports", "reports", "report-mailer"),
    ):
        built = lab.artifactory.digest(f"docker-native-local/{project}", "1.0.0")
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


def dashboard(company: Company) -> dict[tuple[str, str], str]:
    """The version that the dashboard shows of each project in each region of staging."""
    return {
        (project, region): record["version"]
        for region in REGIONS
        for project, record in company.lab.dashboard.shown("staging", region).items()
    }


def functions(company: Company, environment: str = "staging") -> dict[tuple[str, str], DeployedFunction]:
    return {
        (name, region): company.lab.aws.function(ACCOUNTS[environment], aws_region, name)
        for name in ("orders-api", "invoice-writer")
        for region, aws_region in REGIONS.items()
    }
