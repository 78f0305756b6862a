"""The shipped templates, and what GitLab's own schema and the system's rules say of what comes out."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cigen_runtime.contract import COMMANDS

ROOT = Path(__file__).parents[1]
TEMPLATES = sorted((ROOT / "templates").rglob("*.yml"))
RENDERED = sorted((ROOT / "rendered").rglob("*.yml"))


class Loader(yaml.CSafeLoader):
    """Reads GitLab's `!reference` as a list."""


Loader.add_constructor("!reference", lambda loader, node: loader.construct_sequence(node))


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text(), Loader)
    return content


def jobs_of_staging(region: str) -> dict[str, dict[str, Any]]:
    """The jobs that deploy functions to one region, with what they extend merged in, as GitLab would."""
    everything: dict[str, dict[str, Any]] = {}
    for path in (path for path in RENDERED if path.parent != ROOT / "rendered/aws/regions"):
        everything |= {name: job for name, job in read(path).items() if isinstance(job, dict)}
    return {
        name: merged(everything, name) for name in everything if name.endswith(f"-staging-{region}") and name[0] != "."
    }


def merged(everything: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    job = everything[name]
    parents = job.get("extends", [])
    result: dict[str, Any] = {}
    for parent in [parents] if isinstance(parents, str) else parents:
        result = deep(result, merged(everything, parent))
    return deep(result, {key: value for key, value in job.items() if key != "extends"})


def deep(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = deep(result[key], value) if both else value
    return result


@pytest.mark.parametrize("path", RENDERED, ids=lambda path: path.name)
def test_no_script_names_a_secret_so_that_a_trace_of_the_shell_shows_none(path: Path) -> None:
    secrets = {variable.name for command in COMMANDS for variable in command.variables if variable.secret}
    steps = ("before_script", "script", "after_script")
    jobs = [job for job in read(path).values() if isinstance(job, dict)]

    lines = [str(line) for job in jobs for step in steps for line in job.get(step, ())]

    seen_by_the_shell = [re.sub("'[^']*'", "", line) for line in lines]
    assert [line for line in seen_by_the_shell if any(name in line for name in {*secrets, "CI_JOB_TOKEN"})] == []
    assert [line for line in lines if re.search(r"\bset -[a-z]*x|xtrace|\benv\b|printenv", line)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_is_yaml_before_it_is_rendered(path: Path) -> None:
    assert isinstance(read(path), dict)


def test_at_most_one_line_in_ten_of_the_templates_is_logic() -> None:
    lines = [line.strip() for path in TEMPLATES for line in path.read_text().splitlines()]

    logic = [line for line in lines if line.startswith("#%")]

    assert len(logic) * 10 <= len(lines), f"{len(logic)} of {len(lines)}"
    assert [line for line in logic if "elif" in line] == []


@pytest.mark.parametrize("path", RENDERED, ids=lambda path: path.name)
def test_a_rendered_file_is_what_gitlabs_schema_wants(path: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).parent / "check-jsonschema",
            "--builtin-schema=vendor.gitlab-ci",
            "--data-transform=gitlab-ci",
            path,
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("region", ["eu", "us"])
def test_every_job_of_a_region_has_what_a_deployment_needs(region: str) -> None:
    jobs = jobs_of_staging(region)

    assert list(jobs) == [
        f"{step}-staging-{region}"
        for step in (
            "aws-credentials",
            "prepare-docker-config",
            "retag-push-ecr",
            "deploy-lambda",
            "update-version-dashboard",
            "create-jira-tickets",
        )
    ]
    for name, job in jobs.items():
        step = name.removesuffix(f"-staging-{region}")
        stages = {"create-jira-tickets": "jira", "update-version-dashboard": "version-dashboard"}
        assert job["stage"] == stages.get(step, step)
        assert job["script"] == [f"cigen-runtime {step}"]
        assert job["inherit"] == {"default": False}
        assert job["retry"]["exit_codes"] == [75, 76]
        assert "script_failure" not in job["retry"]["when"]
        assert re.fullmatch(r"\d+ (minutes|hour)", job["timeout"])
        assert job["environment"]["name"] == f"staging/{region}"
        assert job["environment"]["deployment_tier"] == "staging"
        assert job["variables"]["CIGEN_REGION"] == region
        assert not set(job["variables"]) & {"AWS_REGION", "AWS_DEFAULT_REGION", "VAULT_SECRET_ID"}
        if step in {"retag-push-ecr", "deploy-lambda"}:
            assert job["interruptible"] is False
            assert job["resource_group"] == f"deploy/staging/{region}"
            assert job["artifacts"]["expire_in"] == "30 days"
    actions = {name: job["environment"]["action"] for name, job in jobs.items()}
    assert [name for name, action in actions.items() if action == "start"] == [f"deploy-lambda-staging-{region}"]


def test_only_the_gate_waits_for_whole_stages_and_nobody_needs_a_later_one() -> None:
    stages = read(ROOT / "rendered/aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml")["stages"]
    jobs = jobs_of_staging("eu")

    assert [name for name, job in jobs.items() if "needs" not in job] == ["aws-credentials-staging-eu"]
    for job in jobs.values():
        for need in job.get("needs", []):
            needed = jobs.get(need["job"], {"stage": "versioning"})["stage"]
            assert stages.index(needed) < stages.index(job["stage"])


def test_each_job_gets_the_artifacts_it_reads_and_no_others() -> None:
    jobs = jobs_of_staging("eu")

    given = {
        name: [need["job"] for need in job.get("needs", []) if need["artifacts"]]
        for name, job in jobs.items()
        if "needs" in job
    }

    assert given == {
        "prepare-docker-config-staging-eu": [],
        "retag-push-ecr-staging-eu": ["semantic-versioning"],
        "deploy-lambda-staging-eu": ["retag-push-ecr-staging-eu"],
        "update-version-dashboard-staging-eu": ["deploy-lambda-staging-eu"],
        "create-jira-tickets-staging-eu": ["semantic-versioning"],
    }


def test_the_dashboard_is_told_after_a_failed_deployment_too_and_never_stops_a_pipeline() -> None:
    job = jobs_of_staging("eu")["update-version-dashboard-staging-eu"]

    facts = ("allow_failure", "timeout", "resource_group", "interruptible")
    assert [job[fact] for fact in facts] == [True, "2 minutes", "dashboard/staging", False]
    assert job["environment"]["action"] == "access"
    deploy = jobs_of_staging("eu")["deploy-lambda-staging-eu"]
    never, *rules = deploy["rules"]
    assert never == [".cigen-not-staging", "rules"]
    assert job["rules"] == [never, *(rule | {"when": "always"} for rule in rules)]


def test_every_job_that_runs_a_command_keeps_its_result_however_it_ends() -> None:
    everything: dict[str, dict[str, Any]] = {}
    for path in RENDERED:
        everything |= {name: job for name, job in read(path).items() if isinstance(job, dict)}
    jobs = {name: merged(everything, name) for name in everything}
    running = {
        name: job for name, job in jobs.items() if any("cigen-runtime" in line for line in job.get("script", []))
    }

    kept = {name: job["artifacts"] for name, job in running.items()}

    assert len(kept) > len(COMMANDS) / 2
    assert [name for name, artifacts in kept.items() if artifacts["when"] != "always"] == []
    assert [name for name, artifacts in kept.items() if "expire_in" not in artifacts] == []
    result = "cigen-out/results/$CI_JOB_NAME_SLUG.json"
    assert [name for name, artifacts in kept.items() if result not in artifacts["paths"]] == []


def test_a_ticket_never_stops_a_pipeline_and_is_worked_on_by_one_job_at_a_time() -> None:
    everything: dict[str, dict[str, Any]] = {}
    for path in RENDERED:
        everything |= {name: job for name, job in read(path).items() if isinstance(job, dict)}
    jobs = {name: merged(everything, name) for name in everything if "jira" in name and name.startswith(".")}

    assert sorted(name for name, job in jobs.items() if "script" in job) == [
        ".comment-jira-tickets-production",
        ".comment-jira-tickets-staging",
        ".create-jira-tickets-template",
        ".transition-jira-tickets-closed",
        ".transition-jira-tickets-deploying",
        ".transition-jira-tickets-pp-testing",
        ".transition-jira-tickets-pre-prod",
        ".transition-jira-tickets-resolved",
        ".update_jira_instructions_production",
        ".update_jira_instructions_staging",
    ]
    facts = ("allow_failure", "timeout", "resource_group", "interruptible")
    assert {tuple(job[fact] for fact in facts) for job in jobs.values()} == {(True, "2 minutes", "jira", False)}
    assert {name for name, job in jobs.items() if job["stage"] != "jira"} == {".transition-jira-tickets-deploying"}


def test_configs_are_found_merged_and_synced_in_one_stage_and_only_the_sync_holds_the_bucket() -> None:
    jobs = {
        name: read(ROOT / f"rendered/jobs/{name}.yml")[f".{name}-template"]
        for name in ("find-versions", "merge-configs", "s3-sync")
    }

    facts = ("interruptible", "resource_group")
    assert {name: tuple(job.get(fact) for fact in facts) for name, job in jobs.items()} == {
        "find-versions": (True, None),
        "merge-configs": (True, None),
        "s3-sync": (False, "config/$CIGEN_ENVIRONMENT/$CIGEN_REGION"),
    }
    assert {name: job["artifacts"]["paths"][:-1] for name, job in jobs.items()} == {
        "find-versions": ["cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/config-versions.json"],
        "merge-configs": [
            "cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/merged-files/",
            "cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/provenance.json",
        ],
        "s3-sync": ["cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/s3-sync-result.json"],
    }
    for name, job in jobs.items():
        assert (job["stage"], job["script"]) == ("s3-sync", [f"cigen-runtime {name}"])
        assert job["inherit"] == {"default": False}
        assert job["retry"]["exit_codes"] == [75, 76]


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_the_sync_of_an_environment_has_what_it_needs(environment: str) -> None:
    folder = ROOT / "rendered/aws/regions"
    everything: dict[str, dict[str, Any]] = {}
    for path in RENDERED:
        everything |= {name: job for name, job in read(path).items() if isinstance(job, dict)}
    steps = ("aws-credentials-s3", "find-versions", "merge-configs", "s3-sync")
    names = [f"{step}-{environment}-eu" for step in steps]
    jobs = {name: merged(everything, name) for name in names}

    written = read(folder / f"s3-{environment}-eu.gitlab-ci.yml")
    assert [name for name in written if not name.startswith(".")] == names
    facts = ("stage", "needs", "resource_group", "interruptible")
    prod = environment == "prod"
    assert {name: tuple(job.get(fact) for fact in facts) for name, job in jobs.items()} == {
        names[0]: ("s3-sync" if prod else "aws-credentials", [] if prod else None, None, True),
        names[1]: ("s3-sync", [{"job": names[0], "artifacts": False}], None, True),
        names[2]: ("s3-sync", [{"job": names[1], "artifacts": True}], None, True),
        names[3]: ("s3-sync", [{"job": names[2], "artifacts": True}], f"config/{environment}/eu", False),
    }
    assert {name: job["environment"] for name, job in jobs.items()} == {
        name: {
            "name": f"{environment}/eu",
            "deployment_tier": "production" if prod else "staging",
            "action": "prepare" if name != names[3] else "start" if prod else "access",
        }
        for name in names
    }


def test_configs_go_to_production_in_waves(tmp_path: Path) -> None:
    text = (ROOT / "cigen.yaml").read_text()
    waves = "    waves: [[eu], {regions: [us], manual: true}]\n"
    (tmp_path / "cigen.yaml").write_text(text.rstrip() + "\n" + waves)
    subprocess.run([sys.executable, "-m", "cigen", "render"], cwd=tmp_path, check=True, capture_output=True)

    gate = read(tmp_path / "rendered/aws/regions/s3-prod-us.gitlab-ci.yml")["aws-credentials-s3-prod-us"]

    assert gate["needs"] == [{"job": "s3-sync-prod-eu", "artifacts": False}]
    assert gate["extends"] == [".aws-credentials-template", ".cigen-s3-prod-us", ".cigen-rules-s3-prod-manual"]
    assert gate["manual_confirmation"] == "Deploy to prod/us?"
