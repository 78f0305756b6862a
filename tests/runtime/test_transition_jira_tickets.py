"""`cigen-runtime transition-jira-tickets`: forward to a step of the release, never back."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import DropAfterCommit, DropBeforeRead, Lab, Meet, Status
from runtime.conftest import Clock, Done, Service

Run = Callable[..., Done]
LABEL = "cigen-orders-api-1.4.0"


@pytest.fixture
def ticket(run: Run, service: Service, lab: Lab) -> str:
    """One ticket that this pipeline created."""
    service.has("orders-api", "1.4.0")
    assert run("create-jira-tickets").code == 0
    lab.gateway.clear()
    return "REL-1"


def moves(lab: Lab) -> int:
    """How many moves reached the gateway."""
    return len([request for request in lab.gateway.writes("jira") if request.path.endswith("/transitions")])


def test_a_ticket_goes_to_the_step_by_the_name_of_its_status(lab: Lab, run: Run, ticket: str) -> None:
    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert done.code == 0, done.log
    assert done.log == "moved REL-1 (orders-api 1.4.0) from 'To Do' to 'Pre-Prod'\n"
    assert lab.jira.issues[ticket].history == ["Pre-Prod"]


def test_a_ticket_goes_through_the_whole_release(lab: Lab, run: Run, ticket: str) -> None:
    for step in ("pre-prod", "pp-testing", "deploying", "resolved", "closed"):
        assert run("transition-jira-tickets", "--to", step).code == 0

    issue = lab.jira.issues[ticket]
    assert issue.history == ["Pre-Prod", "PP Testing", "Deploying", "Resolved", "Closed"]
    assert issue.resolution == "Done"


@pytest.mark.parametrize("status", ["Pre-Prod", "pre-prod", "PP Testing", "Closed"])
def test_a_ticket_that_is_there_or_further_stays_where_it_is(lab: Lab, run: Run, ticket: str, status: str) -> None:
    lab.jira.issues[ticket].status = status

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert done.log == f"REL-1 (orders-api 1.4.0) is in {status!r} already\n"
    assert (done.code, moves(lab)) == (0, 0)


def test_a_step_that_the_workflow_does_not_lead_to_is_a_clear_error(lab: Lab, run: Run, ticket: str) -> None:
    done = run("transition-jira-tickets", "--to", "resolved")

    assert (done.code, moves(lab)) == (13, 0)
    assert done.log.startswith("""
error: REL-1 (orders-api 1.4.0) cannot go from 'To Do' to 'Resolved' (conflict)
  came back: from there the workflow leads to: 'Pre-Prod'
  to do:     Move the ticket by hand, add the transition to the workflow, or correct jira.statuses in cigen.yaml.
""")


def test_statuses_may_have_other_names(lab: Lab, run: Run, ticket: str) -> None:
    lab.jira.workflow = {"To Do": ["In Abnahme"], "In Abnahme": []}

    done = run("transition-jira-tickets", "--to", "pre-prod", CIGEN_JIRA_STATUSES='{"pre-prod": "In Abnahme"}')

    assert done.code == 0, done.log
    assert lab.jira.issues[ticket].status == "In Abnahme"


@pytest.mark.parametrize(
    ("statuses", "answer"),
    [
        ("{pre-prod}", "it is not JSON: Expecting property name enclosed in double quotes in line 1, column 2"),
        ('["Pre-Prod"]', "it is not a mapping of steps to names of statuses"),
        ('{"pre-prod": 1}', "it is not a mapping of steps to names of statuses"),
        ('{"preprod": "Pre-Prod"}', "it names steps that there are not: preprod"),
    ],
)
def test_wrong_names_of_statuses_are_told_before_jira_is_asked(
    lab: Lab, run: Run, ticket: str, statuses: str, answer: str
) -> None:
    done = run("transition-jira-tickets", "--to", "pre-prod", CIGEN_JIRA_STATUSES=statuses)

    assert (done.code, done.error) == (2, "error: CIGEN_JIRA_STATUSES is wrong (wrong input)")
    assert f"came back: {answer}\n" in done.log
    assert lab.gateway.requests == []


@pytest.mark.parametrize("moved_by_others", [True, False])
def test_after_a_conflict_the_ticket_is_read_again(
    lab: Lab, run: Run, ticket: str, clock: Clock, moved_by_others: bool
) -> None:
    lab.jira.conflicts = 1
    lab.jira.moves_at_conflict = moved_by_others

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert done.code == 0, done.log
    assert lab.jira.issues[ticket].status == "Pre-Prod"
    assert moves(lab) == (1 if moved_by_others else 2)


def test_a_move_that_is_refused_because_another_job_was_faster_is_done(lab: Lab, run: Run, ticket: str) -> None:
    lab.gateway.fault(Meet(), method="POST", host="jira", path="/transitions$", times=2)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run, "transition-jira-tickets", "--to", "pre-prod") for _ in range(2)]
        dones = [each.result() for each in runs]

    assert [done.code for done in dones] == [0, 0], dones
    assert (moves(lab), lab.jira.issues[ticket].history) == (2, ["Pre-Prod"])
    assert sum("was moved by somebody else meanwhile" in done.log for done in dones) == 1


def test_a_conflict_that_does_not_end_is_told(lab: Lab, run: Run, ticket: str, clock: Clock) -> None:
    lab.jira.conflicts = 1000

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert (done.code, done.error, moves(lab)) == (13, "error: moved REL-1 to 'Pre-Prod' (conflict)", 3)


def test_a_ticket_that_arrived_in_the_last_conflict_is_done(lab: Lab, run: Run, ticket: str, clock: Clock) -> None:
    conflict = Status(409, b"{}")
    lab.gateway.fault(method="POST", host="jira", path="transitions", times=2, action=conflict)
    lab.jira.conflicts = 1
    lab.jira.moves_at_conflict = True

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert done.code == 0, done.log
    assert done.log.endswith("REL-1 (orders-api 1.4.0) is in 'Pre-Prod' now\n")


@pytest.mark.parametrize(("fault", "sent"), [(DropAfterCommit(), 1), (DropBeforeRead(), 2)])
def test_a_move_whose_answer_was_lost_is_read_back_before_it_is_sent_again(
    lab: Lab, run: Run, ticket: str, clock: Clock, fault: DropAfterCommit | DropBeforeRead, sent: int
) -> None:
    lab.gateway.fault(method="POST", host="jira", path="transitions", action=fault)

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert done.code == 0, done.log
    assert lab.jira.issues[ticket].history == ["Pre-Prod"]
    assert moves(lab) == sent


def test_a_field_that_nobody_can_fill_in_is_named(lab: Lab, run: Run, ticket: str) -> None:
    lab.jira.required["Pre-Prod"] = "customfield_10042"

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert (done.code, done.error, moves(lab)) == (
        2,
        "error: the transition of REL-1 (orders-api 1.4.0) to 'Pre-Prod' asks for customfield_10042 (wrong input)",
        0,
    )


def test_a_ticket_that_cannot_move_does_not_keep_the_others(lab: Lab, run: Run, service: Service) -> None:
    service.has("billing", "2.0.1")
    service.has("orders-api", "1.4.0")
    run("create-jira-tickets")
    lab.jira.workflow["Parked"] = []
    lab.jira.issues["REL-1"].status = "Parked"

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert (done.code, done.error) == (
        13,
        "error: REL-1 (billing 2.0.1) cannot go from 'Parked' to 'Pre-Prod' (conflict)",
    )
    assert lab.jira.issues["REL-2"].status == "Pre-Prod"


def test_production_finds_the_tickets_by_label_and_records_them(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0", changed=False)
    service.has("billing", "2.0.1")
    lab.jira.issue(LABEL, status="PP Testing")

    done = run("transition-jira-tickets", "--to", "deploying")

    assert done.log == (
        "note: billing 2.0.1 has no ticket with the label cigen-billing-2.0.1\n"
        "wrote cigen-out/jira-tickets.json\n"
        "moved REL-1 (orders-api 1.4.0) from 'PP Testing' to 'Deploying'\n"
    )
    assert json.loads((service.folder / "cigen-out" / "jira-tickets.json").read_text()) == {
        "schema": 1,
        "projects": {
            "orders-api": {
                "version": "1.4.0",
                "key": "REL-1",
                "label": LABEL,
                "url": "https://jira.example.com/browse/REL-1",
            }
        },
    }


def test_the_next_job_of_production_does_not_search_again(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.issue(LABEL, status="PP Testing")
    run("transition-jira-tickets", "--to", "deploying")
    lab.gateway.clear()

    done = run("transition-jira-tickets", "--to", "resolved")

    assert done.code == 0, done.log
    assert [request.path for request in lab.gateway.writes("jira")] == ["/rest/api/3/issue/REL-1/transitions"]


def test_a_ticket_that_the_record_misses_is_found_by_its_label(
    lab: Lab, run: Run, service: Service, ticket: str
) -> None:
    service.has("billing", "2.0.1")
    lab.jira.issue("cigen-billing-2.0.1")

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert done.code == 0, done.log
    assert [issue.status for issue in lab.jira.issues.values()] == ["Pre-Prod", "Pre-Prod"]


def test_the_record_alone_is_enough(run: Run, service: Service, ticket: str) -> None:
    (service.folder / "versions.json").unlink()

    assert run("transition-jira-tickets", "--to", "pre-prod").code == 0


def test_neither_a_record_nor_versions_is_an_error(run: Run) -> None:
    done = run("transition-jira-tickets", "--to", "deploying")

    assert (done.code, done.error) == (12, "error: versions.json is not there (not found)")
    assert "the likeliest first (Jira tickets):" in done.log
    assert "  2. Is there a valid versions.json?\n" in done.log


def test_no_ticket_at_all_is_an_error(run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")

    done = run("transition-jira-tickets", "--to", "deploying")

    assert (done.code, done.error) == (
        12,
        "error: no ticket found in REL by the labels of this release (not found)",
    )


def test_a_pipeline_in_which_nothing_changed_moves_nothing(run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0", changed=False)
    run("create-jira-tickets")

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert (done.code, done.log) == (0, "no tickets in this pipeline: nothing to move\n")


def test_a_job_without_an_environment_can_run_it(lab: Lab, run: Run, ticket: str) -> None:
    nowhere = dict.fromkeys(("CIGEN_ENVIRONMENT", "CIGEN_REGION", "CI_ENVIRONMENT_NAME"), "")

    assert run("transition-jira-tickets", "--to", "pre-prod", **nowhere).code == 0


def test_a_dry_run_moves_nothing_and_records_nothing(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.issue(LABEL)

    done = run("transition-jira-tickets", "--to", "pre-prod", "--dry-run")

    assert done.log == "would move REL-1 (orders-api 1.4.0) from 'To Do' to 'Pre-Prod'\n"
    assert (moves(lab), (service.folder / "cigen-out/jira-tickets.json").exists()) == (0, False)


@pytest.mark.parametrize("options", [(), ("--to", "done")])
def test_a_step_must_be_named(run: Run, ticket: str, options: tuple[str, ...]) -> None:
    assert run("transition-jira-tickets", *options).code == 2


def test_a_status_that_an_automation_changes_back_is_noticed(lab: Lab, run: Run, ticket: str) -> None:
    lab.gateway.fault(method="POST", host="jira", path="transitions", action=Status(204))

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert (done.code, done.error) == (
        14,
        "error: Jira accepted the move of REL-1 (orders-api 1.4.0) to 'Pre-Prod', and the ticket is in 'To Do' "
        "(verification failed)",
    )
