"""Where a job deploys and what it publishes: `environment`, `release`, `pages`."""

import re
from collections.abc import Iterator
from datetime import datetime

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.artifacts import ENDING
from cigen.pipeline.keywords.shapes import (
    FLAG,
    NAMED,
    TEXT,
    TEXT_OR_TEXTS,
    Anything,
    Choice,
    Either,
    Fields,
    ListOf,
    Text,
    key,
)
from cigen.pipeline.keywords.where import Where, described, is_blank, is_null, is_text, text_of
from cigen.pipeline.node import Mapping, Node

_ENVIRONMENT_NAME = re.compile(r"[a-zA-Z0-9_${}. -]([a-zA-Z0-9_/${}. -]*[a-zA-Z0-9_${}. -])?")
_KUBERNETES_DOCS = "environmentkubernetes"


def _environment_name(text: str) -> str:
    if _ENVIRONMENT_NAME.fullmatch(text):
        return ""
    return "may hold letters, digits, spaces and the characters - _ / $ { } . and neither begins nor ends with a '/'"


_NAME = Text(is_blank_allowed=False, complaint=_environment_name)

_DASHBOARD = Fields(
    (
        key(
            "namespace",
            Text(is_blank_allowed=False, longest=63),
            "The namespace that is shown.",
            since="18.4",
            at=_KUBERNETES_DOCS,
            may_be_null=False,
        ),
        key(
            "flux_resource_path",
            Text(is_blank_allowed=False, longest=255),
            "The Flux resource that is shown.",
            since="18.4",
            at=_KUBERNETES_DOCS,
            may_be_null=False,
        ),
    ),
    required=("namespace",),
    is_nothing_when_empty=True,
)
_MANAGED = Fields(
    (key("enabled", FLAG, "Whether GitLab makes the resources.", since="18.0", at=_KUBERNETES_DOCS, may_be_null=False),)
)


def _cluster(node: Node, where: Where) -> Iterator[Fault]:
    """What is shown of a cluster needs an agent, and is said in one place."""
    if not isinstance(node, Mapping):
        return
    dashboard, managed, path = node.get("dashboard"), node.get("managed_resources"), node.get("flux_resource_path")
    is_managed = isinstance(managed, Mapping) and getattr(managed.get("enabled"), "value", None) is True
    if (not is_blank(path) or not is_blank(dashboard) or is_managed) and is_blank(node.get("agent")):
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS, node, "needs an 'agent'", "add: agent: path/to/project:agent-name"
        )
    if not is_blank(path) and is_blank(node.get("namespace")):
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS,
            node.entries["flux_resource_path"].key,
            "has a 'flux_resource_path', but no 'namespace'",
        )
    for name in ("namespace", "flux_resource_path"):
        if isinstance(dashboard, Mapping) and not is_blank(dashboard.get(name)) and not is_blank(node.get(name)):
            yield where.fault(
                FaultKind.CONFLICTING_KEYWORDS,
                node.entries[name].key,
                f"says '{name}' twice: here and under 'dashboard'",
                f"keep 'dashboard: {name}'",
            )


_CLUSTER = Fields(
    (
        key("agent", TEXT, "The agent for the cluster.", since="17.6", at=_KUBERNETES_DOCS),
        key("dashboard", _DASHBOARD, "What the dashboard of the environment shows.", since="18.4", at=_KUBERNETES_DOCS),
        key("managed_resources", _MANAGED, "Whether GitLab makes the resources.", since="18.0", at=_KUBERNETES_DOCS),
        key("namespace", TEXT, "The old place of dashboard:namespace.", since="12.6", at=_KUBERNETES_DOCS),
        key(
            "flux_resource_path",
            TEXT,
            "The old place of dashboard:flux_resource_path.",
            since="17.7",
            at=_KUBERNETES_DOCS,
        ),
    ),
    may_be_empty=False,
    checks=(_cluster,),
)

ENVIRONMENT = Either(
    (
        ("text", _NAME),
        (
            "mapping",
            Fields(
                (
                    key("name", _NAME, "The environment.", at="environmentname", may_be_null=False),
                    key("url", Text(longest=255), "Where it can be reached.", at="environmenturl"),
                    key(
                        "action",
                        Choice(
                            ("start", "stop", "prepare", "verify", "access"),
                            since={"prepare": "13.2", "verify": "15.0", "access": "15.0"},
                        ),
                        "What the job does to it.",
                        at="environmentaction",
                    ),
                    key("on_stop", TEXT, "The job that stops it.", at="environmenton_stop"),
                    key(
                        "auto_stop_in",
                        TEXT,
                        "After which time it is stopped.",
                        since="12.8",
                        at="environmentauto_stop_in",
                    ),
                    key("kubernetes", _CLUSTER, "The cluster that it is in.", since="12.6", at=_KUBERNETES_DOCS),
                    key(
                        "deployment_tier",
                        TEXT,
                        "What sort of environment it is, such as production.",
                        since="13.10",
                        at="environmentdeployment_tier",
                    ),
                ),
                required=("name",),
            ),
        ),
    ),
    "text or a mapping",
)

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


def _released(node: Node, where: Where) -> Iterator[Fault]:
    """`released_at` is a date, and `ref` a name that Git accepts."""
    if not isinstance(node, Mapping):
        return
    date, ref = node.get("released_at"), node.get("ref")
    if date is not None and not _is_false(date) and not _is_date(text_of(date)):
        yield where.under("released_at").fault(
            FaultKind.WRONG_SHAPE, date, f"must be a date such as '2026-03-15T08:00:00Z', and is {described(date)}"
        )
    if ref is not None and not _is_false(ref) and not (is_text(ref) and _is_ref(text_of(ref))):
        yield where.under("ref").fault(
            FaultKind.WRONG_SHAPE, ref, f"must be a branch, a tag or a commit, and is {described(ref)}"
        )


def _is_false(node: Node) -> bool:
    return is_null(node) or getattr(node, "value", None) is False


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _is_ref(name: str) -> bool:
    if _COMMIT.fullmatch(name):
        return True
    parts = name.split("/")
    return (
        bool(name)
        and name != "HEAD"
        and not name.startswith(("refs/heads/", "refs/remotes/", "-"))
        and not name.endswith((".", "/"))
        and not _FORBIDDEN.search(name)
        and all(part and not part.startswith(".") and not part.endswith(".lock") for part in parts)
    )


_ASSETS = Fields(
    (
        key(
            "links",
            ListOf(
                Either((("mapping", Anything()),), "a mapping with 'name' and 'url'"),
                "a list of mappings",
                may_be_empty=False,
            ),
            "Links to what was released.",
            since="13.12",
            at="releaseassetslinks",
            may_be_null=False,
        ),
    ),
    required=("links",),
)


RELEASE = Fields(
    (
        key("tag_name", NAMED, "The tag that is released.", since="13.2", at="releasetag_name", may_be_null=False),
        key("tag_message", TEXT, "The message of a new tag.", since="15.3", at="releasetag_message"),
        key("name", Anything(), "The title of the release.", since="13.2", at="releasename"),
        key("description", NAMED, "What is in it.", since="13.2", at="releasedescription", may_be_null=False),
        key("ref", Anything(), "What a new tag points at.", since="13.2", at="releaseref"),
        key("released_at", Anything(), "When it was released.", since="13.2", at="releasereleased_at"),
        key("milestones", TEXT_OR_TEXTS, "The milestones that it belongs to.", since="13.2", at="releasemilestones"),
        key("assets", _ASSETS, "What comes with it.", since="13.12", at="releaseassetslinks"),
    ),
    required=("tag_name", "description"),
    checks=(_released,),
)

PAGES = Either(
    (
        ("flag", FLAG),
        (
            "mapping",
            Fields(
                (
                    key(
                        "path_prefix", TEXT, "The folder of a parallel deployment.", since="16.7", at="pagespath_prefix"
                    ),
                    key("expire_in", ENDING, "How long it is there.", since="17.4", at="pagesexpire_in"),
                    key("publish", TEXT, "The folder that is published.", since="17.9", at="pagespublish"),
                )
            ),
        ),
    ),
    "true, false or a mapping",
)
