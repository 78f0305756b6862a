"""Files that are none, and files in which anything stands: a finding or a plain error, and nothing half written."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cigen.cli import main
from cigen.errors import WorkError
from cigen.replace_file import replace_file, replace_text

from .conftest import Run

PIPELINE = b"""\
include:
  - local: ci/jobs.yml
stages: [build, test, deploy]
workflow:
  rules: [{if: $CI_COMMIT_BRANCH}]
variables: &variables
  COUNTRY: no
  LEVEL: {value: "1", options: ["1", "2"], description: How far to go.}
default:
  image: {name: "python:3.12", entrypoint: [""]}
  retry: {max: 2, when: [runner_system_failure]}
.base: &base
  tags: [linux]
  before_script:
    - |
      for file in *.py; do
        echo "$file"
      done
build:
  <<: *base
  stage: build
  script: [make, !reference [.base, before_script]]
  parallel: {matrix: [{ARCH: [amd64, arm64]}]}
  artifacts: {paths: [out], expire_in: 1 week, reports: {dotenv: out.env}}
test:
  extends: [.base, .of-the-included-file]
  needs: [{job: build, artifacts: true}, {job: other, optional: true}]
  variables: *variables
  cache: [{key: {files: [a.lock]}, paths: [.cache]}]
  rules:
    - if: $CI_PIPELINE_SOURCE == "push" && $COUNTRY =~ /^n[eo]/
      changes: {paths: [src/**/*], compare_to: main}
      when: delayed
      start_in: 30 minutes
deploy:
  stage: deploy
  environment: {name: production, on_stop: test, kubernetes: {agent: "a/b:c"}}
  secrets: {KEY: {vault: a/b/c@d}}
  id_tokens: {TOKEN: {aud: x}}
  only: [main, /^v/]
  trigger: {include: [{artifact: a.yml, job: build}], strategy: depend}
"""
INCLUDED = b"""\
spec:
  inputs: {stage: {default: test}}
---
.of-the-included-file:
  stage: $[[ inputs.stage ]]
  script: make
"""
PIECES = (
    *(bytes([character]) for character in b"\n \t:[]{}'|>~\r\0\xff"),
    *(b"- ", b"&a ", b"*a", b"<<: *base", b"!reference [.base, x]", b"$[[ ", b'"', b"---\n", b"...", b"\xef\xbb\xbf"),
    *(b"1e999", b"2024-01-01", b"no", b"/(/", b"\xe2\x80\xa8", b"9" * 300, b"a" * 2000),
    *(b"extends: test\n", b"needs: [test]\n", b"script:\n"),
)
Changes = list[tuple[int, int, bytes]]
COMMANDS = (
    ["lint", "--no-shellcheck"],
    ["simulate"],
    ["simulate", "--format", "json"],
    ["lint", "--fix", "--no-shellcheck"],
)


@pytest.fixture(params=["pipe", "folder", "device", "link to itself"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A path at which anything stands but a file."""
    path = tmp_path / ".gitlab-ci.yml"
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            return Path("/dev/zero")
        case _:
            path.symlink_to(path.name)
    return path


@pytest.mark.parametrize("command", [["lint"], ["lint", "--as-gitlab"], ["lint", "--fix"], ["simulate"]])
def test_what_is_no_file_is_a_plain_error(no_file: Path, command: list[str], cigen: Run) -> None:
    outcome = cigen(*command, str(no_file))

    assert (outcome.exit_code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")
    assert str(no_file) in outcome.err


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link"])
def test_what_is_no_file_cannot_be_included(kind: str, tmp_path: Path, cigen: Run) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitlab-ci.yml").write_text("include: a.yml\nbuild:\n  script: make\n")
    makers: dict[str, Callable[[Path], None]] = {
        "pipe": os.mkfifo,
        "folder": Path.mkdir,
        "device": lambda path: path.symlink_to("/dev/zero"),
        "link": lambda path: path.symlink_to("/etc/hostname"),
    }
    makers[kind](tmp_path / "a.yml")

    outcome = cigen("lint", str(tmp_path / ".gitlab-ci.yml"))

    assert outcome.exit_code == 1
    assert "the included file a.yml cannot be had" in outcome.out


def test_a_link_in_a_pipelines_repo_is_what_git_has_of_it(tmp_path: Path, cigen: Run) -> None:
    secret = tmp_path / "secret.yml"
    secret.write_text("password: hunter2\n")
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "jobs.yml").write_text(".build:\n  script: make\n")
    (repo / "link.yml").symlink_to(secret)

    outcome = cigen("lint", str(repo))

    assert outcome.exit_code == 1
    assert f"{repo}/link.yml:1:1: error: the file is a text, not a mapping of keywords and jobs" in outcome.out
    assert "hunter2" not in outcome.out


@pytest.mark.parametrize("size", [11, 200])
def test_a_giant_file_is_not_read_in_whole(size: int, tmp_path: Path, cigen: Run) -> None:
    path = tmp_path / ".gitlab-ci.yml"
    with path.open("wb") as file:
        file.truncate(size * 1024 * 1024)
    start = time.process_time()

    outcome = cigen("lint", str(path))

    assert time.process_time() - start < 5
    assert "the file has more than 10 MB; GitLab refuses far smaller ones" in outcome.out


def test_a_fix_keeps_the_mark_and_the_line_ends_of_a_file(tmp_path: Path, cigen: Run) -> None:
    path = tmp_path / ".gitlab-ci.yml"
    path.write_bytes(b'\xef\xbb\xbfvariables: {A: no}\r\nj:\r\n  script: echo "$A"\r\n')
    path.chmod(0o640)

    outcome = cigen("lint", "--fix", str(path))

    assert (outcome.exit_code, outcome.err) == (0, f"{path}: 1 put right\n")
    assert path.read_bytes() == b'\xef\xbb\xbfvariables: {A: "no"}\r\nj:\r\n  script: echo "$A"\r\n'
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("content", [b"variables: {A: no}\n# \xff\n", b"variables: {A: no}\nj: {\n", b"\xff\xfea\0"])
def test_a_file_that_cannot_be_read_is_not_fixed(content: bytes, tmp_path: Path, cigen: Run) -> None:
    path = tmp_path / ".gitlab-ci.yml"
    path.write_bytes(content)

    assert cigen("lint", "--fix", str(path)).exit_code == 1
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_replaced_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yml"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(WorkError, match=r"a\.yml: cannot be written: No space left on device"):
        replace_text(path, "new")
    with pytest.raises(WorkError, match="cannot be read"):
        replace_text(tmp_path / "gone.yml", "new")
    with pytest.raises(WorkError, match="cannot be written"):
        replace_file(tmp_path / "gone" / "a.yml", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.yml"]
    assert path.read_text() == "old"


def _mutated(content: bytes, changes: Changes) -> bytes:
    """The content with pieces taken out and others put in."""
    for at, length, piece in changes:
        place = at % (len(content) + 1)
        content = content[:place] + piece + content[place + length :]
    return content


CHANGES = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), st.sampled_from(PIECES)), max_size=6)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, CHANGES)
def test_a_pipeline_with_anything_changed_in_it_ends_in_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: Changes, inner: Changes
) -> None:
    _said_something_sensible(tmp_path, capsys, _mutated(PIPELINE, changes), _mutated(INCLUDED, inner))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_any_bytes_end_in_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, included: bytes
) -> None:
    _said_something_sensible(tmp_path, capsys, content, included)


def _said_something_sensible(folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, included: bytes) -> None:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "ci").mkdir(exist_ok=True)
    path = folder / ".gitlab-ci.yml"
    path.write_bytes(content)
    (folder / "ci" / "jobs.yml").write_bytes(included)
    for command in COMMANDS:
        exit_code = main([*command, str(path)])
        out, err = capsys.readouterr()

        assert exit_code in (0, 1), (command, err)
        assert "rule-crashed" not in out
        assert re.search(r"Traceback|unexpected", err) is None
        assert exit_code == 0 or out
