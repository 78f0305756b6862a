"""`cigen init`: a handful of answers make a cigen.yaml that renders to files without a finding."""

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from cigen.config.starter import QUESTIONS

from .conftest import Run

NEEDED = {
    "--gitlab-url": "https://gitlab.example.com",
    "--vault": "https://vault.example.com",
    "--artifactory": "artifactory.example.com",
    "--image": "registry.example.com/cigen-runtime:0.1.0",
    "--regions": "eu=eu-west-2,us=us-east-1",
    "--staging-account": "111122223333",
    "--prod-account": "444455556666",
}
ALL = NEEDED | {"--jira": "https://jira.example.com", "--dashboard": "https://versions.example.com"}
SMALL = NEEDED | {"--regions": "no=eu-north-1", "--prod-account": "-"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def flat(options: dict[str, str]) -> list[str]:
    return [word for pair in options.items() for word in pair]


@pytest.mark.parametrize("options", [ALL, SMALL], ids=["all", "small"])
def test_the_answers_make_a_config_that_renders_clean(
    options: dict[str, str], folder: Path, cigen: Run, snapshot: SnapshotAssertion
) -> None:
    result = cigen("init", "--yes", *flat(options))

    assert (result.exit_code, result.out, result.err) == (0, "wrote cigen.yaml\nnext: cigen render\n", "")
    assert (folder / "cigen.yaml").read_text() == snapshot
    assert cigen("render").exit_code == 0
    lint = cigen("lint")
    assert lint.exit_code == 0, lint.out


def test_what_is_there_is_never_overwritten(folder: Path, cigen: Run) -> None:
    (folder / "cigen.yaml").write_text("mine\n")

    result = cigen("init", "--yes", *flat(ALL))

    assert (result.exit_code, result.err) == (
        2,
        "error: cigen.yaml is there already, and is never overwritten\nhint: edit it, or name another --config\n",
    )
    assert (folder / "cigen.yaml").read_text() == "mine\n"


def test_without_a_terminal_what_is_missing_is_named(folder: Path, cigen: Run) -> None:
    result = cigen("init", "--yes", "--vault", "https://vault.example.com", "--regions", "eu=eu-west-2")

    assert (result.exit_code, result.err) == (
        2,
        "error: nobody to ask, and nothing says "
        "--gitlab-url, --image, --artifactory, --staging-account, --prod-account\n"
        "hint: cigen init --help\n",
    )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--regions", "eu=mars", "regions.eu.aws_region: 'mars' is not an AWS region such as eu-west-2"),
        ("--staging-account", "12", "ecr.account: '12' is not an AWS account: 12 digits in quotes"),
        ("--vault", "vault", "vault.address: 'vault' is not an address that starts with https:// or http://"),
        (
            "--bucket",
            "configs-{environment}",
            "s3.bucket: 'configs-{environment}' must contain {region}\n"
            "hint: staging has 2 regions, and they would share one bucket",
        ),
        ("--gitlab-version", "17", 'gitlab.version: \'17\' is not a GitLab version as "MAJOR.MINOR", such as "17.5"'),
    ],
)
def test_an_answer_is_refused_in_the_words_of_the_model(
    folder: Path, cigen: Run, option: str, value: str, message: str
) -> None:
    result = cigen("init", "--yes", *flat(ALL | {option: value}))

    assert (result.exit_code, result.err) == (2, f"error: {option}: {message}\n")
    assert list(folder.iterdir()) == []


def test_at_a_terminal_it_asks_again_until_the_answer_fits(folder: Path, cigen: Run) -> None:
    answers = [ALL.get(f"--{question.key}", "") for question in QUESTIONS]

    exit_code, told = typed("\n".join(["gitlab", *answers, ""]))

    assert exit_code == 0, told
    assert "gitlab.url: 'gitlab' is not an address that starts with https:// or http://" in told
    assert told.count("Address of GitLab") == 2
    assert "url: https://gitlab.example.com\n" in (folder / "cigen.yaml").read_text()
    assert cigen("render").exit_code == 0
    assert cigen("lint").exit_code == 0


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_whoever_stops_answering_leaves_nothing_behind(folder: Path, key: str) -> None:
    exit_code, told = typed("https://gitlab.example.com\n", key)

    assert exit_code == 130
    assert told.endswith("stopped: nothing was written\r\n")
    assert list(folder.iterdir()) == []


def test_the_help_knows_every_option_and_default(cigen: Run) -> None:
    told = "".join(cigen("init", "--help").out.partition("Options:")[2].split())  # lines break anywhere

    for question in QUESTIONS:
        line = told[told.index(f"--{question.key}") :].partition(".--")[0]
        assert line.partition("Default:")[2] == (question.default or ""), line


AT_A_TERMINAL = """\
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "cigen", "init"])
"""
"""Makes what it is given as standard input the terminal that Ctrl-C is typed at."""


def typed(*keys: str) -> tuple[int, str]:
    """What `cigen init` at a terminal of its own ends with and shows; each text is typed when it asks for more."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", AT_A_TERMINAL], stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    shown = b""
    waiting = list(keys)
    with contextlib.suppress(OSError):  # how Linux tells that the other side has gone
        while received := os.read(leader, 4096):
            shown += received
            if waiting and shown.rstrip().endswith((b"):", b"]:")):
                os.write(leader, waiting.pop(0).encode())
    os.close(leader)
    return process.wait(), shown.decode()
