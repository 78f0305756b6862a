"""`cigen-runtime update-version-dashboard` with the company's own tool: what runs, told once, whatever happens."""

import json
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from cigen_runtime.dashboard.record import record_of
from lab import DropAfterCommit, DropBeforeRead, Lab, Status, Truncate
from runtime.conftest import Clock, Done, Service
from runtime.deployments import AT, deployed, recorded

Run = Callable[..., Done]
COMMAND = "update-version-dashboard"
PUT = "/api/deployments/"


def known(lab: Lab, **changes: object) -> None:
    """A deployment that the dashboard knows already."""
    record = recorded(**changes)  # type: ignore[arg-type]
    lab.dashboard.deployments[record["key"]] = record


def puts(lab: Lab) -> int:
    """How many requests reached the dashboard that may have changed something."""
    return len(lab.gateway.writes("versions"))


def test_what_was_deployed_is_recorded_whole(lab: Lab, run: Run, service: Service) -> None:
    deployed(service, orders_api="updated")

    done = run(COMMAND, CI_COMMIT_SHA="c0ffee")

    assert (done.code, done.log) == (
        0,
        "project     version  dashboard, staging/eu\norders-api  1.4.0    recorded\n",
    )
    assert list(lab.dashboard.deployments.values()) == [recorded(commit="c0ffee")]


def test_the_second_run_writes_nothing(lab: Lab, run: Run, service: Service) -> None:
    deployed(service, orders_api="updated", invoices="unchanged")
    run(COMMAND)
    lab.gateway.clear()

    done = run(COMMAND)

    assert (done.code, puts(lab)) == (0, 0)
    assert done.log.count("there already") == 2


def test_after_a_partial_deployment_it_records_what_is_true(lab: Lab, run: Run, service: Service) -> None:
    known(lab, project="invoices", version="1.3.0", deployed_at="2026-11-01T00:00:00Z")
    deployed(
        service,
        orders_api="updated",
        reports="unchanged",
        invoices="failed",
        mailer="not started",
        archive="rolled back",
        search="unknown",
        metrics="missing",
    )

    done = run(COMMAND)

    assert (done.code, done.log.splitlines()) == (
        0,
        [
            "project     version  dashboard, staging/eu",
            "orders-api  1.4.0    recorded",
            "reports     1.4.0    recorded",
            "invoices    1.4.0    left as it is: failed: the image is gone",
            "mailer      1.4.0    left as it is: not started",
            "archive     1.4.0    left as it is: rolled back",
            "search      1.4.0    left as it is: unknown",
            "metrics     1.4.0    left as it is: missing",
        ],
    )
    shown = lab.dashboard.shown("staging", "eu")
    assert {project: record["version"] for project, record in shown.items()} == {
        "invoices": "1.3.0",
        "orders-api": "1.4.0",
        "reports": "1.4.0",
    }


def test_without_a_deployment_there_is_nothing_to_record(lab: Lab, run: Run) -> None:
    done = run(COMMAND)

    assert (done.code, done.log) == (
        0,
        "nothing to record: cigen-out/staging/eu/deploy-result.json is not there, so deploy-lambda changed nothing\n",
    )
    assert lab.gateway.requests == []


def test_a_record_that_cannot_be_read_is_told_as_an_affair_of_the_dashboard(run: Run, service: Service) -> None:
    path = service.folder / "cigen-out" / "staging" / "eu" / "deploy-result.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")

    done = run(COMMAND)

    assert done.code == 2
    assert "the likeliest first (version dashboard):" in done.log


def test_what_did_not_change_keeps_its_time_and_pipeline(lab: Lab, run: Run, service: Service) -> None:
    known(lab, deployed_at="2026-11-01T00:00:00Z", pipeline={"id": 4000, "url": ""})
    deployed(service, orders_api="unchanged")

    run(COMMAND)

    assert puts(lab) == 0


def test_the_same_version_put_there_anew_is_a_deployment(lab: Lab, run: Run, service: Service) -> None:
    known(lab, deployed_at="2026-11-01T00:00:00Z", pipeline={"id": 4000, "url": ""})
    deployed(service, orders_api="updated")

    run(COMMAND)

    assert lab.dashboard.shown("staging", "eu")["orders-api"] == recorded()


@pytest.mark.parametrize("refuses_older", [False, True])
def test_an_older_deployment_never_covers_a_newer_one(
    lab: Lab, run: Run, service: Service, refuses_older: bool
) -> None:
    lab.dashboard.refuses_older = refuses_older
    known(lab, version="1.5.0", deployed_at="2026-11-24T04:00:00Z", pipeline={"id": 4712, "url": ""})
    deployed(service, orders_api="updated")

    done = run(COMMAND)

    told = "orders-api  1.4.0    in the history: 1.5.0 was deployed later, by pipeline 4712"
    assert (done.code, done.log.splitlines()[1:]) == (0, [told])
    assert lab.dashboard.shown("staging", "eu")["orders-api"]["version"] == "1.5.0"
    assert (recorded()["key"] in lab.dashboard.deployments) is not refuses_older


def test_what_is_in_the_history_already_is_not_written_again(lab: Lab, run: Run, service: Service) -> None:
    known(lab)
    known(lab, version="1.5.0", deployed_at="2026-11-24T04:00:00Z", pipeline={"id": 4712, "url": ""})
    deployed(service, orders_api="updated")

    done = run(COMMAND)

    assert done.log.endswith("in the history: 1.5.0 was deployed later, by pipeline 4712\n")
    assert puts(lab) == 0


def test_one_that_arrives_meanwhile_wins_without_an_error(
    lab: Lab, run: Run, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(service, orders_api="updated")
    lab.dashboard.refuses_older = True
    answer = lab.dashboard._put

    def late(key: str, body: object) -> object:
        known(lab, version="1.5.0", deployed_at="2026-11-24T04:00:00Z", pipeline={"id": 4712, "url": ""})
        return answer(key, body)

    monkeypatch.setattr(lab.dashboard, "_put", late)

    done = run(COMMAND)

    told = "orders-api  1.4.0    in the history: 1.5.0 was deployed later, by pipeline 4712"
    assert (done.code, done.log.splitlines()[1:]) == (0, [told])


def test_of_two_in_one_second_the_later_pipeline_counts(lab: Lab, run: Run, service: Service) -> None:
    known(lab, version="1.3.0", pipeline={"id": 999, "url": ""})
    deployed(service, orders_api="updated")

    run(COMMAND)

    assert lab.dashboard.shown("staging", "eu")["orders-api"]["pipeline"]["id"] == 4711


def test_a_result_without_a_time_is_recorded_with_the_time_of_the_job(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    deployed(service, at=None, orders_api="updated")
    run(COMMAND, clock=clock)
    clock.sleep(60)

    done = run(COMMAND, clock=clock)

    assert "there already" in done.log
    assert [each["deployed_at"] for each in lab.dashboard.deployments.values()] == ["1970-01-12T13:46:40Z"]


def test_the_ticket_is_linked_where_it_is_known_and_searched_for_where_not(
    lab: Lab, run: Run, service: Service
) -> None:
    deployed(service, orders_api="updated", invoices="updated")
    link = "https://jira.example.com/browse/REL-7"
    tickets = {"orders-api": {"version": "1.4.0", "key": "REL-7", "label": "cigen-orders-api-1.4.0", "url": link}}
    (service.folder / "cigen-out" / "jira-tickets.json").write_text(json.dumps({"schema": 1, "projects": tickets}))

    run(COMMAND)

    shown = lab.dashboard.shown("staging", "eu")
    assert shown["orders-api"]["ticket"] == {"key": "REL-7", "url": link}
    assert shown["invoices"] == recorded("invoices")


def test_a_company_without_jira_has_no_ticket_links(lab: Lab, run: Run, service: Service) -> None:
    deployed(service, orders_api="updated")

    run(COMMAND, JIRA_URL="")

    assert lab.dashboard.shown("staging", "eu")["orders-api"]["ticket"] is None


def test_a_dry_run_says_what_it_would_record(lab: Lab, run: Run, service: Service) -> None:
    deployed(service, orders_api="updated")

    done = run(COMMAND, "--dry-run")

    assert (done.code, done.log.splitlines()[1:], puts(lab)) == (0, ["orders-api  1.4.0    would record"], 0)


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        (DropBeforeRead(), 2),
        (DropAfterCommit(), 1),
        (Truncate(10), 1),
        (Status(500), 2),
        (Status(502, b"<html>Bad gateway</html>"), 2),
        (Status(504), 2),
        (Status(429, b"", {"Retry-After": "3"}), 2),
        (Status(503, b"<html>Maintenance</html>", {"Retry-After": formatdate(1, usegmt=True)}), 2),
        (Status(412), 2),
    ],
    ids=str,
)
def test_a_record_whose_fate_is_open_is_looked_for_before_it_is_sent_again(
    lab: Lab, run: Run, service: Service, clock: Clock, action: Status, sent: int
) -> None:
    deployed(service, orders_api="updated")
    lab.gateway.fault(action, method="PUT", host="versions", path=PUT)

    done = run(COMMAND, clock=clock)

    assert (done.code, puts(lab)) == (0, sent), done.log
    assert list(lab.dashboard.deployments.values()) == [recorded()]
    assert lab.gateway.unused_faults == []


@pytest.mark.parametrize(
    ("action", "code", "error"),
    [
        (Status(503), 75, "the version dashboard did not answer GET https://versions.example.com/api/deployments"),
        (Status(429, b"", {"Retry-After": "3600"}), 75, "the version dashboard did not answer GET"),
        (Status(200, b"<html>Sign in</html>"), 75, "asked the dashboard what it shows of staging/eu"),
        (Status(200, b'{"items": []}'), 75, "asked the dashboard what it shows of staging/eu"),
        (Status(302, b"", {"Location": "https://sso.example.com/"}), 2, "asked the dashboard what it shows"),
        (Status(404, b"<html>no such page</html>"), 12, "asked the dashboard what it shows"),
        (Status(400, b'{"message": "no such region"}'), 2, "asked the dashboard what it shows"),
        (Status(200, b'{"deployments": [{"project": "orders-api"}]}'), 2, "asked the dashboard what it shows"),
    ],
    ids=str,
)
def test_a_dashboard_that_cannot_be_asked_ends_the_job_before_anything_is_sent(
    lab: Lab, run: Run, service: Service, clock: Clock, action: Status, code: int, error: str
) -> None:
    deployed(service, orders_api="updated")
    lab.gateway.fault(action, method="GET", host="versions", times=99)

    done = run(COMMAND, clock=clock)

    assert (done.code, puts(lab)) == (code, 0), done.log
    assert done.error.startswith(f"error: {error}")
    assert "1. Does anybody need the dashboard right now?" in done.log
    assert sum(clock.waits) <= 40


def test_a_wrong_token_is_not_shown_and_its_remedy_is(lab: Lab, run: Run, service: Service) -> None:
    deployed(service, orders_api="updated")

    done = run(COMMAND, VERSION_DASHBOARD_TOKEN="dash-wrong-token")

    assert done.code == 10
    assert "dash-wrong-token" not in done.log
    assert "401 This token is not known." in done.log
    assert "set VERSION_DASHBOARD_TOKEN" in done.log


def test_a_token_that_may_only_read_says_what_is_missing(lab: Lab, run: Run, service: Service) -> None:
    lab.dashboard.forbidden = {"PUT"}
    deployed(service, orders_api="updated", invoices="updated")

    done = run(COMMAND)

    assert done.code == 11
    assert "403 This token may not do that." in done.log


def test_the_token_echoed_by_the_dashboard_is_masked(lab: Lab, run: Run, service: Service) -> None:
    deployed(service, orders_api="updated")
    secret = lab.job_variables["VERSION_DASHBOARD_TOKEN"]
    body = json.dumps({"message": f"the token {secret} is not for this"}).encode()
    lab.gateway.fault(Status(422, body), method="PUT", host="versions")

    done = run(COMMAND)

    assert done.code == 2
    assert "the token [secret] is not for this" in done.log


def test_a_dashboard_that_forgets_what_it_took_is_told_on(lab: Lab, run: Run, service: Service) -> None:
    lab.dashboard.forgets = True
    deployed(service, orders_api="updated")

    done = run(COMMAND)

    assert (done.code, done.error) == (
        14,
        "error: recorded orders-api 1.4.0 in staging/eu, and the dashboard does not show it (verification failed)",
    )


def test_a_failure_in_the_middle_is_finished_by_the_next_run(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    names = {f"project_{number}": "updated" for number in range(30)}
    deployed(service, **names)
    lab.gateway.fault(Status(403), method="PUT", host="versions", path="project-5~")

    first = run(COMMAND, clock=clock)
    known_then = len(lab.dashboard.deployments)
    lab.gateway.clear()
    second = run(COMMAND, clock=clock)

    assert (first.code, second.code) == (11, 0)
    assert (len(lab.dashboard.deployments), puts(lab)) == (30, 30 - known_then)
    assert {each["deployed_at"] for each in lab.dashboard.deployments.values()} == {AT}


def test_the_tool_needs_neither_vault_nor_aws(lab: Lab, run: Run, service: Service) -> None:
    deployed(service, orders_api="updated")
    nothing = dict.fromkeys(("VAULT_ADDR", "CIGEN_VAULT_ROLE", "CIGEN_AWS_ACCOUNT", "CIGEN_AWS_REGION"), "")

    done = run(COMMAND, **nothing)

    assert done.code == 0, done.log
    assert {request.host for request in lab.gateway.requests} == {"versions.example.com"}


@pytest.mark.parametrize(
    ("backend", "missing"),
    [
        ("http", ["VERSION_DASHBOARD_TOKEN"]),
        ("s3", ["CIGEN_DASHBOARD_ACCOUNT", "CIGEN_DASHBOARD_AWS_REGION", "CIGEN_DASHBOARD_BUCKET", "VAULT_ADDR"]),
        ("", ["CIGEN_DASHBOARD_BACKEND"]),
        ("ftp", ["CIGEN_DASHBOARD_BACKEND"]),
    ],
)
def test_each_backend_asks_for_its_own_variables(run: Run, backend: str, missing: list[str]) -> None:
    done = run(COMMAND, CIGEN_DASHBOARD_BACKEND=backend, VERSION_DASHBOARD_TOKEN="", VAULT_ADDR="")

    assert done.code == 2
    told = [line.strip().removeprefix("came back:").strip() for line in done.log.splitlines()]
    names = sorted(line.split()[0] for line in told if " is not set (" in line or " does not match " in line)
    assert names == missing


def test_the_example_of_the_documentation_is_what_is_sent(lab: Lab) -> None:
    text = (Path(__file__).parents[2] / "docs" / "version-dashboard.md").read_text()
    example = json.loads(text.split("```json\n", 1)[1].split("```", 1)[0])

    status, _ = lab.dashboard._put(example["key"], example)

    assert (status, record_of(example).as_json()) == (201, example)
