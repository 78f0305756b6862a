"""docs/configuration.md: its examples, put together into one config, render to what the linter finds nothing in."""

import re
from pathlib import Path

import pytest

from .conftest import Run

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/configuration.md").read_text(), re.DOTALL)
OWN_TEMPLATE = "our-templates/staging-with-smoke-tests.gitlab-ci.yml"
SERVICE = """\
include:
  - project: platform/pipelines
    ref: v1.0.0
    file: [aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example of this repo with what the guide shows in place of its sections."""
    production, credentials, service_job, jobs, own_template = BLOCKS
    config = (ROOT / "cigen.yaml").read_text()
    config = re.sub(
        r"^  prod:\n.*?(?=^# lint)", production.removeprefix("environments:\n"), config, flags=re.DOTALL | re.MULTILINE
    )
    config = re.sub(r"^jobs:\n.*?\n\n", f"{jobs}\n", config, flags=re.DOTALL | re.MULTILINE)
    config = config.replace("artifactory:\n", f"{credentials}\nartifactory:\n", 1)
    config = config.replace(
        "  us: {aws_region: us-east-1}\n",
        "  us: {aws_region: us-east-1}\n  ap: {aws_region: ap-south-1, ecr_replicated: true}\n",
    )
    (tmp_path / OWN_TEMPLATE).parent.mkdir()
    (tmp_path / OWN_TEMPLATE).write_text(own_template)
    (tmp_path / "cigen.yaml").write_text(f"templates: our-templates\n{config}")
    (tmp_path / "service").mkdir()
    (tmp_path / "service/.gitlab-ci.yml").write_text(f"{SERVICE}\n{service_job}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_examples_render_and_the_linter_finds_nothing_in_them_or_in_the_service(folder: Path, cigen: Run) -> None:
    rendered = cigen("render")
    repo = cigen("lint")
    service = cigen("lint", "service", "--pipelines", "rendered", "--fail-level", "info")

    assert (rendered.exit_code, rendered.err) == (0, "")
    assert (repo.exit_code, repo.out.splitlines()[-1].partition(": ")[2]) == (0, "nothing found"), repo.out
    assert (service.exit_code, service.out.splitlines()[-1].partition(": ")[2]) == (0, "nothing found"), service.out
    staging = (folder / "rendered/staging-with-smoke-tests.gitlab-ci.yml").read_text()
    assert [line for line in staging.splitlines() if line.startswith("smoke-test-")] == [
        "smoke-test-staging-eu:",
        "smoke-test-staging-us:",
    ]


def test_a_service_that_uses_what_the_gitlab_of_the_config_lacks_is_told(folder: Path, cigen: Run) -> None:
    assert cigen("render").exit_code == 0
    path = folder / "service/.gitlab-ci.yml"
    path.write_text(path.read_text() + "  artifacts: {access: maintainer, paths: [x], expire_in: 1 day}\n")

    linted = cigen("lint", "service", "--pipelines", "rendered")

    assert linted.exit_code == 1
    assert (
        "error: 'artifacts:access: maintainer' came with GitLab 18.4, and gitlab.version is 17.5 [version-unsupported]"
    ) in linted.out
