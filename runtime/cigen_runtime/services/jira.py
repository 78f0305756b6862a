"""Jira Cloud, REST version 3. https://developer.atlassian.com/cloud/jira/platform/rest/v3/

There is no official client, and the known ones send a creation again when its answer was lost: hence our own.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cigen_runtime.adf import Node
from cigen_runtime.contract.jira import JIRA_API_TOKEN, JIRA_PROJECT, JIRA_URL, JIRA_USER
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import NotFoundError
from cigen_runtime.job import Job
from cigen_runtime.services.answers import AnotherAnsweredError
from cigen_runtime.services.http import PatientSession
from cigen_runtime.services.jira_errors import (
    no_login_here,
    not_jira,
    refusal,
    refuse_a_spent_quota,
    stop_at_an_uncertain_answer,
    uncertain,
)
from cigen_runtime.ticket_key import number_of

API = "/rest/api/3"
TIMEOUT = (5.0, 20.0)
PATIENCE = 45.0
"""Less than elsewhere: nothing waits for a ticket, and its job ends after two minutes."""
LABELS_PER_SEARCH = 50
FIELDS = ("status", "labels", "description")
"""What we read of a ticket."""
MARKER = "cigen"
"""The property by which we know our own comments."""
PERMISSIONS = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES")
"""What a release needs; https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/."""
DUPLICATE = "cigen-duplicate"
"""The label of a ticket that was created beside another one."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One ticket, as Jira has it now."""

    key: str
    status: str
    labels: tuple[str, ...]
    description: Node | None

    @property
    def number(self) -> int:
        """Its place among the tickets of its project: the oldest has the lowest."""
        return number_of(self.key)


@dataclass(frozen=True, slots=True)
class Transition:
    """One way out of a ticket's status."""

    id: str
    target: str
    """The name of the status that it leads to."""
    required: Mapping[str, Sequence[str]]
    """The fields that it asks for and nothing fills in, each with the names that it allows."""
    is_last: bool = False
    """Whether work on the ticket is over in that status, whatever it is called."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment that we wrote."""

    id: str
    marker: str
    body: Node


class Jira:
    """A login to Jira."""

    def __init__(self, job: Job) -> None:
        self.address = job.value(JIRA_URL).rstrip("/")
        self.project = job.value(JIRA_PROJECT)
        self._user = job.value(JIRA_USER)
        self._session = PatientSession("Jira", Branch.JIRA, job.clock, patience=PATIENCE)
        login = base64.b64encode(f"{self._user}:{job.value(JIRA_API_TOKEN)}".encode()).decode()
        job.redactor.add(login)
        self._session.headers["Authorization"] = f"Basic {login}"
        self._session.headers["Accept"] = "application/json"
        self._session.hooks["response"].append(refuse_a_spent_quota)

    def __enter__(self) -> "Jira":
        try:
            self.require_login()
        except BaseException:
            self._session.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def require_login(self) -> None:
        """Make sure that Jira knows us: it may answer a stranger with empty searches instead of a refusal.

        Raises AuthenticationError, NotFoundError where the address is not Jira's.
        """
        attempted = "logged in to Jira"
        try:
            self._ask("GET", "/myself", attempted)
        except NotFoundError as error:
            raise no_login_here(attempted, error.answer, f"{self.address}{API}") from None

    def permissions_lacking(self) -> list[str]:
        """Those of the permissions that a release needs which this account does not have in our project."""
        params = {"projectKey": self.project, "permissions": ",".join(PERMISSIONS)}
        answer = self._ask("GET", "/mypermissions", f"asked what {self._user} may do in {self.project}", params=params)
        granted = answer.get("permissions", {})
        return [name for name in PERMISSIONS if not granted.get(name, {}).get("havePermission")]

    def statuses(self) -> set[str]:
        """The statuses that the workflows of our project have, of all its issue types."""
        types = self._ask_list("GET", f"/project/{self.project}/statuses", f"read the statuses of {self.project}")
        return {str(status["name"]) for type_ in types for status in type_["statuses"]}

    def link(self, key: str) -> str:
        """Where people see a ticket."""
        return f"{self.address}/browse/{key}"

    def issue(self, key: str) -> Issue:
        """One ticket, read directly: unlike a search, this sees what was written a moment ago.

        Raises NotFoundError.
        """
        params = {"fields": ",".join(FIELDS)}
        return _issue(self._ask("GET", f"/issue/{key}", f"read {key}", params=params))

    def find(self, labels: Iterable[str]) -> Iterator[Issue]:
        """The tickets of our project with any of these labels; those of the last minute may be missing."""
        wanted = list(labels)
        for start in range(0, len(wanted), LABELS_PER_SEARCH):
            some = wanted[start : start + LABELS_PER_SEARCH]
            quoted = ", ".join(json.dumps(label, ensure_ascii=False) for label in some)
            yield from self._search(f'project = "{self.project}" AND labels in ({quoted}) ORDER BY key ASC')

    def create(self, issue_type: str, summary: str, labels: Sequence[str], description: Node) -> str:
        """Create a ticket and return its key; sent once.

        Raises OutcomeUnknownError when the answer leaves open whether there is a ticket now.
        """
        attempted = f"created a ticket in {self.project}"
        fields = {
            "project": {"key": self.project},
            "issuetype": {"name": issue_type},
            "summary": summary,
            "labels": list(labels),
            "description": description,
        }
        hooks = {"response": [refuse_a_spent_quota, stop_at_an_uncertain_answer]}
        try:
            return str(self._ask("POST", "/issue", attempted, json={"fields": fields}, hooks=hooks)["key"])
        except (AnotherAnsweredError, KeyError) as error:
            raise uncertain(attempted, "an answer that is not Jira's") from error

    def add_label(self, key: str, label: str) -> None:
        """Add a label; one that is there already stays as it is."""
        body = {"update": {"labels": [{"add": label}]}}
        self._ask("PUT", f"/issue/{key}", f"added the label {label} to {key}", json=body)

    def retire(self, key: str, label: str, summary: str) -> None:
        """Take a label from a ticket that stands for nothing of its own, mark it, and say so in its summary."""
        body = {"fields": {"summary": summary}, "update": {"labels": [{"remove": label}, {"add": DUPLICATE}]}}
        self._ask("PUT", f"/issue/{key}", f"took the label {label} from {key}", json=body)

    def describe(self, key: str, description: Node) -> None:
        """Replace a ticket's description."""
        body = {"fields": {"description": description}}
        self._ask("PUT", f"/issue/{key}", f"wrote the description of {key}", json=body)

    def transitions(self, key: str) -> list[Transition]:
        """The ways out of the ticket's status that are open to us."""
        params = {"expand": "transitions.fields"}
        answer = self._ask("GET", f"/issue/{key}/transitions", f"read the transitions of {key}", params=params)
        return [
            Transition(
                id=str(each["id"]),
                target=str(each["to"]["name"]),
                required={
                    name: [str(value["name"]) for value in field.get("allowedValues", ()) if "name" in value]
                    for name, field in each.get("fields", {}).items()
                    if field.get("required") and not field.get("hasDefaultValue")
                },
                is_last=each["to"].get("statusCategory", {}).get("key") == "done",
            )
            for each in answer["transitions"]
        ]

    def transition(self, key: str, transition: Transition, fields: Mapping[str, str]) -> None:
        """Take a transition, with the names of what its fields get.

        Raises ConflictError when somebody else moves the ticket right now.
        """
        body = {
            "transition": {"id": transition.id},
            "fields": {name: {"name": value} for name, value in fields.items()},
        }
        self._ask("POST", f"/issue/{key}/transitions", f"moved {key} to {transition.target!r}", json=body)

    def own_comments(self, key: str) -> Iterator[Comment]:
        """The comments on a ticket that carry our property."""
        attempted = f"read the comments of {key}"
        ids: list[int] = []
        while True:
            params = {"startAt": str(len(ids)), "maxResults": "100"}
            page = self._ask("GET", f"/issue/{key}/comment", attempted, params=params)
            ids += [int(comment["id"]) for comment in page["comments"]]
            if not page["comments"] or len(ids) >= page["total"]:
                break
        for start in range(0, len(ids), 1000):
            body = {"ids": ids[start : start + 1000]}
            options = {"params": {"expand": "properties"}, "json": body, "repeatable": True}
            for comment in self._ask("POST", "/comment/list", attempted, **options)["values"]:
                for property_ in comment.get("properties", ()):
                    if property_["key"] == MARKER:
                        yield Comment(str(comment["id"]), str(property_["value"]["marker"]), comment["body"])

    def comment(self, key: str, marker: str, body: Node) -> None:
        """Write a comment under our marker; sent once.

        Raises OutcomeUnknownError when the answer was lost.
        """
        properties = [{"key": MARKER, "value": {"marker": marker}}]
        content = {"body": body, "properties": properties}
        self._ask("POST", f"/issue/{key}/comment", f"commented on {key}", json=content)

    def delete_comment(self, key: str, comment: Comment) -> None:
        """Delete one of our comments; one that is gone is no problem."""
        with suppress(NotFoundError):
            self._ask("DELETE", f"/issue/{key}/comment/{comment.id}", f"deleted our second comment on {key}")

    def change_comment(self, key: str, comment: Comment, body: Node) -> None:
        """Replace the text of one of our comments."""
        place = f"/issue/{key}/comment/{comment.id}"
        self._ask("PUT", place, f"changed our comment on {key}", json={"body": body}, params={"notifyUsers": "false"})

    def _search(self, jql: str) -> Iterator[Issue]:
        query: dict[str, Any] = {"jql": jql, "fields": list(FIELDS), "maxResults": 100}
        attempted = f"searched {self.project} for tickets by label"
        while True:
            page = self._ask("POST", "/search/jql", attempted, json=query, repeatable=True)
            yield from map(_issue, page["issues"])
            token = page.get("nextPageToken")
            if page.get("isLast") or not token or token == query.get("nextPageToken"):
                return
            query["nextPageToken"] = token

    def _ask(self, method: str, path: str, attempted: str, **options: Any) -> dict[str, Any]:
        """Make a request; a refusal becomes one of our errors, an empty answer an empty mapping."""
        answer = self._answer(method, path, attempted, **options)
        if not isinstance(answer, dict):
            raise not_jira(attempted, self.address)
        return answer

    def _ask_list(self, method: str, path: str, attempted: str) -> list[dict[str, Any]]:
        answer = self._answer(method, path, attempted)
        if not isinstance(answer, list):
            raise not_jira(attempted, self.address)
        return answer

    def _answer(self, method: str, path: str, attempted: str, **options: Any) -> object:
        options.setdefault("timeout", TIMEOUT)
        response = self._session.request(method, f"{self.address}{API}{path}", allow_redirects=False, **options)
        if not response.ok or 300 <= response.status_code < 400:
            raise refusal(attempted, response, self._user, self.project)
        if not response.content:
            return {}
        try:
            return response.json()
        except ValueError:
            raise not_jira(attempted, self.address) from None


def _issue(answer: Mapping[str, Any]) -> Issue:
    fields = answer["fields"]
    return Issue(
        key=str(answer["key"]),
        status=str(fields["status"]["name"]),
        labels=tuple(fields.get("labels") or ()),
        description=fields.get("description"),
    )
