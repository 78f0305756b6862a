"""docs/linting.md: each command of it runs, and each piece of YAML does what the text says."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from cigen.cli import app
from cigen.lint.registry import RULES

from .conftest import Run

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/linting.md").read_text()
COMMANDS = re.findall(r"^\$ cigen (.+?)(?:\s+#.*)?$", GUIDE, re.MULTILINE)
LOCATIONS = re.findall(r"^\| `(--pipelines [^`]+)` \|", GUIDE, re.MULTILINE)
PIECES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkouts of a service and of the pipelines repo beside each other; the current folder is the service."""
    folder = tmp_path / "service"
    shutil.copytree(ROOT / "tests/lab/service", folder)
    text = (folder / ".gitlab-ci.yml").read_text()
    (folder / ".gitlab-ci.yml").write_text(text.replace("ref: v1.0.0", "ref: v1.4.0"))
    (tmp_path / "pipelines").mkdir()
    shutil.copy(ROOT / "cigen.yaml", tmp_path / "pipelines")
    shutil.copytree(ROOT / "rendered", tmp_path / "pipelines/rendered")
    (tmp_path / "pipelines/.gitlab-ci.yml").write_text("x: {script: make}\n")
    monkeypatch.chdir(folder)
    return folder


def test_each_command_runs_and_finds_nothing_in_a_service_that_is_right(service: Path, cigen: Run) -> None:
    outcomes = {command: cigen(*command.split()) for command in COMMANDS}

    assert {command: outcome.exit_code for command, outcome in outcomes.items() if outcome.exit_code} == {}
    assert len(outcomes) == 10
    assert all((service / path).exists() for path in ("lint.json", "lint.sarif", "quality.json", "lint.xml"))


@pytest.mark.parametrize("location", LOCATIONS)
def test_each_place_of_the_included_files_is_one(service: Path, cigen: Run, location: str) -> None:
    outcome = cigen("lint", *location.split())

    assert outcome.out == "46 jobs in 1 pipeline, 37 files: nothing found\n"
    assert len(LOCATIONS) == 3


def test_the_lint_job_is_as_it_is_written(service: Path, cigen: Run) -> None:
    written = next(piece for piece in PIECES if "lint" in piece)
    (service / ".gitlab-ci.yml").write_text(yaml.safe_dump(written, sort_keys=False))

    assert cigen("lint", "--pipelines", "../pipelines").exit_code == 0


def test_an_ignore_with_a_reason_leaves_its_line_alone(service: Path, cigen: Run) -> None:
    (text,) = (text for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if "cigen: ignore" in text)
    with (service / ".gitlab-ci.yml").open("a") as file:
        file.write(f"\n{text}")

    assert cigen("lint", "--pipelines", "../pipelines").exit_code == 0


def test_the_hook_and_the_rules_that_it_names_exist() -> None:
    (hook,) = next(piece for piece in PIECES if "repos" in piece)["repos"][0]["hooks"]
    (offered,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    named = set(re.findall(r"\(rules/([a-z-]+)\.md\)", GUIDE))
    options = {option for command in app.registered_commands for option in _options(command.callback)}

    assert hook["id"] == offered["id"]
    assert {argument for argument in hook["args"] if argument.startswith("--")} <= options
    assert named <= {rule.name for rule in RULES}


def _options(callback: object) -> set[str]:
    return {f"--{name.replace('_', '-')}" for name in getattr(callback, "__annotations__", {})}
