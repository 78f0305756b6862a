"""A stateful Jira Cloud, REST version 3: tickets, a workflow, comments with properties, a search that lags behind."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lab.names import JIRA_API_TOKEN, JIRA_PROJECT, JIRA_USER
from lab.serving import LoopbackHandler, LoopbackServer

WORKFLOW: Mapping[str, Sequence[str]] = {
    "To Do": ("Pre-Prod",),
    "Pre-Prod": ("PP Testing",),
    "PP Testing": ("Deploying",),
    "Deploying": ("Resolved",),
    "Resolved": ("Closed",),
    "Closed": (),
}
"""Each status with those that a ticket may go to from there; the first is where it starts."""
LAST = frozenset({"Resolved", "Closed"})
"""The statuses in which work on a ticket is over."""
RESOLUTIONS = ("Won't Do", "Done")

Answer = tuple[int, Mapping[str, Any] | Sequence[Mapping[str, Any]] | None]


@dataclass(slots=True)
class Comment:
    """One comment with its entity properties."""

    id: str
    body: Mapping[str, Any]
    properties: dict[str, Any]


@dataclass(slots=True)
class Issue:
    """One ticket."""

    key: str
    id: str
    type: str
    summary: str
    description: Mapping[str, Any] | None
    labels: list[str]
    status: str
    resolution: str | None = None
    comments: list[Comment] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    """Every status that it was moved to."""
    unseen: int = 0
    """How many searches more will miss it."""


class Jira:
    """https://jira.example.com with one project and one account; a test sets what it wants otherwise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: LoopbackServer | None = None
        self.reset()

    def reset(self) -> None:
        """As new: no tickets, the workflow above, a search without delay."""
        self.issues: dict[str, Issue] = {}
        self.workflow: dict[str, Sequence[str]] = dict(WORKFLOW)
        self.search_lag = 0
        """How many searches do not see a new ticket yet."""
        self.page_size = 100
        self.conflicts = 0
        """How many transitions to come end in a 409."""
        self.moves_at_conflict = False
        """Whether that is because somebody else moves the ticket there at that moment."""
        self.required: dict[str, str] = {"Resolved": "resolution"}
        """The field that the way to a status asks for."""
        self.required_at_creation: tuple[str, ...] = ()
        self.lets_strangers_look = False
        """Whether a wrong token makes one a stranger who sees nothing, instead of a 401."""
        self.forbidden: set[str] = set()
        """Methods that the account may not use."""
        self.lacking: set[str] = set()
        """Permissions that the account does not have in the project."""
        self._numbers = 0
        self._comments = -1

    def issue(
        self, *labels: str, status: str | None = None, description: Mapping[str, Any] | None = None, unseen: int = 0
    ) -> Issue:
        """Put a ticket there, as somebody else might have."""
        with self._lock:
            return self._new("Task", "A ticket", description, list(labels), status, unseen)

    # How it runs

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("Jira is not running")
        return self._server.port

    def start(self) -> None:
        handled = self

        class Handler(JiraHandler):
            jira = handled

        self._server = LoopbackServer(Handler)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    # What it answers

    def answer(self, method: str, target: str, authorization: str, body: Any) -> Answer:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/rest/api/3")
        known = authorization == "Basic " + base64.b64encode(f"{JIRA_USER}:{JIRA_API_TOKEN}".encode()).decode()
        if not known and (path == "/myself" or not self.lets_strangers_look):
            return 401, _messages("Client must be authenticated to access this resource.")
        if method in self.forbidden:
            return 403, _messages("You do not have permission for this.")
        with self._lock:
            return self._routed(method, path, query, body, known)

    def _routed(self, method: str, path: str, query: Mapping[str, str], body: Any, known: bool) -> Answer:
        match [method, *path.strip("/").split("/")]:
            case ["GET", "myself"]:
                return 200, {"accountId": "5b10a2844c20165700ede21g", "emailAddress": JIRA_USER}
            case ["GET", "mypermissions"]:
                return self._permissions(query)
            case ["GET", "project", key, "statuses"] if known and key == JIRA_PROJECT:
                statuses = [{"name": name} for name in self.workflow]
                return 200, [{"name": kind, "subtask": False, "statuses": statuses} for kind in ("Task", "Release")]
            case ["POST", "issue"]:
                return self._create(body["fields"])
            case ["POST", "search", "jql"]:
                return self._search(body, known)
            case ["POST", "comment", "list"]:
                return self._comments_by_id(body["ids"], query)
            case [_, "issue", key, *rest] if known and key in self.issues:
                return self._of_issue(method, self.issues[key], rest, query, body)
            case [_, "search"]:
                return 410, _messages("The requested API has been removed. Migrate to /rest/api/3/search/jql.")
        return 404, _messages("Issue does not exist or you do not have permission to see it.")

    def _permissions(self, query: Mapping[str, str]) -> Answer:
        if query.get("projectKey") != JIRA_PROJECT:
            return 404, _messages("No project could be found with that key.")
        asked = query["permissions"].split(",")
        return 200, {"permissions": {name: {"key": name, "havePermission": name not in self.lacking} for name in asked}}

    def _of_issue(self, method: str, issue: Issue, rest: list[str], query: Mapping[str, str], body: Any) -> Answer:
        match [method, *rest]:
            case ["GET"]:
                return 200, self._shown(issue, query.get("fields", "*all").split(","))
            case ["PUT"]:
                return self._edit(issue, body)
            case ["GET", "transitions"]:
                expanded = "transitions.fields" in query.get("expand", "")
                return 200, {"transitions": [self._transition(name, expanded) for name in self.workflow[issue.status]]}
            case ["POST", "transitions"]:
                return self._move(issue, body)
            case ["GET", "comment"]:
                start, most = int(query.get("startAt", 0)), min(int(query.get("maxResults", 50)), self.page_size)
                page = [_comment(comment, False) for comment in issue.comments[start : start + most]]
                return 200, {"startAt": start, "maxResults": most, "total": len(issue.comments), "comments": page}
            case ["POST", "comment"]:
                return self._add_comment(issue, body)
            case [_, "comment", number]:
                return self._of_comment(method, issue, number, body)
        return 405, None

    def _create(self, fields: Mapping[str, Any]) -> Answer:
        wrong = {name: f"{name} is required." for name in self.required_at_creation if not fields.get(name)}
        if fields.get("project", {}).get("key") != JIRA_PROJECT:
            wrong["project"] = "Specify a valid project ID or key"
        if fields.get("issuetype", {}).get("name") not in {"Task", "Release"}:
            wrong["issuetype"] = "Specify an issue type"
        if not fields.get("summary"):
            wrong["summary"] = "You must specify a summary of the issue."
        if not _is_adf(fields.get("description")):
            wrong["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        if any(" " in label for label in fields.get("labels", ())):
            wrong["labels"] = "The label contains spaces which is invalid."
        if wrong:
            return 400, {"errorMessages": [], "errors": wrong}
        issue = self._new(
            fields["issuetype"]["name"],
            fields["summary"],
            fields["description"],
            list(fields.get("labels", ())),
            None,
            self.search_lag,
        )
        return 201, {"id": issue.id, "key": issue.key, "self": f"https://jira.example.com/rest/api/3/issue/{issue.id}"}

    def _new(
        self,
        kind: str,
        summary: str,
        description: Mapping[str, Any] | None,
        labels: list[str],
        status: str | None,
        unseen: int,
    ) -> Issue:
        self._numbers += 1
        key = f"{JIRA_PROJECT}-{self._numbers}"
        start = status or next(iter(self.workflow))
        issue = Issue(key, str(10_000 + self._numbers), kind, summary, description, labels, start, unseen=unseen)
        self.issues[key] = issue
        return issue

    def _edit(self, issue: Issue, body: Mapping[str, Any]) -> Answer:
        fields = body.get("fields", {})
        if "description" in fields:
            if not _is_adf(fields["description"]):
                return 400, {
                    "errorMessages": [],
                    "errors": {"description": "Operation value must be an Atlassian Document"},
                }
            issue.description = fields["description"]
        issue.summary = fields.get("summary", issue.summary)
        for change in body.get("update", {}).get("labels", ()):
            if "add" in change and change["add"] not in issue.labels:
                issue.labels.append(change["add"])
            if change.get("remove") in issue.labels:
                issue.labels.remove(change["remove"])
        return 204, None

    def _of_comment(self, method: str, issue: Issue, number: str, body: Mapping[str, Any]) -> Answer:
        comment = next((each for each in issue.comments if each.id == number), None)
        if comment is None:
            return 404, _messages("Can not find a comment for the id.")
        if method == "DELETE":
            issue.comments.remove(comment)
            return 204, None
        comment.body = body["body"]
        return 200, _comment(comment, False)

    def _move(self, issue: Issue, body: Mapping[str, Any]) -> Answer:
        name = next((each for each in self.workflow if self._id(each) == body["transition"]["id"]), None)
        if name is None or name not in self.workflow[issue.status]:
            return 400, _messages("It seems that you have tried to perform an illegal workflow operation.")
        if self.conflicts:
            self.conflicts -= 1
            if self.moves_at_conflict:
                issue.status = name
            return 409, _messages("The issue could not be updated due to a conflicting update.")
        needed = self.required.get(name)
        if needed and not body.get("fields", {}).get(needed):
            return 400, {"errorMessages": [], "errors": {needed: f"{needed} is required."}}
        issue.resolution = body.get("fields", {}).get("resolution", {}).get("name", issue.resolution)
        issue.status = name
        issue.history.append(name)
        return 204, None

    def _transition(self, name: str, expanded: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": self._id(name), "name": f"Send to {name}", "to": status_of(name)}
        if expanded:
            needed = self.required.get(name)
            values = [{"name": each} for each in RESOLUTIONS]
            field_ = {"required": True, "hasDefaultValue": False, "allowedValues": values}
            shown["fields"] = {needed: field_} if needed else {}
        return shown

    def _id(self, name: str) -> str:
        return str(11 + 10 * list(self.workflow).index(name))

    def _search(self, body: Mapping[str, Any], known: bool) -> Answer:
        asked = re.fullmatch(
            r'project = "(?P<project>\w+)" AND labels (= (?P<one>"[^"]+")|in \((?P<some>[^)]+)\))( ORDER BY key ASC)?',
            body["jql"],
        )
        if asked is None:
            return 400, _messages(f"Error in the JQL Query: {body['jql']}")
        labels = set(json.loads(f"[{asked['one'] or asked['some']}]"))
        seen = []
        for issue in self.issues.values():
            if known and asked["project"] == JIRA_PROJECT and labels.intersection(issue.labels):
                if issue.unseen:
                    issue.unseen -= 1
                else:
                    seen.append(issue)
        start = int(body.get("nextPageToken", "page-0").removeprefix("page-"))
        end = start + min(body.get("maxResults", 50), self.page_size)
        fields = body.get("fields", ())
        page = [self._shown(issue, fields) for issue in seen[start:end]]
        more = {"nextPageToken": f"page-{end}"} if end < len(seen) else {}
        return 200, {"issues": page, "isLast": not more, **more}

    def _shown(self, issue: Issue, fields: Sequence[str]) -> dict[str, Any]:
        every: dict[str, Any] = {
            "summary": issue.summary,
            "description": issue.description,
            "labels": sorted(issue.labels),
            "status": {"name": issue.status},
            "resolution": {"name": issue.resolution} if issue.resolution else None,
            "issuetype": {"name": issue.type},
        }
        chosen = {name: value for name, value in every.items() if name in fields or "*all" in fields}
        return {"id": issue.id, "key": issue.key, **({"fields": chosen} if chosen else {})}

    def _add_comment(self, issue: Issue, body: Mapping[str, Any]) -> Answer:
        if not _is_adf(body.get("body")):
            return 400, {"errorMessages": [], "errors": {"comment": "Comment body is not valid!"}}
        properties = {each["key"]: each["value"] for each in body.get("properties", ())}
        self._comments += 1
        comment = Comment(str(500 + self._comments), body["body"], properties)
        issue.comments.append(comment)
        return 201, _comment(comment, False)

    def _comments_by_id(self, ids: Sequence[int], query: Mapping[str, str]) -> Answer:
        comments = [each for issue in self.issues.values() for each in issue.comments if int(each.id) in ids]
        with_properties = "properties" in query.get("expand", "")
        values = [_comment(comment, with_properties) for comment in comments]
        return 200, {"values": values, "total": len(values), "isLast": True}


class JiraHandler(LoopbackHandler):
    """HTTP in, HTTP out."""

    jira: Jira

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        content = self.read_body()
        body = json.loads(content) if content else {}
        status, answer = self.jira.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
        if answer is None:
            self.answer(status)
            return
        self.answer(status, json.dumps(answer).encode(), {"Content-Type": "application/json;charset=UTF-8"})


def status_of(name: str) -> dict[str, Any]:
    """A status as Jira shows it, with the kind that it is of."""
    return {"name": name, "statusCategory": {"key": "done" if name in LAST else "indeterminate"}}


def _comment(comment: Comment, with_properties: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": comment.id, "body": comment.body}
    if with_properties:
        shown["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
    return shown


def _is_adf(value: object) -> bool:
    """Whether it is a document, with no empty text in it, and no longer than Jira takes."""
    if not isinstance(value, dict) or value.get("type") != "doc" or value.get("version") != 1:
        return False
    texts = list(_texts(value))
    return all(texts) and sum(map(len, texts)) <= 32_767


def _texts(node: Mapping[str, Any]) -> list[str]:
    own = [node["text"]] if node.get("type") == "text" else []
    return own + [text for child in node.get("content", ()) for text in _texts(child)]


def _messages(text: str) -> dict[str, Any]:
    return {"errorMessages": [text], "errors": {}}
