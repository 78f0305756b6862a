"""When a job runs: `rules`, `only` and `except`, `workflow`."""

from collections.abc import Iterator

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.execution import START_IN
from cigen.pipeline.keywords.order import RULE_NEEDS
from cigen.pipeline.keywords.scalars import duration_faults
from cigen.pipeline.keywords.shapes import (
    FLAG,
    TEXT,
    TEXTS,
    Anything,
    Choice,
    Condition,
    Either,
    Fields,
    Flag,
    Keyword,
    ListOf,
    Ref,
    Text,
    key,
)
from cigen.pipeline.keywords.variables import PLAIN_VARIABLES
from cigen.pipeline.keywords.where import Where, is_blank, is_null, text_of
from cigen.pipeline.node import Mapping, Node

JOB_WHEN = ("on_success", "on_failure", "always", "manual", "delayed")
TRIGGER_WHEN = JOB_WHEN[:-1]

_PATHS = ListOf(TEXT, "a list of texts", most=50)

_CHANGES = Either(
    (
        ("list", _PATHS),
        (
            "mapping",
            Fields(
                (
                    key("paths", _PATHS, "The files.", since="15.2", at="ruleschangespaths", may_be_null=False),
                    key("compare_to", TEXT, "The branch to compare with.", since="15.3", at="ruleschangescompare_to"),
                ),
                required=("paths",),
            ),
        ),
    ),
    "a list of paths, or a mapping with 'paths'",
)


def _ref_has_project(node: Node, where: Where) -> Iterator[Fault]:
    if isinstance(node, Mapping) and not is_null(node.get("ref")) and "project" not in node:
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS, node.entries["ref"].key, "has a 'ref', but no 'project' that it belongs to"
        )


def _exists(paths: ListOf) -> Either:
    return Either(
        (
            ("text", TEXT),
            ("flag", Flag("a path", only=False)),
            ("list", paths),
            (
                "mapping",
                Fields(
                    (
                        key("paths", _PATHS, "The files.", since="16.11", at="rulesexistspaths"),
                        key("project", TEXT, "The project to look in.", since="16.11", at="rulesexistsproject"),
                        key(
                            "ref", TEXT, "The branch, tag or commit to look at.", since="16.11", at="rulesexistsproject"
                        ),
                    ),
                    required=("paths",),
                    is_nothing_when_empty=True,
                    checks=(_ref_has_project,),
                ),
            ),
        ),
        "a path, a list of paths, or a mapping with 'paths'",
    )


def _delay(node: Node, where: Where) -> Iterator[Fault]:
    """`start_in` goes with `when: delayed` and with nothing else."""
    if not isinstance(node, Mapping):
        return
    if text_of(node.get("when")) == "delayed":
        if is_blank(node.get("start_in")):
            yield where.fault(
                FaultKind.CONFLICTING_KEYWORDS,
                node.entries["when"].value,
                "is delayed, but has no 'start_in'",
                "add: start_in: 30 minutes",
            )
    elif "start_in" in node:
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS,
            node.entries["start_in"].key,
            "has 'start_in', which only goes with 'when: delayed'",
        )


AUTO_CANCEL = Fields(
    (
        key(
            "on_new_commit",
            Choice(("conservative", "interruptible", "none")),
            "What a new commit cancels.",
            since="16.8",
            at="workflowauto_cancelon_new_commit",
        ),
        key(
            "on_job_failure",
            Choice(("none", "all")),
            "What a failed job cancels.",
            since="16.10",
            at="workflowauto_cancelon_job_failure",
        ),
    )
)


def _rule(whens: tuple[str, ...], *more: Keyword) -> Fields:
    return Fields(
        (
            key("if", Condition(), "The condition.", since="12.3", at="rulesif"),
            key("changes", _CHANGES, "Files that must have changed.", since="12.3", at="ruleschanges"),
            key("exists", _exists(_PATHS), "Files that must exist.", since="12.4", at="rulesexists"),
            key("when", Choice(whens), "When the job runs if this rule is the one.", since="12.3", at="when"),
            key("start_in", Anything(), "How long a delayed job waits.", since="12.3", at="when"),
            key("allow_failure", FLAG, "Whether the job may fail.", since="12.8", at="rulesallow_failure"),
            key("variables", PLAIN_VARIABLES, "Variables for the job.", since="13.7", at="rulesvariables"),
            key("needs", RULE_NEEDS, "What the job needs instead.", since="16.0", at="rulesneeds"),
            *more,
        ),
        may_be_empty=False,
        checks=(_delay, _delay_lasts),
    )


def _delay_lasts(node: Node, where: Where) -> Iterator[Fault]:
    """How long the delay is, where there is one to judge."""
    if isinstance(node, Mapping) and text_of(node.get("when")) == "delayed" and not is_blank(node.get("start_in")):
        yield from duration_faults(START_IN, node.entries["start_in"].value, where.under("start_in"))


RULES = ListOf(
    _rule(
        ("on_success", "on_failure", "always", "never", "manual", "delayed"),
        key(
            "interruptible",
            FLAG,
            "Whether a newer pipeline may cancel the job.",
            since="16.10",
            at="rulesinterruptible",
        ),
    ),
    "a list of rules",
    may_be_empty=False,
    levels=10,
)

WORKFLOW = Fields(
    (
        key(
            "rules",
            ListOf(
                _rule(
                    ("always", "never"),
                    key(
                        "auto_cancel",
                        AUTO_CANCEL,
                        "What cancels this pipeline.",
                        since="16.8",
                        at="workflowrulesauto_cancel",
                    ),
                ),
                "a list of rules",
                may_be_empty=False,
                levels=None,
                may_hold_nothing=True,
            ),
            "For what a pipeline is made.",
            since="12.5",
            at="workflowrules",
        ),
        key(
            "name",
            Either(
                (
                    ("text", Text(longest=255)),
                    ("number", Anything()),
                    ("flag", Anything()),
                    ("list", Anything()),
                    ("mapping", Anything()),
                ),
                "text",
            ),
            "The pipeline's name.",
            since="15.5",
            at="workflowname",
        ),
        key("auto_cancel", AUTO_CANCEL, "What cancels the pipeline.", since="16.8", at="workflowauto_cancel"),
    )
)

INCLUDE_RULES = ListOf(
    Fields(
        (
            key("if", Condition(), "The condition.", since="14.2", at="includerules"),
            key("changes", _CHANGES, "Files that must have changed.", since="16.4", at="includeruleschanges"),
            key("exists", _exists(TEXTS), "Files that must exist.", since="14.3", at="includerulesexists"),
            key("when", Choice(("always", "never")), "Whether the file is included.", since="16.1", at="includerules"),
        ),
        may_be_empty=False,
    ),
    "a list of rules",
    may_be_empty=False,
)

_REFS = ListOf(Ref(), "a list of texts and regular expressions")
POLICY = Either(
    (
        ("list", _REFS),
        (
            "mapping",
            Fields(
                (
                    key("refs", _REFS, "Branches, tags and kinds of pipeline.", at="onlyrefs--exceptrefs"),
                    key(
                        "kubernetes",
                        Choice(("active",)),
                        "Whether a cluster is active.",
                        at="onlykubernetes--exceptkubernetes",
                    ),
                    key(
                        "variables",
                        ListOf(Condition(), "a list of conditions"),
                        "Conditions, of which one must hold.",
                        at="onlyvariables--exceptvariables",
                    ),
                    key("changes", TEXTS, "Files that must have changed.", at="onlychanges--exceptchanges"),
                ),
                may_be_empty=False,
            ),
        ),
    ),
    "a list of refs, or a mapping",
)
