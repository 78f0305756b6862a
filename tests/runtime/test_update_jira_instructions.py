"""`cigen-runtime update-jira-instructions`: one section of the description, and nothing around it."""

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from cigen_runtime import adf
from lab import Lab
from runtime.conftest import Done, Service

Run = Callable[..., Done]
FORM = "https://gitlab.example.com/shop/services/-/pipelines/new?ref=main"
LINK = f"{FORM}&var[TARGET_VERSIONS_JSON]=%7B%22orders-api%22%3A%20%221.4.0%22%7D"


@pytest.fixture
def ticket(run: Run, service: Service, lab: Lab) -> str:
    """One ticket that this pipeline created."""
    service.has("orders-api", "1.4.0")
    assert run("create-jira-tickets").code == 0
    lab.gateway.clear()
    return "REL-1"


def lines(lab: Lab, key: str) -> list[str]:
    """The text of each block of a description."""
    description = lab.jira.issues[key].description
    assert description is not None
    return [adf.plain(block) for block in description["content"]]


def links(node: Any) -> list[str]:
    """Every address in a document."""
    own = [mark["attrs"]["href"] for mark in node.get("marks", ()) if mark["type"] == "link"]
    return own + [address for child in node.get("content", ()) for address in links(child)]


def test_the_ticket_says_how_its_version_gets_to_production(lab: Lab, run: Run, ticket: str) -> None:
    done = run("update-jira-instructions", "--for", "staging")

    assert (done.code, done.log) == (0, "wrote the instructions into REL-1 (orders-api 1.4.0)\n")
    assert lines(lab, ticket) == [
        "orders-api 1.4.0, built by this pipeline",
        "cigen staging instructions: begin",
        "Deploy to production",
        "This project alone:",
        '{"orders-api": "1.4.0"}',
        "Start it in GitLab",
        "Written by this pipeline.",
        "cigen staging instructions: end",
    ]
    assert LINK in links(lab.jira.issues[ticket].description)
    assert unquote(LINK).endswith('TARGET_VERSIONS_JSON]={"orders-api": "1.4.0"}')


def test_the_second_run_changes_nothing(lab: Lab, run: Run, ticket: str) -> None:
    run("update-jira-instructions", "--for", "staging")
    lab.gateway.clear()

    done = run("update-jira-instructions", "--for", "staging")

    assert (done.log, lab.gateway.writes("jira")) == ("REL-1 (orders-api 1.4.0) has these instructions already\n", [])


def test_what_jira_adds_for_itself_is_no_difference(lab: Lab, run: Run, ticket: str) -> None:
    run("update-jira-instructions", "--for", "staging")
    description = copy.deepcopy(lab.jira.issues[ticket].description)
    assert description is not None
    for block in description["content"]:
        block.setdefault("attrs", {})["localId"] = "5f2c"
    lab.jira.issues[ticket].description = description
    lab.gateway.clear()

    done = run("update-jira-instructions", "--for", "staging")

    assert (done.code, lab.gateway.writes("jira")) == (0, [])


def test_what_people_wrote_around_the_section_stays(lab: Lab, run: Run, ticket: str) -> None:
    run("update-jira-instructions", "--for", "staging")
    description = copy.deepcopy(lab.jira.issues[ticket].description)
    assert description is not None
    description["content"].insert(0, adf.paragraph(adf.text("Above")))
    description["content"].append(adf.paragraph(adf.text("Below")))
    lab.jira.issues[ticket].description = description

    done = run("update-jira-instructions", "--for", "staging", CI_DEFAULT_BRANCH="trunk")

    assert done.code == 0, done.log
    assert (lines(lab, ticket)[0], lines(lab, ticket)[-1], len(lines(lab, ticket))) == ("Above", "Below", 10)
    assert LINK.replace("main", "trunk") in links(lab.jira.issues[ticket].description)


@pytest.mark.parametrize("lost", ["begin", "end"])
def test_half_a_section_is_replaced_by_a_whole_one(lab: Lab, run: Run, ticket: str, lost: str) -> None:
    run("update-jira-instructions", "--for", "staging")
    description = copy.deepcopy(lab.jira.issues[ticket].description)
    assert description is not None
    description["content"] = [block for block in description["content"] if not adf.plain(block).endswith(lost)]
    lab.jira.issues[ticket].description = description

    done = run("update-jira-instructions", "--for", "staging")

    assert done.code == 0, done.log
    markers = [line for line in lines(lab, ticket) if line.startswith("cigen staging")]
    assert markers == ["cigen staging instructions: begin", "cigen staging instructions: end"]


def test_a_ticket_without_a_description_gets_the_section(lab: Lab, run: Run, ticket: str) -> None:
    lab.jira.issues[ticket].description = None

    assert run("update-jira-instructions", "--for", "staging").code == 0
    assert len(lines(lab, ticket)) == 7


def test_production_has_a_section_of_its_own(lab: Lab, run: Run, ticket: str) -> None:
    run("update-jira-instructions", "--for", "staging")

    run("update-jira-instructions", "--for", "production")

    assert [line for line in lines(lab, ticket) if line.startswith(("cigen", "Deploy"))] == [
        "cigen staging instructions: begin",
        "Deploy to production",
        "cigen staging instructions: end",
        "cigen production instructions: begin",
        "Deploy to production again",
        "cigen production instructions: end",
    ]


def test_projects_released_together_are_offered_together(lab: Lab, run: Run, service: Service) -> None:
    service.has("billing", "2.0.1")
    service.has("orders-api", "1.4.0")
    run("create-jira-tickets")

    run("update-jira-instructions", "--for", "staging")

    assert '{"billing": "2.0.1", "orders-api": "1.4.0"}' in lines(lab, "REL-2")
    assert '{"orders-api": "1.4.0"}' in lines(lab, "REL-2")


def test_a_link_that_would_be_too_long_leads_to_the_empty_form(lab: Lab, run: Run, service: Service) -> None:
    for number in range(80):
        name = f"a-project-with-a-rather-long-name-{number:03}"
        service.has(name, "1.0.0")
        lab.jira.issue(f"cigen-{name}-1.0.0")

    done = run("update-jira-instructions", "--for", "staging")

    assert done.code == 0, done.log
    assert "Start it in GitLab, with this as TARGET_VERSIONS_JSON" in lines(lab, "REL-1")
    assert FORM in links(lab.jira.issues["REL-1"].description)


def test_a_description_without_room_is_left_as_it_is(lab: Lab, run: Run, ticket: str) -> None:
    full = adf.document(adf.paragraph(adf.text("x" * 32_700)))
    lab.jira.issues[ticket].description = full

    done = run("update-jira-instructions", "--for", "staging")

    assert (done.code, done.error) == (
        13,
        "error: the description of REL-1 (orders-api 1.4.0) has no room for the instructions (conflict)",
    )
    assert lab.jira.issues[ticket].description == full


def test_a_dry_run_prints_the_section(lab: Lab, run: Run, ticket: str) -> None:
    done = run("update-jira-instructions", "--for", "staging", "--dry-run")

    assert (
        done.log
        == f"""\
would write into REL-1 (orders-api 1.4.0):
  Deploy to production
  This project alone:
  {{"orders-api": "1.4.0"}}
  Start it in GitLab <{LINK}>
  Written by this pipeline <https://gitlab.example.com/shop/services/-/pipelines/4711>.
"""
    )
    assert lab.gateway.writes("jira") == []
