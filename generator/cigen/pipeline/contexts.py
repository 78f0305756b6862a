"""The kinds of pipeline that GitLab makes, each with the variables that it sets, for trying rules out.

The values are those of an imaginary project; what rules usually ask for is right for the kind: source, branch, tag,
default branch, merge request. Whatever else matters is given as a variable.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cigen.pipeline.predefined import Where

_SHA = "1ecfd275763eff1d6b4844ea3168962458c9f27a"
_BEFORE_SHA = "9c2e4a0d3b5f71c86a1d0e9f84b7c6352d1e0f98"
_NO_SHA = "0" * 40

_OF_USER: Mapping[str, str] = {
    "GITLAB_USER_EMAIL": "person@example.com",
    "GITLAB_USER_ID": "1",
    "GITLAB_USER_LOGIN": "person",
    "GITLAB_USER_NAME": "A Person",
}


class Ref(StrEnum):
    """What a pipeline runs for."""

    BRANCH = "branch"
    TAG = "tag"
    MERGE_REQUEST = "merge request"


@dataclass(frozen=True, slots=True)
class Context:
    """One pipeline that might be made."""

    name: str
    """A word for the command line and for table heads."""
    title: str
    """The same for a sentence."""
    source: str
    """The value of CI_PIPELINE_SOURCE."""
    ref: Ref
    ref_name: str
    """The branch or the tag; of a merge request, its source branch."""
    predefined: Mapping[str, str] = field(default_factory=dict)
    wheres: frozenset[Where] = frozenset()
    """In which of the kinds of pipeline that set variables of their own this one is."""
    has_diff: bool = False
    """Does GitLab know what changed? Where it does not, `changes` always matches."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Given by whoever starts it; as in GitLab, they win over everything in YAML."""
    changed: tuple[str, ...] | None = None
    """The changed files, or None for "whatever `changes` asks for"."""
    files: tuple[str, ...] | None = None
    """The files of the repo, or None for "whatever `exists` asks for"."""
    project: str = "group/project"
    unset: frozenset[str] = frozenset()
    """Variables of which it is known that nobody gives them; any other might be given."""

    @property
    def of_user(self) -> Mapping[str, str]:
        """Who started it; GitLab lets these win over YAML, unlike its other variables."""
        return _OF_USER

    def with_variables(self, variables: Mapping[str, str]) -> "Context":
        """The same pipeline, started with these variables as well."""
        return replace(self, variables={**self.variables, **variables})

    def without_variables(self, *names: str) -> "Context":
        """The same pipeline, started without these variables."""
        given = {name: value for name, value in self.variables.items() if name not in names}
        return replace(self, variables=given, unset=self.unset.union(names))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all contexts of one look have in common."""

    default_branch: str = "main"
    branch: str = "feature"
    """The branch that is not the default one."""
    tag: str = "v1.0.0"
    variables: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] | None = None
    files: tuple[str, ...] | None = None
    project: str = "group/project"


def contexts(circumstances: Circumstances | None = None) -> dict[str, Context]:
    """Every kind by its name, in the order in which people meet them."""
    common = circumstances or Circumstances()
    main, branch = common.default_branch, common.branch
    kinds = (
        _branch(common, "push", "a push to the default branch", "push", main, has_diff=True),
        _branch(common, "branch", "a push to another branch", "push", branch, has_diff=True),
        _branch(common, "new-branch", "the first push to another branch", "push", branch),
        _with_open_merge_request(common),
        _merge_request(common, "mr", "a merge request", "detached"),
        _merge_request(common, "merged-results", "the merged results of a merge request", "merged_result"),
        _merge_request(common, "merge-train", "a merge train", "merge_train"),
        _tag(common),
        _branch(common, "schedule", "a schedule on the default branch", "schedule", main, Where.SCHEDULE),
        _branch(common, "web", "a start by hand on the default branch", "web", main),
        _branch(common, "api", "a start by the API on the default branch", "api", main),
        _branch(
            common, "trigger", "a start with a trigger token on the default branch", "trigger", main, Where.TRIGGER
        ),
        _branch(common, "pipeline", "a start by a job of another project", "pipeline", main, Where.DOWNSTREAM),
        _branch(common, "parent", "a start by a parent pipeline", "parent_pipeline", main, Where.DOWNSTREAM),
    )
    return {context.name: context for context in kinds}


USUAL = ("push", "branch", "mr", "tag", "schedule", "web", "api", "trigger")
"""The contexts that a look at all of them shows."""


def slug(text: str) -> str:
    """As GitLab shortens a name for addresses."""
    return re.sub(r"[^a-z0-9]", "-", text.lower())[:63].strip("-")


def _branch(
    common: Circumstances, name: str, title: str, source: str, branch: str, *wheres: Where, has_diff: bool = False
) -> Context:
    own = {"CI_COMMIT_BRANCH": branch, "CI_COMMIT_BEFORE_SHA": _BEFORE_SHA if has_diff else _NO_SHA}
    for where in wheres:
        own |= _OF_WHERE[where]
    return _context(common, name, title, source, Ref.BRANCH, branch, own, {Where.BRANCH, *wheres}, has_diff=has_diff)


_OF_WHERE: Mapping[Where, Mapping[str, str]] = {
    Where.SCHEDULE: {"CI_PIPELINE_SCHEDULE_DESCRIPTION": "nightly"},
    Where.TRIGGER: {"CI_PIPELINE_TRIGGERED": "true"},
    Where.DOWNSTREAM: {"CI_UPSTREAM_JOB_ID": "3", "CI_UPSTREAM_PIPELINE_ID": "2", "CI_UPSTREAM_PROJECT_ID": "1"},
}


def _with_open_merge_request(common: Circumstances) -> Context:
    title = "a push to a branch that has an open merge request"
    context = _branch(common, "branch-with-mr", title, "push", common.branch, has_diff=True)
    return replace(context, predefined={**context.predefined, "CI_OPEN_MERGE_REQUESTS": f"{common.project}!1"})


def _tag(common: Circumstances) -> Context:
    own = {"CI_COMMIT_TAG": common.tag, "CI_COMMIT_TAG_MESSAGE": "", "CI_COMMIT_BEFORE_SHA": _NO_SHA}
    return _context(common, "tag", "a push of a tag", "push", Ref.TAG, common.tag, own, {Where.TAG})


def _merge_request(common: Circumstances, name: str, title: str, event: str) -> Context:
    sha = "" if event == "detached" else _SHA
    project = {f"CI_MERGE_REQUEST{side}_PROJECT_ID": "1" for side in ("", "_SOURCE")}
    project |= {f"CI_MERGE_REQUEST{side}_PROJECT_PATH": common.project for side in ("", "_SOURCE")}
    project |= {f"CI_MERGE_REQUEST{side}_PROJECT_URL": _url(common) for side in ("", "_SOURCE")}
    own = {
        "CI_COMMIT_BEFORE_SHA": _NO_SHA,
        "CI_MERGE_REQUEST_APPROVED": "true",
        "CI_MERGE_REQUEST_DESCRIPTION": "",
        "CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "false",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": _BEFORE_SHA,
        "CI_MERGE_REQUEST_DIFF_ID": "1",
        "CI_MERGE_REQUEST_DRAFT": "false",
        "CI_MERGE_REQUEST_EVENT_TYPE": event,
        "CI_MERGE_REQUEST_ID": "1",
        "CI_MERGE_REQUEST_IID": "1",
        "CI_MERGE_REQUEST_REF_PATH": f"refs/merge-requests/1/{'head' if event == 'detached' else 'merge'}",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": common.branch,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED": "false",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": sha,
        "CI_MERGE_REQUEST_SQUASH_ON_MERGE": "false",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": common.default_branch,
        "CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED": "true",
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": sha,
        "CI_MERGE_REQUEST_TITLE": "A change",
        "CI_OPEN_MERGE_REQUESTS": f"{common.project}!1",
        **project,
    }
    wheres = {Where.MERGE_REQUEST} | ({Where.MERGED_RESULTS} if sha else set())
    source = "merge_request_event"
    return _context(common, name, title, source, Ref.MERGE_REQUEST, common.branch, own, wheres, has_diff=True)


def _context(
    common: Circumstances,
    name: str,
    title: str,
    source: str,
    ref: Ref,
    ref_name: str,
    own: Mapping[str, str],
    wheres: set[Where],
    *,
    has_diff: bool = False,
) -> Context:
    is_protected = ref is Ref.TAG or ref_name == common.default_branch
    predefined = {
        **_of_project(common),
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_REF_NAME": ref_name,
        "CI_COMMIT_REF_SLUG": slug(ref_name),
        "CI_COMMIT_REF_PROTECTED": str(is_protected).lower(),
        **own,
    }
    return Context(
        name,
        title,
        source,
        ref,
        ref_name,
        predefined,
        frozenset(wheres),
        has_diff,
        dict(common.variables),
        common.changed,
        common.files,
        common.project,
    )


def _url(common: Circumstances) -> str:
    return f"https://gitlab.example.com/{common.project}"


def _of_project(common: Circumstances) -> dict[str, str]:
    namespace, _, name = common.project.rpartition("/")
    return {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
        "CI_API_GRAPHQL_URL": "https://gitlab.example.com/api/graphql",
        "CI_COMMIT_AUTHOR": "A Person <person@example.com>",
        "CI_COMMIT_DESCRIPTION": "",
        "CI_COMMIT_MESSAGE": "Change something",
        "CI_COMMIT_MESSAGE_IS_TRUNCATED": "false",
        "CI_COMMIT_SHA": _SHA,
        "CI_COMMIT_SHORT_SHA": _SHA[:8],
        "CI_COMMIT_TIMESTAMP": "2026-01-31T16:47:55Z",
        "CI_COMMIT_TITLE": "Change something",
        "CI_COMMIT_USER_LOGIN": "person",
        "CI_CONFIG_PATH": ".gitlab-ci.yml",
        "CI_DEFAULT_BRANCH": common.default_branch,
        "CI_DEFAULT_BRANCH_SLUG": slug(common.default_branch),
        "CI_PIPELINE_IID": "1",
        "CI_PROJECT_CLASSIFICATION_LABEL": "",
        "CI_PROJECT_DESCRIPTION": "",
        "CI_PROJECT_ID": "1",
        "CI_PROJECT_NAME": name,
        "CI_PROJECT_NAMESPACE": namespace,
        "CI_PROJECT_NAMESPACE_ID": "1",
        "CI_PROJECT_NAMESPACE_SLUG": slug(namespace),
        "CI_PROJECT_PATH": common.project,
        "CI_PROJECT_PATH_SLUG": slug(common.project),
        "CI_PROJECT_REPOSITORY_LANGUAGES": "",
        "CI_PROJECT_ROOT_NAMESPACE": namespace.split("/")[0],
        "CI_PROJECT_TITLE": name,
        "CI_PROJECT_TOPICS": "",
        "CI_PROJECT_URL": _url(common),
        "CI_PROJECT_VISIBILITY": "private",
        "CI_REGISTRY": "registry.gitlab.example.com",
        "CI_REGISTRY_IMAGE": f"registry.gitlab.example.com/{common.project}",
        "CI_SERVER_FQDN": "gitlab.example.com",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_SERVER_NAME": "GitLab",
        "CI_SERVER_PORT": "443",
        "CI_SERVER_PROTOCOL": "https",
        "CI_SERVER_SHELL_SSH_HOST": "gitlab.example.com",
        "CI_SERVER_SHELL_SSH_PORT": "22",
        "CI_SERVER_URL": "https://gitlab.example.com",
        "CI_TEMPLATE_REGISTRY_HOST": "registry.gitlab.com",
        **_OF_USER,
    }
