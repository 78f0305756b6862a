"""README.md: the first five minutes are as it tells them."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from .conftest import Run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SETTING_UP = "setting up .venv …"


def told() -> list[tuple[str, list[str]]]:
    """The commands of the section with what they print; `…` stands for lines that are left out."""
    section = README.partition("## The first five minutes")[2].partition("\n## ")[0]
    shown = "\n".join(re.findall(r"```console\n(.*?)```", section, re.DOTALL)).replace("\\\n", "")
    parts = re.split(r"^\$ ", shown, flags=re.MULTILINE)[1:]
    return [(part.splitlines()[0], part.splitlines()[1:]) for part in parts]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example as it is committed; the current folder."""
    shutil.copy(ROOT / "cigen.yaml", tmp_path)
    shutil.copytree(ROOT / "rendered", tmp_path / "rendered")
    shutil.copytree(ROOT / "tests/lab/service", tmp_path / "tests/lab/service")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_five_minutes_are_as_they_are_told(clone: Path, cigen: Run) -> None:
    for command, expected in told():
        if command.startswith("make demo"):
            continue  # tests/test_lifecycle.py plays it
        if "aprole" in "\n".join(expected):
            slip(clone)

        printed = played(command, cigen)

        assert missing(expected, printed) == [], command


def slip(clone: Path) -> None:
    """What a person does who leaves out a letter."""
    path = clone / "cigen.yaml"
    path.write_text((ROOT / "cigen.yaml").read_text().replace("auth: approle", "auth: aprole"))


def played(command: str, cigen: Run) -> list[str]:
    """What a command prints; it must not end with a fault of its own."""
    calls = (["render"], ["lint"]) if command == "make render" else (shlex.split(command)[1:],)
    results = [cigen(*arguments) for arguments in calls]
    assert {result.exit_code for result in results} <= {0, 2}, command
    return [line for result in results for line in (result.out + result.err).splitlines()]


def missing(expected: list[str], printed: list[str]) -> list[str]:
    """The lines that were not printed, or not in this order."""
    rest = iter(printed)
    return [line for line in expected if line.strip() not in {"", "…", SETTING_UP} and line not in rest]
