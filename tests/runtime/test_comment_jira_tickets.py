"""`cigen-runtime comment-jira-tickets`: one comment per pipeline with what it deployed."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from cigen_runtime import adf
from lab import DropAfterCommit, DropBeforeRead, Lab, Status
from runtime.conftest import Clock, Done, Service

Run = Callable[..., Done]
INTRO = "orders-api 1.4.0 in staging, by pipeline 4711:"


@pytest.fixture
def ticket(run: Run, service: Service, lab: Lab) -> str:
    """One ticket that this pipeline created."""
    service.has("orders-api", "1.4.0")
    assert run("create-jira-tickets").code == 0
    lab.gateway.clear()
    return "REL-1"


def deployed(service: Service, outcome: str, *, region: str = "eu", reason: str = "") -> None:
    """Leave what deploy-lambda would have left."""
    entry = {
        "lambda": "orders-api-fn",
        "version": "1.4.0",
        "image": "example.com/orders:orders-api-fn-1.4.0",
        "digest": "sha256:" + "1" * 64,
        "source_digest": None,
        "before": None,
        "outcome": outcome,
        **({"reason": reason} if reason else {}),
    }
    path = service.folder / "cigen-out" / "staging" / region / "deploy-result.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"schema": 1, "environment": "staging", "region": region, "projects": {"orders-api": entry}}
    path.write_text(json.dumps(document))


def comments(lab: Lab, key: str) -> list[str]:
    """The words of a ticket's comments."""
    return [adf.plain(comment.body) for comment in lab.jira.issues[key].comments]


def written(lab: Lab) -> list[tuple[str, str]]:
    """The requests that change something."""
    return [
        (request.method, request.path)
        for request in lab.gateway.writes("jira")
        if request.path != "/rest/api/3/comment/list"
    ]


def test_a_comment_says_what_was_deployed_where(lab: Lab, run: Run, service: Service, ticket: str) -> None:
    deployed(service, "updated")
    deployed(service, "failed", region="us", reason="the image is gone")

    done = run("comment-jira-tickets", "--for", "staging")

    assert (done.code, done.log) == (0, "commented on REL-1 (orders-api 1.4.0)\n")
    (comment,) = lab.jira.issues[ticket].comments
    assert comment.properties == {"cigen": {"marker": "staging/4711"}}
    intro, table = comment.body["content"]
    assert adf.plain(intro) == INTRO
    assert [[adf.plain(cell) for cell in row["content"]] for row in table["content"]] == [
        ["Where", "Function", "Version", "Outcome"],
        ["staging/eu", "orders-api-fn", "1.4.0", "updated"],
        ["staging/us", "orders-api-fn", "1.4.0", "failed: the image is gone"],
    ]


def test_the_second_run_writes_nothing(lab: Lab, run: Run, service: Service, ticket: str) -> None:
    deployed(service, "updated")
    run("comment-jira-tickets", "--for", "staging")
    lab.gateway.clear()

    done = run("comment-jira-tickets", "--for", "staging")

    assert (done.log, written(lab)) == ("REL-1 (orders-api 1.4.0) has the comment already\n", [])


def test_a_comment_that_is_out_of_date_is_changed_and_not_repeated(
    lab: Lab, run: Run, service: Service, ticket: str
) -> None:
    deployed(service, "failed")
    run("comment-jira-tickets", "--for", "staging")
    deployed(service, "updated")

    done = run("comment-jira-tickets", "--for", "staging")

    assert done.log == "brought the comment on REL-1 (orders-api 1.4.0) up to date\n"
    (comment,) = comments(lab, ticket)
    assert comment.endswith("updated")


def test_another_pipeline_writes_a_comment_of_its_own(lab: Lab, run: Run, service: Service, ticket: str) -> None:
    lab.jira.page_size = 1  # so that ours stands on the second page
    run("comment-jira-tickets", "--for", "staging")

    run("comment-jira-tickets", "--for", "staging", CI_PIPELINE_ID="4712")
    run("comment-jira-tickets", "--for", "staging", CI_PIPELINE_ID="4712")

    nothing = "No record of a deployment was left by the pipeline."
    assert comments(lab, ticket) == [INTRO + nothing, INTRO.replace("4711", "4712") + nothing]


@pytest.mark.parametrize("fault", [DropAfterCommit(), DropBeforeRead()])
def test_a_comment_whose_answer_was_lost_stands_there_once(
    lab: Lab, run: Run, service: Service, ticket: str, clock: Clock, fault: DropAfterCommit | DropBeforeRead
) -> None:
    lab.gateway.fault(method="POST", host="jira", path="REL-1/comment$", action=fault)

    done = run("comment-jira-tickets", "--for", "staging", clock=clock)

    assert done.code == 0, done.log
    assert len(comments(lab, ticket)) == 1


def test_of_two_comments_that_two_jobs_wrote_at_once_the_first_one_stays(
    lab: Lab, run: Run, service: Service, ticket: str
) -> None:
    deployed(service, "updated")
    run("comment-jira-tickets", "--for", "staging")
    (first,) = lab.jira.issues[ticket].comments
    lab.jira.issues[ticket].comments += [
        replace(first, id="9000"),  # the other job's, under the same marker
        replace(first, id="9001", properties={}),  # a person's
    ]

    done = run("comment-jira-tickets", "--for", "staging")

    assert done.code == 0, done.log
    assert [comment.id for comment in lab.jira.issues[ticket].comments] == [first.id, "9001"]
    assert "deleted a second comment of this pipeline on REL-1 (orders-api 1.4.0)" in done.log


def test_a_second_comment_that_may_not_be_deleted_is_no_failure(
    lab: Lab, run: Run, service: Service, ticket: str
) -> None:
    deployed(service, "updated")
    run("comment-jira-tickets", "--for", "staging")
    lab.jira.issues[ticket].comments.append(replace(lab.jira.issues[ticket].comments[0], id="9000"))
    lab.jira.forbidden = {"DELETE"}

    done = run("comment-jira-tickets", "--for", "staging")

    assert done.code == 0, done.log
    assert "note: REL-1 (orders-api 1.4.0) has this pipeline's comment 2 times" in done.log


def test_a_dry_run_says_what_the_comment_would_say(lab: Lab, run: Run, service: Service, ticket: str) -> None:
    deployed(service, "failed", reason="the image is gone")

    done = run("comment-jira-tickets", "--for", "production", "--dry-run")

    assert (
        done.log
        == """\
would write a comment on REL-1 (orders-api 1.4.0):
  orders-api 1.4.0 in production, by pipeline 4711 <https://gitlab.example.com/shop/services/-/pipelines/4711>:
  Where | Function | Version | Outcome
  staging/eu | orders-api-fn | 1.4.0 | failed: the image is gone
"""
    )
    assert written(lab) == []


def test_a_ticket_that_is_gone_keeps_no_other_from_its_comment(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    service.has("billing", "2.0.1")
    run("create-jira-tickets")
    del lab.jira.issues["REL-1"]

    done = run("comment-jira-tickets", "--for", "staging")

    assert (done.code, done.error) == (12, "error: read the comments of REL-1 (not found)")
    assert "commented on REL-2 (billing 2.0.1)" in done.log
    assert len(comments(lab, "REL-2")) == 1


def test_a_jira_that_is_down_is_not_asked_about_every_ticket(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    service.has("orders-api", "1.4.0")
    service.has("billing", "2.0.1")
    run("create-jira-tickets")
    lab.gateway.clear()
    lab.gateway.fault(Status(503), host="jira", path="/comment$", times=1000)

    done = run("comment-jira-tickets", "--for", "staging", clock=clock)

    assert done.code == 75, done.log
    asked = {request.path for request in lab.gateway.requests if request.path.endswith("/comment")}
    assert asked == {"/rest/api/3/issue/REL-1/comment"}


def test_a_record_that_cannot_be_read_is_told_as_an_affair_of_tickets(run: Run, service: Service, ticket: str) -> None:
    (service.folder / "cigen-out" / "staging" / "eu" / "jira-tickets.json").write_text("{")

    done = run("comment-jira-tickets", "--for", "staging")

    assert done.code == 2
    assert "  to do:     It is written by create-jira-tickets: run that again.\n" in done.log
    assert "Check in this order, the likeliest first (Jira tickets):" in done.log


def test_an_address_that_is_not_jiras_own_is_told_at_the_login(run: Run, ticket: str) -> None:
    done = run("comment-jira-tickets", "--for", "staging", JIRA_URL="https://jira.example.com/wiki")

    assert (done.code, done.error) == (12, "error: logged in to Jira (not found)")
    assert (
        "  to do:     Set jira.url in cigen.yaml to Jira's own address, such as https://company.atlassian.net: "
        "https://jira.example.com/wiki/rest/api/3 is nothing that Jira has.\n"
    ) in done.log
