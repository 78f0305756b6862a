"""Release tickets: created, moved, commented on, described."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lab.jira import Comment
from reliability.stage import State, Surroundings
from runtime.conftest import STAGING_EU

ORDERS, BILLING = "cigen-orders-1.4.0", "cigen-billing-2.0.1"


def shown(key: str) -> str:
    """A ticket as the result file names it."""
    return {"REL-1": "REL-1 (billing 2.0.1)", "REL-2": "REL-2 (orders 1.4.0)"}[key]


class CreateStage:
    """One project has no ticket yet, the other one has a ticket without this region's label."""

    command = "create-jira-tickets"
    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {"CIGEN_REGION": "us", "CI_ENVIRONMENT_NAME": "staging/us"}
    variables: Mapping[str, str] = STAGING_EU

    def arrange(self, at: Surroundings) -> None:
        at.versions(orders="1.4.0", billing="2.0.1")
        at.lab.jira.issue(BILLING)
        at.lab.jira.workflow["To Do"] = ("Pre-Prod", "Closed")

    def state(self, at: Surroundings) -> State:
        issues = at.lab.jira.issues
        return {
            ("ticket", "orders 1.4.0"): [key for key, issue in issues.items() if ORDERS in issue.labels],
            ("ticket", "billing 2.0.1"): [key for key, issue in issues.items() if BILLING in issue.labels],
            ("label", shown("REL-1")): sorted(label for label in issues["REL-1"].labels if label != BILLING),
            ("open tickets", "orders 1.4.0"): [
                (key, sorted(issue.labels))
                for key, issue in issues.items()
                if "orders" in issue.summary and issue.status == "To Do"
            ],
        }

    def goal(self, at: Surroundings) -> State:
        regions = ["staging-eu", "staging-us"][: 1 + at.two]
        return {
            ("ticket", "orders 1.4.0"): ["REL-2"],
            ("ticket", "billing 2.0.1"): ["REL-1"],
            ("label", shown("REL-1")): regions,
            ("open tickets", "orders 1.4.0"): [("REL-2", [ORDERS, *regions])],
        }


class TicketsStage:
    """Two tickets on record, in the first status."""

    options: tuple[str, ...] = ("--for", "staging")
    second: Mapping[str, str] = {}
    variables: Mapping[str, str] = STAGING_EU

    def arrange(self, at: Surroundings) -> None:
        at.versions(orders="1.4.0", billing="2.0.1")
        for label in (BILLING, ORDERS):
            at.lab.jira.issue(label, "staging-eu")
        projects = {
            project: {"version": version, "key": key, "label": label, "url": f"https://jira.example.com/browse/{key}"}
            for project, version, key, label in (
                ("billing", "2.0.1", "REL-1", BILLING),
                ("orders", "1.4.0", "REL-2", ORDERS),
            )
        }
        content = {"schema": 1, "environment": "staging", "region": "eu", "projects": projects}
        at.write("cigen-out/staging/eu/jira-tickets.json", content)


class TransitionStage(TicketsStage):
    """Both are to move."""

    command = "transition-jira-tickets"
    options: tuple[str, ...] = ("--to", "pre-prod")

    def state(self, at: Surroundings) -> State:
        return {("status", shown(key)): tuple(issue.history) for key, issue in at.lab.jira.issues.items()}

    def goal(self, at: Surroundings) -> State:
        return {("status", shown(key)): ("Pre-Prod",) for key in at.lab.jira.issues}


class CommentStage(TicketsStage):
    """One ticket has no comment of ours, the other one an outdated one."""

    command = "comment-jira-tickets"

    def arrange(self, at: Surroundings) -> None:
        super().arrange(at)
        outdated = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": []}]}
        properties = {"cigen": {"marker": "staging/4711"}}
        at.lab.jira.issues["REL-1"].comments.append(Comment("10001", outdated, properties))

    def state(self, at: Surroundings) -> State:
        return {
            ("comment", shown(key)): [" in staging, by " in json.dumps(comment.body) for comment in issue.comments]
            for key, issue in at.lab.jira.issues.items()
        }

    def goal(self, at: Surroundings) -> State:
        return {("comment", shown(key)): [True] for key in at.lab.jira.issues}


class InstructionsStage(TicketsStage):
    """Neither has our section yet."""

    command = "update-jira-instructions"

    def state(self, at: Surroundings) -> State:
        return {
            ("instructions", shown(key)): json.dumps(issue.description).count("cigen staging instructions: begin")
            for key, issue in at.lab.jira.issues.items()
        }

    def goal(self, at: Surroundings) -> State:
        return {("instructions", shown(key)): 1 for key in at.lab.jira.issues}
