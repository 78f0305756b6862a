"""Runs a runtime command on the lab, as a job would."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cigen_runtime.cli import main
from cigen_runtime.clock import Clock as RealClock
from lab import Lab
from lab.names import ARTIFACTORY_PASSWORD, DASHBOARD_TOKEN, JIRA_API_TOKEN

if TYPE_CHECKING:
    from runtime.configs import Configs

STAGING_EU = {
    "CIGEN_ENVIRONMENT": "staging",
    "CIGEN_REGION": "eu",
    "CIGEN_AWS_REGION": "eu-west-2",
    "CIGEN_AWS_ACCOUNT": "111122223333",
    "CI_ENVIRONMENT_NAME": "staging/eu",
    "VAULT_ADDR": "https://vault.example.com",
    "CIGEN_VAULT_ROLE": "lambda-staging",
    "CIGEN_ARTIFACTORY_REGISTRY": "artifactory.example.com/{repository}",
    "CIGEN_BUILD_REPOSITORY": "docker-native-local",
    "CIGEN_ECR_ACCOUNT": "111122223333",
    "CIGEN_ECR_REPOSITORY": "lambda-images",
    "CIGEN_ON_MISSING": "skip",
    "JIRA_URL": "https://jira.example.com",
    "CIGEN_JIRA_PROJECT": "REL",
    "CIGEN_DASHBOARD_BACKEND": "http",
    "VERSION_DASHBOARD_URL": "https://versions.example.com",
    "CI_PROJECT_URL": "https://gitlab.example.com/shop/services",
    "CI_PIPELINE_ID": "4711",
    "CI_PIPELINE_URL": "https://gitlab.example.com/shop/services/-/pipelines/4711",
}
ECR = "111122223333.dkr.ecr.eu-west-2.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    log: str

    @property
    def error(self) -> str:
        """The first line of its error."""
        return next((line for line in self.log.splitlines() if line.startswith("error: ")), "")


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


class Service:
    """The folder a job runs in: a checkout of the service repo with what earlier jobs left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, project: str, version: str, *, lambda_name: str | None = None, changed: bool = True) -> None:
        """Add a project to versions.json and, unless it has no function, its `.deployment`."""
        path = self.folder / "versions.json"
        versions = json.loads(path.read_text()) if path.exists() else {}
        versions[project] = {"version": version, "folder": project, "changed": changed}
        path.write_text(json.dumps(versions))
        if lambda_name:
            folder = self.folder / "functions" / project
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".deployment").write_text(f"ACTUAL_LAMBDA_NAME={lambda_name}\n")

    def read(self, name: str) -> dict[str, dict[str, dict[str, object]]]:
        """A JSON file of staging/eu."""
        content: dict[str, dict[str, dict[str, object]]] = json.loads(self.path(name).read_text())
        return content

    def path(self, name: str) -> Path:
        """Where a file of staging/eu is."""
        return self.folder / "cigen-out" / "staging" / "eu" / name


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(lab: Lab, service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Run a command for staging/eu in the service's folder; keyword arguments are variables."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    lab.ecr.create_repository("lambda-images", immutable=True)

    def run(command: str, *options: str, clock: Clock | None = None, **variables: str) -> Done:
        stream = io.StringIO()
        environment = {**STAGING_EU, **lab.job_variables, **variables}
        time = RealClock(clock.now, clock.sleep) if clock else None
        code = main([command, *options], environment, service.folder, stream, clock=time)
        log = stream.getvalue()
        for secret in (lab.job_variables["VAULT_SECRET_ID"], ARTIFACTORY_PASSWORD, JIRA_API_TOKEN, DASHBOARD_TOKEN):
            assert secret not in log
        return Done(code, log)

    return run


@pytest.fixture
def configs(lab: Lab, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> "Configs":
    """An empty service repository in which configs are found, merged and synced."""
    from runtime.configs import Configs  # it imports from here
    from runtime.repository import Repository

    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    return Configs(Repository(tmp_path / "repository"), lab, clock)
