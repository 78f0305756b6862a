"""A pipelines project in a folder of its own: cigen.yaml, a tiny template tree, and the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cigen import resources
from cigen.cli import main

CONFIG = """\
output: rendered
gitlab:
  url: https://gitlab.example.com
  project: platform/pipelines
  version: "17.5"
jobs:
  image: registry.example.com/cigen-runtime:0.1.0
vault:
  address: https://vault.example.com
artifactory:
  registry: artifactory.example.com/{repository}
  repositories: {build: docker-local, rc: docker-rc, release: docker-release}
  url: https://artifactory.example.com/artifactory
ecr:
  account: "111122223333"
  repository: lambda-images
s3:
  bucket: config-{environment}-{region}
regions:
  eu: {aws_region: eu-west-2}
  us: {aws_region: us-east-1}
environments:
  staging:
    account: "111122223333"
    regions: [eu, us]
  prod:
    account: "444455556666"
    regions: [eu]
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a cigen.yaml, and the folder that stands for the shipped templates."""

    folder: Path
    templates: Path

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project."""
        return _write(self.folder / path, text)

    def template(self, path: str, text: str) -> Path:
        """Write one of the shipped templates."""
        return _write(self.templates / path, text)

    def configure(self, old: str, new: str) -> None:
        """Replace a text that stands in cigen.yaml."""
        text = (self.folder / "cigen.yaml").read_text()
        assert old in text
        self.write("cigen.yaml", text.replace(old, new))

    def files(self) -> dict[str, str]:
        """Every file below the output folder, with its text."""
        root = self.folder / "rendered"
        return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of `cigen` printed, and its exit code."""

    exit_code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with one template for all and one per region of staging; the current folder is its own."""
    result = Project(tmp_path / "project", tmp_path / "shipped")
    result.write("cigen.yaml", CONFIG)
    result.template("jobs/gate.yml", ".gate:\n  image: <% config.jobs.image | yaml %>\n")
    result.template("regions/staging-[region].yml", "deploy-<% region.name %>:\n  extends: .gate\n")
    monkeypatch.chdir(result.folder)
    monkeypatch.setattr(resources, "templates_folder", lambda: result.templates)
    monkeypatch.delenv("CIGEN_DEBUG", raising=False)
    return result


@pytest.fixture
def cigen(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `cigen` with arguments."""

    def run(*arguments: str) -> Outcome:
        exit_code = main(arguments)
        captured = capsys.readouterr()
        return Outcome(exit_code, captured.out, captured.err)

    return run


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
