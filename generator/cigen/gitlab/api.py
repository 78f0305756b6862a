"""Files of other projects through GitLab's REST API, each project at the one commit that its ref means now."""

import re
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import gitlab
import requests

from cigen.gitlab import reasons
from cigen.gitlab.access import Access
from cigen.gitlab.component_version import highest, is_range
from cigen.pipeline.other_projects import Named
from cigen.pipeline.source_text import MAX_BYTES
from cigen.pipeline.sources import Answer, Found, Missing, Sources, Unknown, path_pattern

TIMEOUT = 15.0
"""Seconds to connect, and to wait for the next byte."""
_MOST_FILES = 10_000
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


class _Refused(Exception):  # noqa: N818 - not an error of ours: the include is skipped
    """GitLab did not show it; the text says why."""


class _NotThere(Exception):  # noqa: N818 - an answer: GitLab knows that there is nothing
    """What was asked for does not exist, in a project that does."""


@dataclass(slots=True)
class GitLabApi:
    """The projects of one GitLab, read with a token that may read the API."""

    access: Access
    failures: list[str] = field(default_factory=list)
    """Why something could not be looked up."""
    _client: gitlab.Gitlab = field(init=False, repr=False)
    _known: dict[tuple[str, str], Sources | Unknown | Missing] = field(default_factory=dict, repr=False)
    _gone: str = ""
    """Why GitLab is asked no more: it does not answer, and each further question would wait as long."""

    def __post_init__(self) -> None:
        # As OAuth's header, which is left out when a redirect leads to another host; a PRIVATE-TOKEN would go with it.
        self._client = gitlab.Gitlab(
            self.access.url, oauth_token=self.access.token or None, timeout=TIMEOUT, user_agent="cigen"
        )

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        """The files of a project at a ref."""
        key = (project, ref)
        if key not in self._known:
            self._known[key] = self._at(project, ref)
        return self._known[key]

    def _at(self, project: str, ref: str) -> Sources | Unknown | Missing:
        try:
            commit = self.json(project, f"repository/commits/{quote(ref, safe='')}")
        except _NotThere:
            tag = self._release(project, ref)
            return self.project(project, tag) if tag else Missing(reasons.no_commit(ref, project))
        except _Refused as error:
            return self.failed(str(error))
        found = str(commit.get("id")) if isinstance(commit, dict) else ""
        if not _COMMIT.fullmatch(found):
            return self.failed(reasons.NOT_GITLAB)
        return Named(_AtCommit(self, project, found), f"{project}@{ref}")

    def _release(self, project: str, version: str) -> str:
        """The tag that the version of a component means, where it is none itself."""
        if not is_range(version):
            return ""
        try:
            tags = self.json(project, "repository/tags", per_page=100, order_by="version")
            return highest(version, [str(tag["name"]) for tag in tags])
        except (_Refused, _NotThere, TypeError, KeyError):
            return ""

    def failed(self, reason: str) -> Unknown:
        """Keep in mind that something could not be looked up."""
        if reason not in self.failures:
            self.failures.append(reason)
        return Unknown(reason)

    def json(self, project: str, path: str, **query: str | int) -> Any:
        """One answer of the API about a project."""
        response = self._get(project, path, query)
        try:
            return response.json()
        except requests.exceptions.JSONDecodeError:
            raise _Refused(reasons.NOT_GITLAB) from None
        except (requests.RequestException, OSError) as error:
            raise self._not_reached(error) from error

    def raw(self, project: str, path: str, ref: str) -> bytes:
        """The content of a file, or as much of it as is needed to see that it is too large."""
        response = self._get(project, f"repository/files/{quote(path, safe='')}/raw", {"ref": ref}, streamed=True)
        content = bytearray()
        try:
            with response:
                if response.headers.get("Content-Type", "").startswith("text/html"):
                    raise _Refused(reasons.NOT_GITLAB)
                for chunk in response.iter_content(64 * 1024):
                    content += chunk
                    if len(content) > MAX_BYTES:
                        return bytes(content)
        except (requests.RequestException, OSError) as error:
            raise self._not_reached(error) from error
        promised = response.headers.get("X-Gitlab-Content-Sha256")
        if promised and promised != sha256(content).hexdigest():
            raise _Refused(f"{path} did not arrive whole: try again")
        return bytes(content)

    def _get(self, project: str, path: str, query: dict[str, Any], *, streamed: bool = False) -> requests.Response:
        if self._gone:
            raise _Refused(self._gone)
        address = f"/projects/{quote(project, safe='')}/{path}"
        for pause in (*reasons.PAUSES, None):
            try:
                return self._client.http_request(
                    "get", address, query_data=query, streamed=streamed, obey_rate_limit=False
                )
            except gitlab.GitlabError as error:
                if pause is None or error.response_code not in reasons.TRIED_AGAIN:
                    raise self._told(error, project) from error
            except requests.ConnectionError as error:
                if pause is None:
                    raise self._not_reached(error) from error
            except requests.RequestException as error:
                raise self._not_reached(error) from error
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _told(self, error: gitlab.GitlabError, project: str) -> Exception:
        status = error.response_code
        if status is None:
            return _Refused(reasons.NOT_GITLAB)
        is_about_more = any(word in str(error.error_message) for word in ("Commit Not Found", "File Not Found"))
        if status == 404 and is_about_more:
            return _NotThere()
        reason = reasons.refused(status, project, self.access)
        if status in {401, *reasons.TRIED_AGAIN}:
            self._gone = reason
        return _Refused(reason)

    def _not_reached(self, error: Exception) -> _Refused:
        what = "the time was up" if isinstance(error, requests.Timeout) else _cause(error)
        self._gone = reasons.not_reached(self.access, what)
        return _Refused(self._gone)


@dataclass(frozen=True, slots=True)
class _AtCommit:
    """A project at one commit."""

    api: GitLabApi
    name: str
    commit: str
    _contents: dict[str, Answer] = field(default_factory=dict)

    def local(self, path: str) -> Answer:
        if path not in self._contents:
            self._contents[path] = self._file(path)
        return self._contents[path]

    def _file(self, path: str) -> Answer:
        try:
            return Found(path, self.api.raw(self.name, path, self.commit))
        except _NotThere:
            return Missing(f"{self.name} has no such file at {self.commit[:8]}")
        except _Refused as error:
            return self.api.failed(str(error))

    def matching(self, pattern: str) -> tuple[str, ...] | Unknown:
        expression = path_pattern(pattern)
        paths: list[str] = []
        try:
            for page in range(1, _MOST_FILES // 100 + 1):
                query: dict[str, str | int] = {"recursive": "true", "ref": self.commit, "per_page": 100, "page": page}
                entries = self.api.json(self.name, "repository/tree", **query)
                paths += [str(entry["path"]) for entry in entries if entry["type"] == "blob"]
                if len(entries) < 100:
                    return tuple(sorted(path for path in paths if expression.fullmatch(path)))
        except (_Refused, _NotThere) as error:
            return self.api.failed(str(error))
        except (TypeError, KeyError):
            return self.api.failed(reasons.NOT_GITLAB)
        return Unknown(f"{self.name} has more than {_MOST_FILES} files")

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        return self.api.project(project, ref)

    def other(self, kind: str, address: str) -> Answer:  # noqa: ARG002
        return Unknown(f"a {kind} is looked up by GitLab alone")


def _cause(error: Exception) -> str:
    """The innermost reason, without the address and without anything that was sent."""
    text = repr(error)
    for mark, what in (
        ("RemoteDisconnected", "the connection was lost"),
        ("NameResolutionError", "its name is not known"),
        ("gaierror", "its name is not known"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted (REQUESTS_CA_BUNDLE names one that is)"),
        ("SSLError", "no secure connection could be made"),
        ("ProxyError", "the proxy does not let us through"),
        ("ConnectTimeout", "the time was up"),
        ("ReadTimeout", "the time was up"),
        ("refused", "it refuses connections"),
    ):
        if mark in text:
            return what
    return "the connection was lost"
