"""The keywords of a job, of a job that starts another pipeline, of `default`, and of the whole pipeline."""

from cigen.pipeline.keywords.artifacts import ARTIFACTS, CACHES
from cigen.pipeline.keywords.conditions import JOB_WHEN, POLICY, RULES, TRIGGER_WHEN, WORKFLOW
from cigen.pipeline.keywords.deployment import ENVIRONMENT, PAGES, RELEASE
from cigen.pipeline.keywords.execution import (
    ALLOW_FAILURE,
    HOOKS,
    IMAGE,
    RETRY,
    SERVICES,
    TAGS,
    TIMEOUT,
)
from cigen.pipeline.keywords.job_checks import (
    delay,
    fetched_jobs_are_needed,
    mirrors_one,
    published_by_pages,
    rules_or_only,
    script_says_something,
)
from cigen.pipeline.keywords.order import (
    DEPENDENCIES,
    MATRIX_ONLY,
    NEEDS,
    PARALLEL,
    STAGES,
    TRIGGER_NEEDS,
)
from cigen.pipeline.keywords.secrets import ID_TOKENS, IDENTITY, SECRETS
from cigen.pipeline.keywords.shapes import (
    DOCS,
    FLAG,
    NAMED,
    SCRIPT,
    TEXT,
    TEXT_OR_TEXTS,
    TEXTS,
    Anything,
    Choice,
    Either,
    Fields,
    Keyword,
    ListOf,
    MappingOf,
    Pattern,
    Value,
    key,
)
from cigen.pipeline.keywords.steps import RUN
from cigen.pipeline.keywords.trigger import TRIGGER
from cigen.pipeline.keywords.variables import JOB_VARIABLES, VARIABLES

_CACHE = key("cache", CACHES, "Files that jobs and pipelines share.")
_IMAGE = key("image", IMAGE, "The container image that the job runs in.")
_SERVICES = key("services", SERVICES, "Containers that run beside the job.")
_BEFORE_SCRIPT = key("before_script", SCRIPT, "Commands before the script.")
_AFTER_SCRIPT = key("after_script", SCRIPT, "Commands after the script, whatever its outcome.")
_INTERRUPTIBLE = key("interruptible", FLAG, "Whether a newer pipeline may cancel the job.", since="12.3")
_IDENTITY = key("identity", IDENTITY, "The workload identity of the job.", since="16.9")

SHARED = (_BEFORE_SCRIPT, _AFTER_SCRIPT, _CACHE, _IMAGE, _SERVICES)
"""The keywords of `default` that may stand at the top as well, in its place."""

_DEFAULTS: tuple[Keyword, ...] = (
    *SHARED,
    key("artifacts", ARTIFACTS, "What is kept of the job."),
    key("hooks", HOOKS, "Commands at certain moments of the job.", since="15.6"),
    key("id_tokens", ID_TOKENS, "Tokens that prove who the job is.", since="15.7"),
    _INTERRUPTIBLE,
    key("retry", RETRY, "How often a failed job is tried again."),
    key("tags", TAGS, "Which runners may take the job."),
    key("timeout", TIMEOUT, "How long the job may run."),
    _IDENTITY,
)
_INHERIT = Fields(
    (
        key(
            "default",
            Either(
                (
                    ("flag", FLAG),
                    ("list", ListOf(Choice(tuple(keyword.name for keyword in _DEFAULTS)), "a list of keywords")),
                ),
                "true, false or a list of keywords",
            ),
            "Which defaults the job takes over.",
            since="12.9",
            at="inheritdefault",
        ),
        key(
            "variables",
            Either((("flag", FLAG), ("list", TEXTS)), "true, false or a list of names"),
            "Which variables of the top the job takes over.",
            since="12.9",
            at="inheritvariables",
        ),
    )
)

_COMMON: tuple[Keyword, ...] = (
    key("extends", TEXT_OR_TEXTS, "The jobs that this one builds on."),
    key("stage", TEXT, "The stage that the job is in."),
    key("only", POLICY, "For which pipelines the job is made; `rules` has replaced it.", at="only--except"),
    key("except", POLICY, "For which pipelines the job is not made; `rules` has replaced it.", at="only--except"),
    key("rules", RULES, "When the job is made, and how.", since="12.3"),
    key("variables", JOB_VARIABLES, "Variables of the job.", at="variables"),
    key("inherit", _INHERIT, "What the job takes over from the top.", since="12.9"),
    key("resource_group", TEXT, "Jobs that must not run at the same time.", since="12.7"),
    key("environment", ENVIRONMENT, "Where the job deploys."),
    _INTERRUPTIBLE,
)


_INPUT_DOCS = f"{DOCS}../jobs/job_inputs/"
_JOB_INPUT = Fields(
    tuple(
        key(name, Anything(), doc, since="18.10", at=_INPUT_DOCS, may_be_null=name != "default")
        for name, doc in (
            ("type", "The input's type."),
            ("default", "Its value where none is given."),
            ("description", "What it is for."),
            ("options", "The values to choose from."),
            ("regex", "What its text must match."),
            ("rules", "When which options hold."),
        )
    ),
    required=("default",),
)

JOB = Fields(
    (
        *_COMMON,
        *(keyword for keyword in _DEFAULTS if keyword is not _INTERRUPTIBLE),
        key("script", SCRIPT, "The commands of the job."),
        key("run", RUN, "The steps of the job, in place of a script.", since="17.3"),
        key("when", Choice(JOB_WHEN), "After which outcome of the jobs before."),
        key("start_in", Anything(), "How long a delayed job waits.", at="when"),
        key("allow_failure", ALLOW_FAILURE, "Whether the pipeline goes on when the job fails."),
        key("needs", NEEDS, "The jobs that this one waits for.", since="12.2"),
        key("dependencies", DEPENDENCIES, "The jobs whose artifacts are fetched."),
        key("parallel", PARALLEL, "How many copies of the job run."),
        key("coverage", Pattern(), "Where the log tells the coverage."),
        key("release", RELEASE, "The release that the job makes.", since="13.2"),
        key("publish", TEXT, "The folder that Pages publishes.", since="16.1", at="pagespublish"),
        key("pages", PAGES, "Whether the job publishes to Pages.", since="16.7"),
        key("manual_confirmation", TEXT, "What is asked before a manual job starts.", since="17.1"),
        key(
            "inputs",
            MappingOf(_JOB_INPUT, Value(frozenset({"text", "number", "flag", "nothing"}), "text"), null_is=_JOB_INPUT),
            "Values that can be changed when the job is started.",
            since="18.10",
            at=_INPUT_DOCS,
        ),
        key("secrets", SECRETS, "Secrets from outside.", since="13.4"),
        key(
            "dast_configuration",
            Fields(
                (
                    key("site_profile", TEXT, "The site to test.", since="14.1", at="dast_configuration"),
                    key("scanner_profile", TEXT, "How to test it.", since="14.1", at="dast_configuration"),
                )
            ),
            "What DAST tests.",
            since="14.1",
        ),
    ),
    exclusive=(
        ("script", "run"),
        ("before_script", "run"),
        ("after_script", "run"),
        ("script", "trigger"),
        ("run", "trigger"),
    ),
    checks=(script_says_something, rules_or_only, delay, fetched_jobs_are_needed, published_by_pages),
)


TRIGGER_JOB = Fields(
    (
        *_COMMON,
        key("trigger", TRIGGER, "The pipeline that the job starts."),
        key("needs", TRIGGER_NEEDS, "The jobs that this one waits for.", since="12.2"),
        key("status", NAMED, "The project whose last pipeline is mirrored.", since="18.9", at="needspipeline"),
        key("when", Choice(TRIGGER_WHEN), "After which outcome of the jobs before."),
        key("allow_failure", FLAG, "Whether the pipeline goes on when the job fails."),
        key("parallel", MATRIX_ONLY, "How many copies of the job run.", since="12.0"),
    ),
    elsewhere=frozenset(JOB.by_name) - {"trigger"},
    elsewhere_hint="only jobs with a script have that; a job with 'trigger' runs nothing itself",
    checks=(rules_or_only, mirrors_one),
)

DEFAULT = Fields(
    _DEFAULTS,
    elsewhere=frozenset(JOB.by_name) | {"trigger"},
    elsewhere_hint="there is no default for it: write it in each job, or in a template that they extend",
)

PIPELINE = Fields(
    (
        key("default", DEFAULT, "Keywords that all jobs take over.", since="12.3"),
        *SHARED,
        key("variables", VARIABLES, "Variables of all jobs.", at="default-variables"),
        key("stages", STAGES, "The stages, in their order."),
        key("workflow", WORKFLOW, "For what pipelines are made.", since="12.5"),
    )
)
"""The keywords at the top that are no jobs; `include` is gone when the files are put together."""
