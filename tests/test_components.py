"""Components from the pipelines repo, used by a service as GitLab's documentation has it, by an executor of others."""

import json
from pathlib import Path

import pytest
import yaml

from cigen.cli import main
from lab import Lab
from lab.executor import asked, commit_everything, jobs_listed

ROOT = Path(__file__).parents[1]
VERSION = "1.4.0"
ADDRESS = "gitlab.example.com/platform/pipelines"
ENTRIES = [
    "aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml",
    "aws/lambda/build-deploy/prod-deploy.gitlab-ci.yml",
    "aws/s3-deploy.yml",
]


@pytest.fixture
def service(lab: Lab, tmp_path: Path) -> Path:
    """An empty service; the components are released on the Git host."""
    home = tmp_path / "pipelines"
    home.mkdir()
    (home / "cigen.yaml").write_text((ROOT / "cigen.yaml").read_text() + "\ncomponents: true\n")
    assert main(["render", "--config", str(home / "cigen.yaml")]) == 0
    lab.git_host.create("platform/pipelines", source=home / "rendered")
    lab.git_host.git("platform/pipelines", "tag", VERSION)
    result = tmp_path / "service"
    result.mkdir()
    return result


def test_a_hidden_job_of_a_component_takes_the_inputs_that_the_service_gives(lab: Lab, service: Path) -> None:
    (service / ".gitlab-ci.yml").write_text(
        "stages: [rollout]\n"
        "include:\n"
        f"  - component: {ADDRESS}/deploy-lambda@{VERSION}\n"
        "    inputs: {stage: rollout, image: 'mine:1.0.0', timeout: 5 minutes}\n"
        "deploy:\n"
        "  extends: .deploy-lambda-template\n"
        "  variables: {CIGEN_ENVIRONMENT: staging, CIGEN_REGION: eu}\n"
    )
    commit_everything(service)

    job = yaml.safe_load(asked(service, service.parent / "home", "--preview", environment=lab.environment))["deploy"]

    template = yaml.safe_load((service.parent / "pipelines/rendered/jobs/deploy-lambda.yml").read_text())
    expected = template[".deploy-lambda-template"] | {"image": {"name": "mine:1.0.0"}}
    expected |= {"stage": "rollout", "timeout": "5 minutes"}
    expected["variables"] |= {"CIGEN_ENVIRONMENT": "staging", "CIGEN_REGION": "eu"}
    assert job == expected


def test_an_entry_is_the_same_as_a_component_and_as_a_file(lab: Lab, service: Path) -> None:
    listed = []
    for include in (
        [{"component": f"{ADDRESS}/{name}@{VERSION}"} for name in ("staging-deploy", "prod-deploy", "s3-deploy")],
        [{"project": "platform/pipelines", "ref": VERSION, "file": ENTRIES}],
    ):
        (service / ".gitlab-ci.yml").write_text(json.dumps({"include": include}))
        commit_everything(service)
        listed.append(jobs_listed(service, service.parent / "home", lab.environment))

    by_component, by_file = listed
    assert "promote-to-release-artifacts" in {job["name"] for job in by_component}
    assert by_component == by_file
