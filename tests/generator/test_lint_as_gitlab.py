"""`cigen lint --as-gitlab`: its exit codes, and what it prints."""

import json
from pathlib import Path

import pytest

from cigen.cli import main


@pytest.fixture
def pipelines(tmp_path: Path) -> dict[str, Path]:
    texts = {"good": "test: {script: make}\n", "bad": "test:\n  script: make\n  needs: [biuld]\n  tegs: [a]\n"}
    paths = {name: tmp_path / f"{name}.yml" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name])
    return paths


def test_a_pipeline_that_gitlab_accepts_is_clean(pipelines: dict[str, Path], capsys: pytest.CaptureFixture[str]):
    assert main(["lint", "--as-gitlab", str(pipelines["good"])]) == 0
    assert capsys.readouterr().out == "1 job in 1 pipeline, 1 file: nothing found\n"


def test_each_file_is_a_pipeline_of_its_own_and_its_findings_say_where(
    pipelines: dict[str, Path], capsys: pytest.CaptureFixture[str]
):
    exit_code = main(["lint", "--as-gitlab", "--format", "json", str(pipelines["good"]), str(pipelines["bad"])])

    findings = json.loads(capsys.readouterr().out)["findings"]
    assert exit_code == 1
    assert [
        {key: finding[key] for key in ("path", "line", "column", "name", "severity", "message", "hint", "job")}
        for finding in findings
    ] == [
        {
            "path": str(pipelines["bad"]),
            "line": 3,
            "column": 11,
            "name": "needs-undefined",
            "severity": "error",
            "message": "job 'test' needs 'biuld', which is no job of this pipeline",
            "hint": "with 'optional: true' it may be missing",
            "job": "test",
        },
        {
            "path": str(pipelines["bad"]),
            "line": 4,
            "column": 3,
            "name": "unknown-keyword",
            "severity": "error",
            "message": "job 'test' has the unknown keyword 'tegs'",
            "hint": "did you mean 'tags'?",
            "job": "test",
        },
    ]


def test_a_finding_shows_the_line_and_underlines_the_place(
    pipelines: dict[str, Path], capsys: pytest.CaptureFixture[str]
):
    assert main(["lint", "--as-gitlab", str(pipelines["bad"])]) == 1

    assert capsys.readouterr().out.splitlines()[-6:] == [
        f"{pipelines['bad']}:4:3: error: job 'test' has the unknown keyword 'tegs' [unknown-keyword]",
        "    4 |   tegs: [a]",
        "      |   ^^^^",
        "hint: did you mean 'tags'?",
        "",
        "1 job in 1 pipeline, 1 file: 2 errors",
    ]


def test_a_file_that_is_not_there_is_a_mistake_of_the_caller(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["lint", "--as-gitlab", str(tmp_path / "none.yml")]) == 2
    assert f"there is no file {tmp_path / 'none.yml'}" in capsys.readouterr().err
