"""The result file: whatever becomes of a command, it leaves what it planned, what took effect and how it ended."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cigen_runtime import __version__
from cigen_runtime.cli import main
from cigen_runtime.contract import COMMANDS
from cigen_runtime.file_schemas import SCHEMAS
from lab import Delay, Lab, Status
from lab.names import JIRA_API_TOKEN
from runtime.conftest import STAGING_EU, Clock, Done, Service

Run = Callable[..., Done]
WHEN = "1970-01-12T13:46:40Z"


def result(service: Service, name: str) -> Any:
    content = json.loads((service.folder / "cigen-out" / "results" / f"{name}.json").read_text())
    jsonschema.validate(content, SCHEMAS["result"])
    return content


def test_what_a_command_planned_and_changed_is_written_down_with_its_place_and_job(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    service.has("orders-api", "1.4.0")
    service.has("billing", "2.0.1")
    lab.jira.issue("cigen-billing-2.0.1", "staging-eu")

    run("create-jira-tickets", clock=clock, CI_JOB_NAME="create tickets 1/2", CI_JOB_NAME_SLUG="create-tickets-1-2")

    assert result(service, "create-tickets-1-2") == {
        "schema": 1,
        "command": "create-jira-tickets",
        "runtime": __version__,
        "environment": "staging",
        "region": "eu",
        "job": None,
        "job_name": "create tickets 1/2",
        "pipeline": "4711",
        "dry_run": False,
        "outcome": "done",
        "exit_code": 0,
        "started": WHEN,
        "finished": WHEN,
        "planned": [{"what": "ticket", "name": "orders-api 1.4.0", "to": "created"}],
        "changed": [{"what": "ticket", "name": "orders-api 1.4.0", "to": "REL-2"}],
        "already": [
            {"what": "ticket", "name": "billing 2.0.1", "to": "REL-1"},
            {"what": "label", "name": "REL-1 (billing 2.0.1)", "to": "staging-eu"},
        ],
        "error": None,
    }


def test_a_dry_run_leaves_its_plan_and_no_change(lab: Lab, run: Run, service: Service, clock: Clock) -> None:
    service.has("orders-api", "1.4.0")

    run("create-jira-tickets", "--dry-run", clock=clock)

    found = result(service, "create-jira-tickets")
    assert (found["dry_run"], found["outcome"], found["exit_code"]) == (True, "planned", 0)
    assert found["planned"] == [{"what": "ticket", "name": "orders-api 1.4.0", "to": "created"}]
    assert (found["changed"], found["error"]) == ([], None)


def test_a_failure_is_written_down_with_its_remedy_and_without_secrets(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    service.has("orders-api", "1.4.0")
    body = json.dumps({"errorMessages": [f"no such token: {JIRA_API_TOKEN}"]}).encode()
    lab.gateway.fault(Status(401, body), host="jira")

    done = run("create-jira-tickets", clock=clock)

    found = result(service, "create-jira-tickets")
    assert (found["outcome"], found["exit_code"]) == ("failed", done.code)
    assert found["error"] == {
        "kind": "not let in",
        "attempted": "logged in to Jira",
        "answer": "401 no such token: [secret]",
        "remedy": (
            "Jira does not accept the token for release-bot@example.com; API tokens end after a year at most. Create "
            "one at https://id.atlassian.com/manage-profile/security/api-tokens and set JIRA_API_TOKEN to it."
        ),
        "branch": "jira",
    }


def test_a_job_that_cannot_even_start_leaves_a_result_too(tmp_path: Path) -> None:
    main(["deploy-lambda"], {"CIGEN_ENVIRONMENT": "staging"}, tmp_path, io.StringIO())

    found = result(Service(tmp_path), "deploy-lambda")
    assert (found["environment"], found["region"], found["exit_code"]) == ("staging", None, 2)
    assert found["error"]["attempted"] == "deploy-lambda cannot start: 6 variables missing or wrong"


def test_a_fault_of_ours_is_an_error_like_any_other(
    run: Run, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError(f"nobody knows {JIRA_API_TOKEN}")

    monkeypatch.setattr("cigen_runtime.commands.create_jira_tickets.read_versions", fail)

    done = run("create-jira-tickets")

    found = result(service, "create-jira-tickets")
    assert (done.code, found["exit_code"], found["outcome"]) == (1, 1, "failed")
    assert found["error"]["answer"] == "LookupError: nobody knows [secret]"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_cancelled_job_leaves_a_result(lab: Lab, service: Service, number: signal.Signals) -> None:
    service.has("orders-api", "1.4.0")
    lab.gateway.fault(Delay(30), host="jira", path="search")
    environment = {**STAGING_EU, **lab.job_variables, **lab.environment, "PATH": os.environ["PATH"]}
    with subprocess.Popen(
        [sys.executable, "-m", "cigen_runtime", "create-jira-tickets"],
        cwd=service.folder,
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        while not lab.gateway.requests:
            time.sleep(0.01)
        process.send_signal(number)
        log, _ = process.communicate(timeout=20)

    found = result(service, "create-jira-tickets")
    assert (process.returncode, found["exit_code"], found["outcome"]) == (130, 130, "interrupted"), log
    assert (found["planned"], found["changed"], found["error"]) == ([], [], None)


def test_a_terminal_that_is_gone_takes_nothing_with_it(lab: Lab, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    lab.gateway.fault(Delay(30), host="jira", path="search")
    environment = {**STAGING_EU, **lab.job_variables, **lab.environment, "PATH": os.environ["PATH"]}
    window, terminal = os.openpty()
    with subprocess.Popen(
        [Path(sys.executable).parent / "cigen-runtime", "create-jira-tickets"],
        cwd=service.folder,
        env=environment,
        stdout=terminal,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        while not lab.gateway.requests:
            time.sleep(0.01)
        os.close(window)
        process.send_signal(signal.SIGHUP)
        process.wait(timeout=20)

    found = result(service, "create-jira-tickets")
    assert (process.returncode, found["exit_code"], found["outcome"]) == (130, 130, "interrupted")


def test_a_file_that_cannot_be_written_is_no_fault_of_the_runtime(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0", changed=False)
    (service.folder / "cigen-out").write_text("in the way")

    done = run("create-jira-tickets")

    assert (done.code, done.error) == (
        75,
        "error: cigen-out/staging/eu/jira-tickets.json could not be written (try again)",
    )
    assert f"came back: Not a directory: {service.folder / 'cigen-out' / 'staging' / 'eu'}" in done.log
    assert "to do:     Look at the disk of the runner and at who owns the folder" in done.log
    assert "note: the result file was not written: " in done.log


def test_the_result_goes_where_one_wants_it(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0", changed=False)

    run("create-jira-tickets", "--json", "elsewhere/result.json")

    assert json.loads((service.folder / "elsewhere" / "result.json").read_text())["outcome"] == "done"
    assert not (service.folder / "cigen-out" / "results").exists()


def test_on_the_standard_output_the_result_stands_alone(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.has("orders-api", "1.4.0", changed=False)
    stream, aside = io.StringIO(), io.StringIO()
    environment = {**STAGING_EU, "JIRA_USER": "bot", "JIRA_API_TOKEN": JIRA_API_TOKEN}

    code = main(["create-jira-tickets", "--json", "-"], environment, tmp_path, stream, aside=aside)

    assert (code, json.loads(stream.getvalue())["outcome"]) == (0, "done")
    assert aside.getvalue() == (
        "no project changed: no ticket to create\nwrote cigen-out/staging/eu/jira-tickets.json\n"
    )
    assert not (tmp_path / "cigen-out" / "results").exists()


def test_a_result_that_cannot_be_written_hides_nothing(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0", changed=False)
    (service.folder / "taken").write_text("")

    done = run("create-jira-tickets", "--json", "taken/result.json")

    assert done.code == 0
    assert "note: the result file was not written: " in done.log


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_says_in_its_help_where_its_result_goes(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    main([command.name, "--help"], {}, Path(), io.StringIO())

    shown = capsys.readouterr().out
    assert "--json FILE" in shown
    assert "cigen-out/results/{job}.json" in shown
