"""What `cigen-runtime COMMAND --help` says to whoever meets a command for the first time."""

import io
from pathlib import Path

import pytest

from cigen_runtime.cli import main
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import RESULT, Command


def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *argv: str) -> str:
    """A help screen, on a terminal of the usual width."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*argv, "--help"], {}, Path(), io.StringIO()) == 0
    return capsys.readouterr().out


def test_a_command_says_what_it_does_what_it_takes_and_what_it_leaves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        shown(capsys, monkeypatch, "comment-jira-tickets")
        == """\
usage: cigen-runtime comment-jira-tickets [-h] --for {staging,production}
                                          [--dry-run] [--json FILE]

Say in each release ticket what was deployed where.

One comment per pipeline, known by a property of the comment that nobody sees: run again, it is
brought up to date and never written twice.

variables:
  JIRA_URL (required)
      Address of Jira Cloud.
  CIGEN_JIRA_PROJECT (required)
      Key of the Jira project that holds the release tickets, such as `REL`.
  JIRA_USER (required)
      E-mail address of the Jira account that the token belongs to.
  JIRA_API_TOKEN (required, secret)
      API token of that Jira account.
  CI_PIPELINE_ID (required)
      Number of the pipeline.
  CI_PIPELINE_URL (optional)
      Address of the pipeline.

reads:
  versions.json
      Every project of the service repo with its version, its folder and whether it changed.

reads, where it is there:
  cigen-out/{environment}/{region}/jira-tickets.json
      The release ticket of each project that changed.
  cigen-out/jira-tickets.json
      The release tickets that were found by their label, in a pipeline that created none.
  cigen-out/{environment}/{region}/deploy-result.json
      What each function ran before and runs now.

writes:
  cigen-out/results/{job}.json
      What one job planned, changed and found done already, and how it ended; `--json FILE` puts it
      elsewhere.

options:
  -h, --help                  show this help message and exit
  --for {staging,production}  which deployment it is about
  --dry-run                   say what would change, and change nothing
  --json FILE                 where to write what was planned and changed; -
                              is the standard output (default:
                              cigen-out/results/{job}.json)

example:
  cigen-runtime comment-jira-tickets --for staging --dry-run
"""
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_no_name_is_broken_at_its_hyphens(
    command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = shown(capsys, monkeypatch, command.name)

    names = [RESULT.path, *(file.path for file in (*command.reads, *command.writes))]
    assert [name for name in names if name not in screen.split("options:")[0]] == []
    assert f"{RESULT.path})" in screen.split("options:")[1]
