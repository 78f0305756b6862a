"""How a job runs: image, services, tags, retry, timeout and hooks."""

import re
from collections.abc import Iterator

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.shapes import (
    DOCS,
    FLAG,
    NAMED,
    NUMBERS,
    SCRIPT,
    TEXT,
    TEXTS,
    Choice,
    Duration,
    Either,
    Fields,
    ListOf,
    Text,
    WholeNumber,
    key,
)
from cigen.pipeline.keywords.variables import PLAIN_VARIABLES
from cigen.pipeline.keywords.where import Where, is_text, text_of
from cigen.pipeline.node import Node, Sequence

WEEK = 604_800
MONTH = 2_629_746

TIMEOUT = Duration(most=MONTH, limit="one month")
START_IN = Duration(most=WEEK, limit="one week")

_MOST_TAGS = 50
_QUOTED_TAGS = (re.compile(r'(\A|,)\s*"(.*?)"\s*(?=,\s*|\Z)'), re.compile(r"(\A|,)\s*'(.*?)'\s*(?=,\s*|\Z)"))


_DOCKER = Fields(
    (
        key(
            "platform",
            Text(is_blank_allowed=False, longest=64),
            "The architecture to pull, such as linux/arm64.",
            since="16.7",
            at="imagedocker",
            may_be_null=False,
        ),
        key(
            "user",
            Text(is_blank_allowed=False, longest=255),
            "The user that runs the container.",
            since="16.8",
            at="imagedocker",
            may_be_null=False,
        ),
    )
)
_KUBERNETES = Fields(
    (
        key(
            "user",
            Either(
                (("text", Text(is_blank_allowed=False, longest=255)), ("number", WholeNumber())),
                "a user's name or number",
            ),
            "The user that runs the container.",
            since="18.0",
            at="imagekubernetes",
            may_be_null=False,
        ),
    )
)
_POLICY = Choice(("always", "if-not-present", "never"))
_PULL_POLICY = Either(
    (("text", _POLICY), ("list", ListOf(_POLICY, "a list of pull policies", may_be_empty=False))),
    "a pull policy or a list of them",
)
_IMAGE_KEYWORDS = (
    key("name", NAMED, "The image, with its tag or digest.", at="imagename", may_be_null=False),
    key("entrypoint", TEXTS, "The command that the container starts with.", at="imageentrypoint"),
    key("docker", _DOCKER, "Options for the Docker executor.", since="16.7", at="imagedocker"),
    key("kubernetes", _KUBERNETES, "Options for the Kubernetes executor.", since="18.0", at="imagekubernetes"),
    key("pull_policy", _PULL_POLICY, "When the runner pulls the image.", since="15.1", at="imagepull_policy"),
)
IMAGE = Either((("text", NAMED), ("mapping", Fields(_IMAGE_KEYWORDS, required=("name",)))), "text or a mapping")

_SERVICE = Either(
    (
        ("text", NAMED),
        (
            "mapping",
            Fields(
                (
                    *_IMAGE_KEYWORDS,
                    key(
                        "command",
                        SCRIPT,
                        "The command that the service starts with.",
                        at=f"{DOCS}../services/#available-settings-for-services",
                    ),
                    key(
                        "alias",
                        TEXT,
                        "The name that the job reaches it by.",
                        at=f"{DOCS}../services/#available-settings-for-services",
                    ),
                    key(
                        "variables",
                        PLAIN_VARIABLES,
                        "Variables for the service.",
                        since="14.5",
                        at=f"{DOCS}../services/#available-settings-for-services",
                    ),
                ),
                required=("name",),
            ),
        ),
    ),
    "text or a mapping",
)
SERVICES = ListOf(_SERVICE, "a list of services", levels=None, may_hold_nothing=True)


def _few_tags(node: Node, where: Where) -> Iterator[Fault]:
    """A runner has fewer than 50 tags, and commas part them, in the list or in a text."""
    if not isinstance(node, Sequence) or not all(is_text(item) for item in node.items):
        return
    count = len(_tags(", ".join(text_of(item) for item in node.items)))
    if count >= _MOST_TAGS:
        yield where.fault(FaultKind.OVER_LIMIT, node, f"must have fewer than {_MOST_TAGS} tags, and has {count}")


def _tags(text: str) -> set[str]:
    found: set[str] = set()
    for quoted in _QUOTED_TAGS:
        found |= {match[2].strip() for match in quoted.finditer(text)}
        text = quoted.sub("", text)
    return {tag for tag in found | {part.strip() for part in text.split(",")} if tag}


TAGS = ListOf(TEXT, "a list of texts", checks=(_few_tags,))

FAILURES = (
    "always",
    "unknown_failure",
    "script_failure",
    "api_failure",
    "stuck_or_timeout_failure",
    "runner_system_failure",
    "missing_dependency_failure",
    "runner_unsupported",
    "stale_schedule",
    "job_execution_timeout",
    "archived_failure",
    "unmet_prerequisites",
    "scheduler_failure",
    "data_integrity_failure",
    "forward_deployment_failure",
    "user_blocked",
    "project_deleted",
    "ci_quota_exceeded",
    "pipeline_loop_detected",
    "no_matching_runner",
    "trace_size_exceeded",
    "builds_disabled",
    "environment_creation_failure",
    "deployment_rejected",
    "failed_outdated_deployment_job",
    "job_execution_server_timeout",
    "stuck_pending_with_matching_runners",
    "stuck_pending_no_matching_runners",
    "no_updates_running",
    "no_updates_canceling",
    "server_timeout_running",
    "server_timeout_canceling",
    "runner_configuration_error",
    "runner_external_dependency_failure",
    "runner_interrupted",
    "protected_environment_failure",
    "insufficient_bridge_permissions",
    "downstream_bridge_project_not_found",
    "invalid_bridge_trigger",
    "upstream_bridge_project_not_found",
    "insufficient_upstream_permissions",
    "bridge_pipeline_is_child_pipeline",
    "downstream_pipeline_creation_failed",
    "secrets_provider_not_found",
    "reached_max_descendant_pipelines_depth",
    "ip_restriction_failure",
    "reached_max_pipeline_hierarchy_size",
    "reached_downstream_pipeline_trigger_rate_limit",
    "duo_workflow_not_allowed",
    "job_router_failure",
    "job_token_expired",
)
_RETRIES = WholeNumber(0, 2)
_FAILURE = Choice(FAILURES, "a reason that GitLab knows")
RETRY = Either(
    (
        ("number", _RETRIES),
        (
            "mapping",
            Fields(
                (
                    key("max", WholeNumber(0, 2, is_text_allowed=True), "How often it is tried again.", at="retry"),
                    key(
                        "when",
                        Either(
                            (("text", _FAILURE), ("list", ListOf(_FAILURE, "a list of reasons"))),
                            "a reason or a list of reasons",
                        ),
                        "After which failures.",
                        at="retrywhen",
                    ),
                    key(
                        "exit_codes",
                        NUMBERS,
                        "After which exit codes of the script.",
                        since="16.11",
                        at="retryexit_codes",
                    ),
                )
            ),
        ),
    ),
    "a whole number from 0 to 2, or a mapping",
)

ALLOW_FAILURE = Either(
    (
        ("flag", FLAG),
        (
            "mapping",
            Fields(
                (
                    key(
                        "exit_codes",
                        NUMBERS,
                        "The exit codes that may happen.",
                        since="13.8",
                        at="allow_failureexit_codes",
                    ),
                )
            ),
        ),
    ),
    "true, false or a mapping with 'exit_codes'",
)

HOOKS = Fields(
    (
        key(
            "pre_get_sources_script",
            SCRIPT,
            "Commands before the repository is fetched.",
            since="15.6",
            at="hookspre_get_sources_script",
        ),
    )
)
