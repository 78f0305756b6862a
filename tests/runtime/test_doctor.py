"""`cigen-runtime doctor`: what it does with what it lacks; its findings stand in test_diagnosis.py."""

import io
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from cigen_runtime.cli import main
from cigen_runtime.clock import FOR_PEOPLE
from cigen_runtime.commands import doctor
from cigen_runtime.diagnosis import checks
from cigen_runtime.probes.live import PROBES
from cigen_runtime.probes.probe import Probe, Surroundings
from lab import DropBeforeRead, Lab
from runtime.conftest import Clock, Done, Service

Run = Callable[..., Done]


def test_with_nothing_set_it_looks_at_nothing_remote_and_says_why(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    stream = io.StringIO()

    code = main(["doctor"], {}, tmp_path, stream)

    assert (f"exit code {code:d}", stream.getvalue()) == snapshot


def test_in_gitlab_the_checks_are_folded_and_the_summary_is_not(run: Run) -> None:
    done = run("doctor", "--stage", "aws-credentials", GITLAB_CI="true")

    folded, _, open_ = done.log.rpartition("section_end:")
    assert done.code == 0
    assert "passed        Does Vault accept the job's login?" in folded
    assert "3 passed, 0 failed, 0 could not be looked at" in open_


def test_a_check_outside_of_the_question_that_failed_is_told_too(run: Run, service: Service) -> None:
    service.has("orders-api", "1.0.0", lambda_name="orders-api")

    done = run("doctor", "--stage", "deploy-lambda", VAULT_SECRET_ID="wrong-secret-id")

    assert done.code == 10
    assert "vault-login failed: Does Vault accept the job's login?" in done.log


def test_a_login_is_made_once_and_revoked(lab: Lab, run: Run) -> None:
    run("doctor")

    assert [request.path for request in lab.gateway.requests if "login" in request.path] == ["/v1/auth/approle/login"]
    assert list(lab.vault.tokens) == []


def test_a_system_that_is_down_is_given_up_on_soon(lab: Lab, run: Run, clock: Clock) -> None:
    lab.gateway.fault(DropBeforeRead(), host="jira", times=1000)

    done = run("doctor", "--branch", "jira", clock=clock)

    assert done.code == 75
    assert sum(clock.waits) <= FOR_PEOPLE


def test_a_check_that_hangs_does_not_keep_the_others_waiting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(_: Surroundings) -> str:
        time.sleep(5)
        return "too late"

    monkeypatch.setattr(doctor, "SECONDS", 0.2)
    monkeypatch.setattr(doctor, "PROBES", {**PROBES, checks.DEPLOYMENT_FILE: Probe(hang)})
    started = time.monotonic()

    done = run("doctor", "--situation", "production")

    assert time.monotonic() - started < 4
    assert "  deployment-file: no answer within 0 s" in done.log
    assert "iam-role         " in done.log


def test_a_fault_in_a_check_is_told_as_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_(_: Surroundings) -> str:
        raise ZeroDivisionError

    broken = replace(PROBES[checks.VAULT_LOGIN], look=break_)
    monkeypatch.setattr(doctor, "PROBES", {**PROBES, checks.VAULT_LOGIN: broken})

    done = run("doctor", "--stage", "aws-credentials")

    assert "vault-login: a fault in cigen-runtime itself, please report it: ZeroDivisionError()" in done.log
    assert done.code == 1


@pytest.mark.parametrize(
    ("options", "error", "remedy"),
    [
        (("--branch", "valt"), "doctor knows no branch 'valt'",
         "There are: versions, vault, docker, lambda, jira, promotion, s3, dashboard."),
        (("--branch", "vault", "--stage", "jira"), "doctor takes one of --branch, --stage", "Leave one of them."),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_met_is_refused(run: Run, options: tuple[str, ...], error: str, remedy: str) -> None:
    done = run("doctor", *options)

    assert (done.code, done.error) == (2, f"error: {error} (wrong input)")
    assert f"to do:     {remedy}" in done.log


def test_its_help_says_that_it_starts_with_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--help"], {}, tmp_path, io.StringIO())

    shown = capsys.readouterr().out
    assert "VAULT_ADDR (optional)" in shown
    assert "--branch BRANCH" in shown
