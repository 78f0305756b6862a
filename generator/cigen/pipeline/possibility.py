"""Whether a job can be in any pipeline of a kind at all, whatever the branches and the variables are called.

A condition is judged with values that are only half known: of a branch pipeline's CI_COMMIT_BRANCH we know that it is
not empty, and of a variable that GitLab does not set we know nothing. So "never" is said only where it is certain.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

from cigen.pipeline import expressions, node
from cigen.pipeline.contexts import Circumstances, Context, Ref, contexts
from cigen.pipeline.expressions import Expression, Literal, Name, Operation
from cigen.pipeline.fault import Fault
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.node import Node
from cigen.pipeline.predefined import PREDEFINED, Moment, Where
from cigen.pipeline.rules import each_rule, read_condition

_EXACT = frozenset(
    {
        "CI",
        "CI_MERGE_REQUEST_EVENT_TYPE",
        "CI_PIPELINE_SOURCE",
        "CI_PIPELINE_TRIGGERED",
        "GITLAB_CI",
    }
)
"""Variables whose value follows from the kind of pipeline."""
_MAYBE = frozenset(
    {
        Where.CHAT,
        Where.ENVIRONMENT,
        Where.EXTERNAL_PULL_REQUEST,
        Where.MANUAL,
        Where.PARALLEL,
        Where.SETTING,
    }
)
"""Variables that depend on the job or the project, or on kinds of pipeline that nobody looks at here."""
_SOURCES = (
    "api",
    "chat",
    "external",
    "external_pull_request_event",
    "ondemand_dast_scan",
    "ondemand_dast_validation",
    "parent_pipeline",
    "pipeline",
    "push",
    "schedule",
    "security_orchestration_policy",
    "trigger",
    "web",
    "webide",
)
_BRANCH_NAMES = frozenset({"CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME"})


class Half(Enum):
    """A value that is not known."""

    SOME = "some text that is not empty"
    DEFAULT_BRANCH = "the default branch, whatever it is called"
    OTHER_BRANCH = "a branch that is not the default one"
    ANY = "any text, or null"


Known = expressions.Value | Half


def can_run(pipeline: Pipeline, job: Job) -> bool:
    """Is there any kind of pipeline that the job may be in?"""
    return any(may_be_in(pipeline, job, context) for context in every_kind())


def may_be_in(pipeline: Pipeline, job: Job, context: Context) -> bool:
    """May the job be in a pipeline of this kind, if the names and the variables fit?"""
    workflow = pipeline.workflow.get("rules") if pipeline.workflow else None
    if workflow is not None and not _may_match(workflow, context, "always"):
        return False
    if (written := job.get("rules")) is not None:
        return _may_match(written, context, _when(job))
    return True  # `only` and `except` name branches, and any branch may have that name


def _when(job: Job) -> str:
    written = job.get("when")
    return str(node.plain(written)) if written else "on_success"


def asked_variables(written: Node | None, looked_at: Iterable[Context]) -> tuple[str, ...]:
    """The variables that the conditions of some rules ask for, that have no value here and might have one."""
    seen = tuple(looked_at)
    names: dict[str, None] = {}
    for rule in each_rule(written) if written else ():
        read = read_condition(condition) if (condition := rule.get("if")) else None
        if isinstance(read, Expression):
            names |= dict.fromkeys(read.names)
    return tuple(
        name
        for name in names
        if not any(name in context.predefined or name in context.variables for context in seen)
        and any(known_value(name, context) is Half.ANY for context in seen)
    )


@cache
def every_kind() -> tuple[Context, ...]:
    """More kinds than anybody looks at: each way to start a pipeline, for each kind of ref."""
    known = contexts(Circumstances())
    by_ref = [known[name] for name in ("push", "new-branch", "branch-with-mr", "tag")]
    found = [replace(of, source=source, predefined=_started(of, source)) for of in by_ref for source in _SOURCES]
    return (*found, *(context for context in known.values()))


def _started(context: Context, source: str) -> dict[str, str]:
    own = {"CI_PIPELINE_SOURCE": source}
    if source == "schedule":
        own["CI_PIPELINE_SCHEDULE_DESCRIPTION"] = "nightly"
    if source == "trigger":
        own["CI_PIPELINE_TRIGGERED"] = "true"
    return {**context.predefined, **own}


def _may_match(rules: Node, context: Context, default_when: str) -> bool:
    """May a rule other than `never` be the first that matches?"""
    for rule in each_rule(rules):
        possible = _condition(rule, context)
        when = node.plain(rule.get("when") or _nothing(rule)) or default_when
        if possible.may_hold and when != "never":
            return True
        if not possible.may_fail:
            return False
    return False


def _nothing(rule: node.Mapping) -> Node:
    return node.Scalar(None, rule.place)


@dataclass(frozen=True, slots=True)
class Possible:
    """What a condition may come to."""

    may_hold: bool
    may_fail: bool


def _condition(rule: node.Mapping, context: Context) -> Possible:
    has_files = "exists" in rule or ("changes" in rule and (context.has_diff or _compares(rule.get("changes"))))
    condition = rule.get("if")
    if condition is None or node.plain(condition) is None:
        return Possible(may_hold=True, may_fail=has_files)
    read = read_condition(condition)
    if isinstance(read, Fault):
        return Possible(may_hold=True, may_fail=True)
    judged = judge(read, context)
    return Possible(judged.may_hold, judged.may_fail or has_files)


def _compares(changes: Node | None) -> bool:
    return isinstance(changes, node.Mapping) and "compare_to" in changes


def judge(expression: Expression, context: Context) -> Possible:
    """What the condition may come to in this kind of pipeline."""
    value = _value(expression.root, context)
    if isinstance(value, Half):
        return Possible(may_hold=True, may_fail=value is Half.ANY)
    holds = expressions.is_truthy(value)
    return Possible(holds, not holds)


def known_value(name: str, context: Context) -> Known:
    """What is known of a variable in this kind of pipeline."""
    if name in context.variables:
        return context.variables[name]
    if name in context.unset:
        return None
    predefined = PREDEFINED.get(name)
    if predefined is None or predefined.where in _MAYBE or name == "TRIGGER_PAYLOAD":
        return Half.ANY
    if predefined.moment is Moment.JOB:
        return None
    value = context.predefined.get(name)
    if value is None:
        return Half.ANY if predefined.where is Where.ALWAYS or predefined.where in context.wheres else None
    if name in _EXACT:
        return value
    if name in _BRANCH_NAMES and context.ref is Ref.BRANCH:
        is_default = context.ref_name == context.predefined.get("CI_DEFAULT_BRANCH")
        return Half.DEFAULT_BRANCH if is_default else Half.OTHER_BRANCH
    if name == "CI_DEFAULT_BRANCH":
        return Half.DEFAULT_BRANCH
    return Half.SOME if value else Half.ANY


def _value(part: expressions.Node, context: Context) -> Known:
    match part:
        case Literal():
            return part.value
        case Name():
            return Half.ANY if part.is_input else known_value(part.name, context)
        case Operation(left=None):
            return _negated(_value(part.right, context))
        case Operation(left=left):
            return _combined(part.operator, _value(left or part.right, context), _value(part.right, context))


def _negated(value: Known) -> Known:
    if isinstance(value, Half):
        return Half.ANY if value is Half.ANY else False
    return not expressions.is_truthy(value)


def _combined(operator: str, left: Known, right: Known) -> Known:
    match operator:
        case "&&":
            return _both(left, right)
        case "||":
            return left if _counts(left) else right
        case _ if isinstance(left, Half) or isinstance(right, Half):
            return _half_compared(operator, left, right)
        case _:
            try:
                return expressions.combine(operator, left, right)
            except expressions.ExpressionError:
                return False


def _both(left: Known, right: Known) -> Known:
    if left is Half.ANY:
        is_false = not isinstance(right, Half) and not expressions.is_truthy(right)
        return False if is_false else Half.ANY
    return right if _counts(left) else left


def _counts(value: Known) -> bool:
    """In `&&` and `||` only null and false do not count; what may be one of them is left as it is."""
    return value is not None and value is not False


def _half_compared(operator: str, left: Known, right: Known) -> Known:
    """Text that is not empty is neither null nor empty, and no other branch is the default one."""
    if operator not in {"==", "!="} or Half.ANY in {left, right}:
        return Half.ANY
    if left is right is Half.DEFAULT_BRANCH:
        return operator == "=="
    is_certain = {left, right} == {Half.DEFAULT_BRANCH, Half.OTHER_BRANCH} or not {left, right}.isdisjoint({None, ""})
    return operator == "!=" if is_certain else Half.ANY
