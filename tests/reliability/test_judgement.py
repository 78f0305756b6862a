"""The matrix has teeth: a runtime that does the wrong thing is told apart from one that does the right one."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import requests

from cigen_runtime.commands import (
    aws_credentials,
    create_jira_tickets,
    find_versions,
    promote_to_rc,
    transition_jira_tickets,
)
from cigen_runtime.contract.configs import CONFIG_VERSIONS
from cigen_runtime.errors import TryAgainError
from cigen_runtime.job import Job
from cigen_runtime.services.blob_stream import BlobStream
from cigen_runtime.services.dashboard import HttpDashboard
from cigen_runtime.services.http import PatientSession
from cigen_runtime.services.jira import Jira
from lab import Lab
from reliability.conftest import Playing
from reliability.judgement import problems
from reliability.matrix import Cell, cells
from reliability.rows import ROWS

Patch = pytest.MonkeyPatch
Wrong = Callable[[str], list[str]]
CELLS = {str(cell): cell for row in ROWS for cell in cells(row)}


@pytest.fixture
def wrong(play: Playing) -> Wrong:
    """What is wrong with a cell."""

    def wrong(name: str) -> list[str]:
        cell: Cell = CELLS[name]
        return list(problems(play(cell, 1.0)))

    return wrong


def before(monkeypatch: Patch, command: object, first: Callable[[Job], None]) -> None:
    """Let a command do something else first."""
    run = command.run  # type: ignore[attr-defined]  # every command has one

    def both(job: Job) -> object:
        first(job)
        return run(job)

    monkeypatch.setattr(command, "run", both)


def test_a_runtime_that_does_the_right_thing_passes(wrong: Wrong) -> None:
    assert wrong("create-jira-tickets: drop after commit at create ticket") == []


def test_a_fault_that_nothing_ran_into_is_told(wrong: Wrong, monkeypatch: Patch) -> None:
    monkeypatch.setattr(HttpDashboard, "write", lambda *_: None)

    assert "no request was record deployment" in wrong("update-version-dashboard (http): 500 at record deployment")


def test_a_write_that_is_sent_again_blindly_is_counted(wrong: Wrong, monkeypatch: Patch) -> None:
    monkeypatch.setattr("cigen_runtime.services.http.REPEATABLE", frozenset({"GET", "HEAD", "POST", "PUT"}))

    found = wrong("create-jira-tickets: drop after commit at create ticket")

    assert "create ticket was carried out 2 times, not 1" in found


def test_a_write_that_nobody_expects_is_named(wrong: Wrong, monkeypatch: Patch) -> None:
    def register(job: Job) -> None:
        with Jira(job) as jira:
            jira.add_label("REL-1", "seen")

    before(monkeypatch, transition_jira_tickets, register)

    (found,) = wrong("transition-jira-tickets: ok")

    assert "these writes are no part of the row" in found
    assert "/issue/REL-1" in found


def test_a_stream_that_is_sent_again_after_it_is_used_up_is_told_and_soon(
    wrong: Wrong, lab: Lab, monkeypatch: Patch
) -> None:
    request = PatientSession.request

    def again(session: PatientSession, *place: str, **options: Any) -> requests.Response:
        response = request(session, *place, **options)
        return request(session, *place, **options) if isinstance(options.get("data"), BlobStream) else response

    monkeypatch.setattr(PatientSession, "request", again)
    monkeypatch.setattr(lab.gateway, "patience", 0.2)

    found = wrong("retag-push-ecr: ok")

    lab.gateway.clear()  # or the fixture would complain, rightly
    assert re.fullmatch(r"PATCH /v2/lambda-images/blobs/uploads/\S+ began and never ended", found[0])


def test_a_write_that_is_only_said_to_be_done_leaves_another_end_state(wrong: Wrong, monkeypatch: Patch) -> None:
    monkeypatch.setattr(HttpDashboard, "write", lambda *_: None)
    monkeypatch.setattr("cigen_runtime.commands.update_version_dashboard._verified", lambda *_: {})

    found = wrong("update-version-dashboard (http): ok")

    assert found[0].startswith("the end state is {")
    assert "record deployment was carried out 0 times, not 2" in found


def test_a_change_that_the_result_file_does_not_list_is_noticed(wrong: Wrong, monkeypatch: Patch) -> None:
    monkeypatch.setattr(Job, "changed", lambda *_: None)

    (found,) = wrong("promote-to-rc: ok")

    assert found.startswith("the result file says that set() changed, and {('image', ")


def test_a_change_that_is_listed_though_it_failed_is_noticed(wrong: Wrong, monkeypatch: Patch) -> None:
    image = ("image", "artifactory.example.com/docker-native-rc/orders:1.4.0", "sha256:0")
    before(monkeypatch, promote_to_rc, lambda job: job.changed(*image))

    found = wrong("promote-to-rc: 503 that lasts at promote")

    assert any(each.startswith("the result file lists as changed") for each in found)


def test_a_result_file_that_is_not_written_is_missed_in_each_run(wrong: Wrong, monkeypatch: Patch) -> None:
    monkeypatch.setattr("cigen_runtime.cli.write_json", lambda *_: None)

    assert wrong("transition-jira-tickets: run twice") == ["there is no result file"] * 2


def test_a_wrong_exit_code_is_noticed(wrong: Wrong, monkeypatch: Patch) -> None:
    monkeypatch.setattr(TryAgainError, "exit_code", 12)

    assert "the run ended with 12, not 75" in wrong("aws-credentials: 503 that lasts at Vault login")


def test_a_wait_that_is_shorter_than_asked_for_is_noticed(wrong: Wrong, monkeypatch: Patch) -> None:
    monkeypatch.setattr("cigen_runtime.services.http.retry_after", lambda *_: None)

    (found,) = wrong("aws-credentials: 429, Retry-After in seconds at Vault login")

    assert found.endswith("s, and was asked to wait 7")


def test_a_secret_in_the_log_is_found(wrong: Wrong, monkeypatch: Patch) -> None:
    def tell(job: Job) -> None:
        job.log._stream.write(job.environment["VAULT_SECRET_ID"])  # past the redactor

    before(monkeypatch, aws_credentials, tell)

    assert wrong("aws-credentials: ok") == ["there is a secret in output 1"]


def test_a_secret_in_a_file_is_found(wrong: Wrong, monkeypatch: Patch) -> None:
    def leave(job: Job) -> None:
        (job.folder / "debug.log").write_text(f"token {job.environment['JIRA_API_TOKEN']}")

    before(monkeypatch, transition_jira_tickets, leave)

    assert wrong("transition-jira-tickets: ok") == [
        "debug.log was left behind",
        "there is a secret in job/debug.log",
    ]


def test_a_file_that_nobody_needs_is_found(wrong: Wrong, monkeypatch: Patch) -> None:
    before(monkeypatch, aws_credentials, lambda job: (job.folder / "notes.txt").touch())

    assert wrong("aws-credentials: ok") == ["notes.txt was left behind"]


def test_a_secret_in_a_command_line_is_found(wrong: Wrong, monkeypatch: Patch) -> None:
    def show(job: Job) -> None:
        subprocess.run(["true", job.environment["VERSIONING_TOKEN"]], check=True)

    before(monkeypatch, find_versions, show)

    assert wrong("find-versions: ok") == ["there is a secret in what a program is given"]


def test_a_secret_in_a_variable_of_a_program_is_found(wrong: Wrong, monkeypatch: Patch) -> None:
    def hand_on(job: Job) -> None:
        subprocess.run(["true"], env=dict(job.environment), check=True)

    before(monkeypatch, find_versions, hand_on)

    assert wrong("find-versions: ok") == ["there is a secret in what a program is given"]


def test_a_file_that_is_written_before_all_is_known_is_noticed(wrong: Wrong, monkeypatch: Patch) -> None:
    pin = {"version": None, "commit": "0" * 40, "source": "checkout"}
    content = {"schema": 1, "environment": "staging", "region": "eu", "complete": True, "configs": {"orders": pin}}
    before(monkeypatch, find_versions, lambda job: job.write(CONFIG_VERSIONS, content))

    found = wrong("find-versions: 503 that lasts at fetch tags")

    assert found == ["it failed, and wrote ['cigen-out/staging/eu/config-versions.json']"]


def test_two_tickets_that_two_runs_leave_are_noticed(wrong: Wrong, monkeypatch: Patch) -> None:
    monkeypatch.setattr(create_jira_tickets, "_retire", lambda *_: None)

    (found,) = wrong("create-jira-tickets: two at once at create ticket")

    assert found.startswith("the end state is {('ticket', 'orders 1.4.0'): ['REL-2', 'REL-3']")
