"""`cigen-runtime create-jira-tickets`: one ticket per project and version, whatever happens on the way."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import Delay, DropAfterCommit, DropBeforeRead, Lab, Status
from runtime.conftest import Clock, Done, Service

Run = Callable[..., Done]
LABEL = "cigen-orders-api-1.4.0"
US = {"CIGEN_REGION": "us", "CI_ENVIRONMENT_NAME": "staging/us"}


def created(lab: Lab) -> int:
    """How many creations reached the gateway."""
    return len([request for request in lab.gateway.writes("jira") if request.path == "/rest/api/3/issue"])


def written(lab: Lab) -> list[tuple[str, str]]:
    """The requests that change something: a search is a POST, and changes nothing."""
    return [(request.method, request.path) for request in lab.gateway.writes("jira") if "search" not in request.path]


def test_each_project_that_changed_gets_a_ticket_and_the_file_says_which(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    service.has("billing", "2.0.1", changed=False)

    done = run("create-jira-tickets")

    assert done.code == 0, done.log
    (issue,) = lab.jira.issues.values()
    assert (issue.key, issue.summary, issue.status) == ("REL-1", "Release orders-api 1.4.0", "To Do")
    assert issue.labels == [LABEL, "staging-eu"]
    assert issue.description == {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "orders-api 1.4.0"},
                    {"type": "text", "text": ", built by "},
                    {
                        "type": "text",
                        "text": "this pipeline",
                        "marks": [
                            {
                                "type": "link",
                                "attrs": {"href": "https://gitlab.example.com/shop/services/-/pipelines/4711"},
                            }
                        ],
                    },
                ],
            }
        ],
    }
    assert service.read("jira-tickets.json") == {
        "schema": 1,
        "environment": "staging",
        "region": "eu",
        "projects": {
            "orders-api": {
                "version": "1.4.0",
                "key": "REL-1",
                "label": LABEL,
                "url": "https://jira.example.com/browse/REL-1",
            }
        },
    }
    assert done.log == (
        "created REL-1 for orders-api 1.4.0: https://jira.example.com/browse/REL-1\n"
        "wrote cigen-out/staging/eu/jira-tickets.json\n"
    )


def test_the_second_run_writes_nothing_to_jira_and_the_same_file(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    run("create-jira-tickets")
    first = service.path("jira-tickets.json").read_text()
    lab.gateway.clear()

    done = run("create-jira-tickets")

    assert (done.code, written(lab)) == (0, [])
    assert service.path("jira-tickets.json").read_text() == first


def test_without_its_file_the_second_run_finds_the_ticket_by_its_label(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    run("create-jira-tickets")
    shutil.rmtree(service.folder / "cigen-out")
    lab.gateway.clear()

    done = run("create-jira-tickets")

    assert (done.code, written(lab)) == (0, [])


def test_the_next_region_finds_the_ticket_by_the_first_ones_file_though_the_search_lags_behind(
    lab: Lab, run: Run, service: Service
) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.search_lag = 1000
    run("create-jira-tickets")

    done = run("create-jira-tickets", **US)

    assert done.log == (
        "added the label staging-us to REL-1 (orders-api 1.4.0)\nwrote cigen-out/staging/us/jira-tickets.json\n"
    )
    assert lab.jira.issues["REL-1"].labels == [LABEL, "staging-eu", "staging-us"]
    assert list(lab.jira.issues) == ["REL-1"]


def test_another_version_of_the_same_project_gets_a_ticket_of_its_own(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    run("create-jira-tickets")
    service.has("orders-api", "1.4.1")

    run("create-jira-tickets")

    assert [issue.summary for issue in lab.jira.issues.values()] == [
        "Release orders-api 1.4.0",
        "Release orders-api 1.4.1",
    ]


def test_two_regions_one_after_the_other_in_their_resource_group_make_one_ticket(
    lab: Lab, run: Run, service: Service
) -> None:
    service.has("orders-api", "1.4.0")
    resource_group = threading.Lock()
    dones: list[Done] = []

    def job(**variables: str) -> None:
        with resource_group:
            dones.append(run("create-jira-tickets", **variables))

    jobs = [threading.Thread(target=job, kwargs=variables) for variables in ({}, US)]
    for each in jobs:
        each.start()
    for each in jobs:
        each.join()

    assert [done.code for done in dones] == [0, 0]
    assert sorted(lab.jira.issues["REL-1"].labels) == [LABEL, "staging-eu", "staging-us"]
    assert list(lab.jira.issues) == ["REL-1"]


def test_two_regions_at_once_outside_any_resource_group_go_on_with_the_same_ticket(
    lab: Lab, run: Run, service: Service
) -> None:
    service.has("orders-api", "1.4.0")
    lab.gateway.fault(method="POST", host="jira", path="search", times=2, action=Delay(0.3))
    dones: list[Done] = []

    jobs = [
        threading.Thread(target=lambda extra=extra: dones.append(run("create-jira-tickets", **extra)))
        for extra in ({}, US)
    ]
    for each in jobs:
        each.start()
    for each in jobs:
        each.join()

    assert [done.code for done in dones] == [0, 0]
    assert sorted(lab.jira.issues["REL-1"].labels) == [LABEL, "staging-eu", "staging-us"]
    files = sorted((service.folder / "cigen-out").rglob("jira-tickets.json"))
    assert [json.loads(path.read_text())["projects"]["orders-api"]["key"] for path in files] == ["REL-1", "REL-1"]


def test_two_regions_that_both_created_settle_on_the_older_ticket_and_the_younger_one_is_marked(
    lab: Lab, run: Run, service: Service
) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.issue(LABEL, unseen=1)  # the other region's: not there yet for the first search

    done = run("create-jira-tickets")

    assert done.code == 0, done.log
    assert "warning: REL-1 is not the only one with the label cigen-orders-api-1.4.0; close as duplicates: REL-2" in (
        done.log
    )
    assert (
        "REL-2 is marked as a duplicate of REL-1 (orders-api 1.4.0); close it by hand: no way leads there from 'To Do'"
    ) in done.log
    assert service.read("jira-tickets.json")["projects"]["orders-api"]["key"] == "REL-1"
    younger = lab.jira.issues["REL-2"]
    assert (younger.summary, sorted(younger.labels), younger.status) == (
        "Duplicate of REL-1: release orders-api 1.4.0",
        ["cigen-duplicate", "staging-eu"],
        "To Do",
    )


def test_a_duplicate_of_its_own_that_the_search_showed_late_is_closed_by_the_next_run(
    lab: Lab, run: Run, service: Service
) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.workflow["To Do"] = ("Pre-Prod", "Resolved")
    lab.jira.issue(LABEL, unseen=2)
    run("create-jira-tickets")
    assert service.read("jira-tickets.json")["projects"]["orders-api"]["key"] == "REL-2"

    done = run("create-jira-tickets")

    assert done.code == 0, done.log
    assert "REL-2 is marked as a duplicate of REL-1 (orders-api 1.4.0) and is closed" in done.log
    younger = lab.jira.issues["REL-2"]
    assert (younger.status, younger.resolution, LABEL in younger.labels) == ("Resolved", "Won't Do", False)
    assert service.read("jira-tickets.json")["projects"]["orders-api"]["key"] == "REL-1"
    lab.gateway.clear()
    run("create-jira-tickets")
    assert written(lab) == []


def test_a_ticket_that_a_person_cloned_with_its_labels_stays_as_it_is(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.workflow["To Do"] = ("Pre-Prod", "Resolved")
    run("create-jira-tickets")
    lab.jira.issue(LABEL)

    done = run("create-jira-tickets")

    assert "close as duplicates: REL-2" in done.log
    assert (lab.jira.issues["REL-2"].status, lab.jira.issues["REL-2"].labels) == ("To Do", [LABEL])


def test_a_duplicate_that_may_not_be_changed_is_left_to_a_person_and_the_job_goes_on(
    lab: Lab, run: Run, service: Service
) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.issue(LABEL, "staging-eu", unseen=1)
    lab.gateway.fault(method="PUT", host="jira", path="REL-2", action=Status(403))

    done = run("create-jira-tickets")

    assert done.code == 0, done.log
    assert "note: REL-2 is a duplicate of REL-1 (orders-api 1.4.0); close it by hand" in done.log


def test_of_several_tickets_with_one_label_the_lowest_number_counts(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    for _ in range(11):
        lab.jira.issue(LABEL)
    for key in [f"REL-{number}" for number in range(1, 9)]:
        del lab.jira.issues[key]
    lab.jira.page_size = 1

    done = run("create-jira-tickets")

    assert "warning: REL-9 is not the only one" in done.log
    assert "duplicates: REL-10, REL-11" in done.log
    assert created(lab) == 0


def test_a_creation_whose_answer_was_lost_is_searched_for_until_it_appears(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.search_lag = 3
    lab.gateway.fault(method="POST", host="jira", path="/issue$", action=DropAfterCommit())

    done = run("create-jira-tickets", clock=clock)

    assert done.code == 0, done.log
    assert created(lab) == 1
    assert list(lab.jira.issues) == ["REL-1"]
    assert clock.waits == [2, 3, 5, 10]
    assert "found REL-1: the first try had created it" in done.log


def test_a_creation_that_never_arrived_is_sent_again_after_a_minute(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    service.has("orders-api", "1.4.0")
    lab.gateway.fault(method="POST", host="jira", path="/issue$", action=DropBeforeRead())

    done = run("create-jira-tickets", clock=clock)

    assert done.code == 0, done.log
    assert (created(lab), sum(clock.waits)) == (2, 60)
    assert list(lab.jira.issues) == ["REL-1"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_creation_that_a_broken_server_answered_is_not_sent_again_blindly(
    lab: Lab, run: Run, service: Service, clock: Clock, status: int
) -> None:
    service.has("orders-api", "1.4.0")
    lab.gateway.fault(method="POST", host="jira", path="/issue$", action=Status(status, b"", {"Retry-After": "1"}))

    done = run("create-jira-tickets", clock=clock)

    assert done.code == 0, done.log
    assert (created(lab), sum(clock.waits)) == (2, 60)


def test_two_lost_creations_end_with_the_code_that_gitlab_retries_and_what_was_done_is_recorded(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    service.has("billing", "2.0.1")
    service.has("orders-api", "1.4.0")
    run("create-jira-tickets")
    del lab.jira.issues["REL-2"]
    service.path("jira-tickets.json").unlink()
    lab.gateway.fault(method="POST", host="jira", path="/issue$", times=2, action=DropBeforeRead())

    done = run("create-jira-tickets", clock=clock)

    assert (done.code, done.error) == (
        76,
        "error: sent POST https://jira.example.com/rest/api/3/issue to Jira and got no answer (outcome unknown)",
    )
    assert list(service.read("jira-tickets.json")["projects"]) == ["billing"]


def test_a_page_from_a_proxy_in_answer_to_a_creation_leaves_the_outcome_open(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    service.has("orders-api", "1.4.0")
    lab.gateway.fault(method="POST", host="jira", path="/issue$", action=Status(200, b"<html>Log in</html>"))

    done = run("create-jira-tickets", clock=clock)

    assert (done.code, created(lab)) == (0, 2)


def test_what_jira_misses_is_named_field_by_field_with_the_checks_for_jira(
    lab: Lab, run: Run, service: Service
) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.required_at_creation = ("components", "fixVersions")

    done = run("create-jira-tickets")

    assert done.code == 2
    assert (
        done.log
        == """
error: created a ticket in REL (wrong input)
  came back: 400 components: components is required.; fixVersions: fixVersions is required.
  to do:     Compare project, issue type and required fields in Jira with the configuration.

Check in this order, the likeliest first (Jira tickets):
  1. Does anything wait for the ticket right now?
     If not: Leave it: the job may fail, the pipeline goes on, and the next one brings the ticket up to date.
  2. Does Jira accept JIRA_USER with JIRA_API_TOKEN?
     If not: Create a new token of that user's account and set JIRA_API_TOKEN; tokens end after a year at most.
  3. May that user browse, create, edit, comment and transition in the Jira project?
     If not: Give the user these permissions in the project's permission scheme.
  4. Does the project's workflow have the statuses that the release goes through?
     If not: Write what the workflow calls them as jira.statuses in cigen.yaml, or add them to the workflow.
  Fix it and run the job again: every command is safe to repeat.
  Live: cigen-runtime doctor --branch jira

exit code 2: wrong input
"""
    )


def test_a_dry_run_says_what_it_would_do(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    service.has("billing", "2.0.1")
    lab.jira.issue("cigen-billing-2.0.1")

    done = run("create-jira-tickets", "--dry-run")

    assert done.log == (
        "would create a ticket for orders-api 1.4.0\nwould add the label staging-eu to REL-1 (billing 2.0.1)\n"
    )
    assert (written(lab), service.path("jira-tickets.json").exists()) == ([], False)


def test_when_nothing_changed_jira_is_not_asked(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0", changed=False)

    done = run("create-jira-tickets")

    assert done.log == "no project changed: no ticket to create\nwrote cigen-out/staging/eu/jira-tickets.json\n"
    assert lab.gateway.requests == []


def test_a_ticket_that_somebody_deleted_is_made_anew(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    run("create-jira-tickets")
    del lab.jira.issues["REL-1"]

    done = run("create-jira-tickets")

    assert done.code == 0, done.log
    assert "note: REL-1 (orders-api 1.4.0) is gone; looking for another one" in done.log
    assert list(lab.jira.issues) == ["REL-2"]


def test_forty_new_tickets_take_one_request_each_and_three_more(lab: Lab, run: Run, service: Service) -> None:
    for number in range(40):
        service.has(f"p{number}", "1.0.0")

    done = run("create-jira-tickets")

    assert (done.code, len(lab.jira.issues), len(lab.gateway.requests)) == (0, 40, 43)


def test_a_hundred_and_twenty_projects_are_looked_up_in_three_searches(lab: Lab, run: Run, service: Service) -> None:
    versions = {f"p{number}": {"version": "1.0.0", "folder": f"p{number}"} for number in range(120)}
    Path(service.folder / "versions.json").write_text(json.dumps(versions))
    for name in versions:
        lab.jira.issue(f"cigen-{name}-1.0.0", "staging-eu")

    done = run("create-jira-tickets")

    assert (done.code, len(lab.gateway.requests)) == (0, 4)
