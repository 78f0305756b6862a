"""`cigen-runtime update-version-dashboard` with a bucket: one state, many writers, nothing lost."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cigen_runtime.cli import main
from cigen_runtime.dashboard import page as page_module
from cigen_runtime.dashboard.page import page
from lab import DropAfterCommit, DropBeforeRead, Lab, Status
from runtime.conftest import STAGING_EU, Clock, Done, Service
from runtime.deployments import DIGEST, deployed, recorded

Run = Callable[..., Done]
COMMAND = "update-version-dashboard"
BUCKET = "company-versions"
S3 = {
    "CIGEN_DASHBOARD_BACKEND": "s3",
    "CIGEN_DASHBOARD_BUCKET": BUCKET,
    "CIGEN_DASHBOARD_ACCOUNT": "111122223333",
    "CIGEN_DASHBOARD_AWS_REGION": "eu-west-1",
    "VERSION_DASHBOARD_TOKEN": "",
    "VERSION_DASHBOARD_URL": "",
}
HOST = rf"^{BUCKET}\.s3\."


@pytest.fixture
def update(lab: Lab, run: Run) -> Run:
    """Runs the command against the bucket, which lies in another region than the functions."""
    lab.aws.create_bucket(BUCKET, region="eu-west-1", shared_with="444455556666")

    def update(*options: str, **variables: Any) -> Done:
        return run(COMMAND, *options, **{**S3, **variables})

    return update


def state(lab: Lab) -> dict[str, Any]:
    """What state.json holds."""
    content: dict[str, Any] = json.loads(lab.aws.objects(BUCKET)["state.json"])
    return content


def entry(project: str = "orders-api", **changes: Any) -> dict[str, Any]:
    """A record as it stands in the state, under its project and place."""
    outside = {"key", "project", "environment", "region"}
    return {name: value for name, value in recorded(project, **changes).items() if name not in outside}


def writes(lab: Lab) -> list[str]:
    """The objects that were written, in order."""
    return [request.path for request in lab.gateway.writes(HOST)]


def test_the_first_deployment_makes_the_state_and_the_page(
    lab: Lab, update: Run, service: Service, clock: Clock
) -> None:
    deployed(service, orders_api="updated")

    done = update(clock=clock)

    assert done.code == 0, done.log
    assert state(lab) == {
        "schema": 1,
        "updated_at": "1970-01-12T13:46:40Z",
        "projects": {"orders-api": {"staging/eu": [entry()]}},
    }
    s3 = lab.aws.client("s3", region="eu-west-1")
    answers = {key: s3.get_object(Bucket=BUCKET, Key=key) for key in ("index.html", "state.json")}
    assert answers["index.html"]["Body"].read() == page()
    assert {key: (answer["ContentType"], answer["CacheControl"]) for key, answer in answers.items()} == {
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "state.json": ("application/json", "no-cache"),
    }
    assert list(lab.vault.tokens) == []


def test_the_second_run_writes_nothing(lab: Lab, update: Run, service: Service) -> None:
    deployed(service, orders_api="updated", invoices="unchanged")
    update()
    lab.gateway.clear()

    done = update()

    assert (done.code, writes(lab)) == (0, [])
    assert done.log.count("there already") == 2


def test_a_dry_run_writes_nothing(lab: Lab, update: Run, service: Service) -> None:
    deployed(service, orders_api="updated")

    done = update("--dry-run")

    assert (done.code, writes(lab)) == (0, [])
    assert "would record" in done.log


def test_a_page_is_replaced_by_a_newer_one_and_not_by_an_older_one(
    lab: Lab, update: Run, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, (own, there) in enumerate((("0.2.0", "0.1.9"), ("0.1.0", "0.10.0"))):
        monkeypatch.setattr(page_module, "__version__", there)
        old = page()
        lab.aws.client("s3", region="eu-west-1").put_object(Bucket=BUCKET, Key="index.html", Body=old)
        monkeypatch.setattr(page_module, "__version__", own)
        deployed(service, at=f"2026-11-24T03:00:0{number}Z", orders_api=(f"1.{number}.0", "updated"))

        update()

        expected = page() if own == "0.2.0" else old
        assert lab.aws.objects(BUCKET)["index.html"] == expected


def test_the_history_is_bounded_and_a_late_one_finds_its_place(lab: Lab, update: Run, service: Service) -> None:
    from cigen_runtime.dashboard.record import record_of
    from cigen_runtime.dashboard.state import State

    records = [
        record_of(recorded(version=f"1.{number}.0", deployed_at=f"2026-11-01T00:00:{number:02}Z"))
        for number in range(20)
    ]

    forwards, backwards = State().with_records(records, 0), State().with_records(reversed(records), 0)

    assert forwards.as_bytes() == backwards.as_bytes()
    kept = json.loads(forwards.as_bytes())["projects"]["orders-api"]["staging/eu"]
    assert [each["version"] for each in kept] == [f"1.{number}.0" for number in range(19, 9, -1)]
    assert forwards.with_records(records, 1e9) is forwards, "what is known, or too old to be kept, changes nothing"


def test_an_older_deployment_never_covers_a_newer_one(lab: Lab, update: Run, service: Service) -> None:
    deployed(service, at="2026-11-24T05:00:00Z", orders_api=("1.5.0", "updated"))
    update(CI_PIPELINE_ID="4712")
    deployed(service, orders_api="updated")

    done = update()

    assert done.log.splitlines()[-1].endswith("in the history: 1.5.0 was deployed later, by pipeline 4712")
    assert [each["version"] for each in state(lab)["projects"]["orders-api"]["staging/eu"]] == ["1.5.0", "1.4.0"]


def test_a_job_of_another_account_writes_to_the_same_bucket(lab: Lab, update: Run, service: Service) -> None:
    deployed(service, orders_api="updated")
    update()
    production = service.folder / "cigen-out" / "prod" / "eu" / "deploy-result.json"
    production.parent.mkdir(parents=True)
    production.write_text(service.path("deploy-result.json").read_text().replace('"staging"', '"prod"'))

    done = update(
        CIGEN_ENVIRONMENT="prod",
        CI_ENVIRONMENT_NAME="prod/eu",
        CIGEN_AWS_ACCOUNT="444455556666",
        CIGEN_VAULT_ROLE="lambda-prod",
    )

    assert done.code == 0, done.log
    assert sorted(state(lab)["projects"]["orders-api"]) == ["prod/eu", "staging/eu"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'{"schema": 2}', "error: s3://company-versions/state.json has schema 2, and this cigen-runtime knows 1"),
        (b"<html>", "error: s3://company-versions/state.json is not a state of the dashboard (wrong input)"),
        (b"\xff", "error: s3://company-versions/state.json is not a state of the dashboard (wrong input)"),
        (b'{"schema": 1}', "error: s3://company-versions/state.json is not a state of the dashboard (wrong input)"),
    ],
)
def test_a_state_that_it_does_not_understand_stays_as_it_is(
    lab: Lab, update: Run, service: Service, content: bytes, error: str
) -> None:
    lab.aws.client("s3", region="eu-west-1").put_object(Bucket=BUCKET, Key="state.json", Body=content)
    deployed(service, orders_api="updated")

    done = update()

    assert (done.code, writes(lab)) == (2, [])
    assert done.error.startswith(error)
    assert lab.aws.objects(BUCKET) == {"state.json": content}


def test_a_bucket_of_somebody_else_is_not_written_to(lab: Lab, run: Run, service: Service) -> None:
    lab.aws.create_bucket(BUCKET, account="444455556666", region="eu-west-1", shared_with="111122223333")
    deployed(service, orders_api="updated")

    done = run(COMMAND, **S3)

    assert (done.code, writes(lab)) == (11, [])


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        (DropBeforeRead(), 2),
        (DropAfterCommit(), 1),
        (Status(500), 2),
        (Status(503), 2),
        (Status(409, b"<Error><Code>ConditionalRequestConflict</Code></Error>"), 2),
    ],
    ids=str,
)
def test_a_write_whose_fate_is_open_is_looked_for_before_it_is_sent_again(
    lab: Lab, update: Run, service: Service, clock: Clock, action: Status, sent: int
) -> None:
    deployed(service, orders_api="updated")
    lab.gateway.fault(action, method="PUT", host=HOST, path="state.json")

    done = update(clock=clock)

    assert done.code == 0, done.log
    assert writes(lab) == ["/index.html", *["/state.json"] * sent]
    assert state(lab)["projects"] == {"orders-api": {"staging/eu": [entry()]}}
    assert lab.gateway.unused_faults == []


def job_folder(folder: Path, number: int) -> Path:
    """The folder of one job, with a deployment of its own in it."""
    deployed(
        Service(folder / str(number)), **{f"project_{number}": "updated", "orders_api": (f"1.{number}.0", "updated")}
    )
    return folder / str(number)


def variables_of(lab: Lab, number: int) -> dict[str, str]:
    return {**STAGING_EU, **lab.job_variables, **S3, "CI_PIPELINE_ID": str(5000 + number)}


def expected_state(jobs: int) -> dict[str, Any]:
    url = {"url": "https://gitlab.example.com/shop/services/-/pipelines/4711"}
    link = "https://jira.example.com/issues/?jql=labels%20%3D%20%22cigen-orders-api-1.{}.0%22"
    projects = {
        f"project-{number}": {"staging/eu": [entry(f"project-{number}", pipeline={"id": 5000 + number, **url})]}
        for number in range(jobs)
    }
    orders = [
        entry(
            version=f"1.{number}.0",
            pipeline={"id": 5000 + number, **url},
            ticket={"key": "", "url": link.format(number)},
        )
        for number in reversed(range(jobs))
    ]
    return {**projects, "orders-api": {"staging/eu": orders}}


def test_eight_writers_at_once_in_threads_lose_nothing(lab: Lab, update: Run, tmp_path: Path) -> None:
    folders = [job_folder(tmp_path, number) for number in range(8)]

    def one(number: int) -> tuple[int, str]:
        log = io.StringIO()
        return main([COMMAND], variables_of(lab, number), folders[number], log), log.getvalue()

    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(one, range(8)))

    assert [code for code, _ in ended] == [0] * 8, [log for _, log in ended]
    assert state(lab)["projects"] == expected_state(8)
    assert any(request.status == 412 for request in lab.gateway.requests), "they did meet"


def test_six_writers_at_once_in_processes_lose_nothing(lab: Lab, update: Run, tmp_path: Path) -> None:
    folders = [job_folder(tmp_path, number) for number in range(6)]

    running = [
        subprocess.Popen(
            [sys.executable, "-m", "cigen_runtime", COMMAND],
            cwd=folders[number],
            env={
                "PYTHONPATH": ":".join(sys.path),
                "PATH": "/usr/bin:/bin",
                **variables_of(lab, number),
                **lab.environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(6)
    ]
    ended = [(process.communicate(timeout=120)[0], process.returncode) for process in running]

    assert [code for _, code in ended] == [0] * 6, ended
    assert state(lab)["projects"] == expected_state(6)
    assert DIGEST in json.dumps(state(lab))
