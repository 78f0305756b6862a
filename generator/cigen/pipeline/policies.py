"""Whether `only` and `except`, the older way to choose pipelines, let a job in."""

from collections.abc import Iterator, Mapping

from cigen.pipeline import node
from cigen.pipeline.contexts import Context, Ref
from cigen.pipeline.expand import expand
from cigen.pipeline.expressions import ExpressionError, parse
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.globs import matches_any
from cigen.pipeline.node import Node, Scalar, Sequence
from cigen.pipeline.patterns import PatternError, read_pattern
from cigen.pipeline.rules import MAX_COMPARISONS, Decision, read_condition, texts_of

DEFAULT_ONLY = ("branches", "tags")
"""Where a job says nothing, and its pipeline has no `workflow:rules`, it runs for these and not for merge requests."""


def decide(
    only: Node | None, excluded: Node | None, context: Context, variables: Mapping[str, str], *, has_default: bool
) -> Decision:
    """Is a job without `rules` in the pipeline? `has_default` where `only` is filled in by GitLab."""
    if faults := tuple(_faults(only)) + tuple(_faults(excluded)):
        return Decision("never", "GitLab cannot read it", faults[0].place, faults=faults)
    asks_for_files = False
    for kind, clause, is_met in _clauses(only, context, variables, has_default=has_default):
        if not is_met:
            return Decision("never", f"only:{kind} does not match", clause.place if clause else None)
        asks_for_files |= kind == "changes" and context.has_diff and context.changed is None
    for kind, clause, is_met in _clauses(excluded, context, variables, has_default=False):
        if is_met:
            return Decision("never", f"except:{kind} matches", clause.place if clause else None)
    told = "no rules" if only is None and excluded is None else "only and except"
    return Decision("on_success", told, only.place if only else None, asks_for_files=asks_for_files)


def _faults(policy: Node | None) -> Iterator[Fault]:
    """Conditions and patterns that GitLab refuses."""
    refs = policy.get("refs") if isinstance(policy, node.Mapping) else policy
    for item in _items(refs):
        name = str(item.value)
        try:
            if len(name) > 1 and name.startswith("/") and name.endswith("/"):
                read_pattern(name)
        except PatternError as error:
            message = f"GitLab cannot read the pattern {name}: {error.message}"
            yield Fault(FaultKind.REGEX_NOT_RE2, item.place, message, error.hint)
    conditions = policy.get("variables") if isinstance(policy, node.Mapping) else None
    for item in _items(conditions):
        read = read_condition(item)
        if isinstance(read, Fault):
            yield read


def _items(written: Node | None) -> Iterator[Scalar]:
    match written:
        case Sequence():
            for item in written.items:
                yield from _items(item)
        case Scalar() if written.value is not None:
            yield written


def _clauses(
    policy: Node | None, context: Context, variables: Mapping[str, str], *, has_default: bool
) -> list[tuple[str, Node | None, bool]]:
    """Each clause of a policy with the answer; all of `only` have to be met, and none of `except`."""
    found: list[tuple[str, Node | None, bool]] = []
    refs = policy.get("refs") if isinstance(policy, node.Mapping) else policy
    names = texts_of(refs) if refs is not None else list(DEFAULT_ONLY) if has_default else None
    if names is not None:
        found.append(("refs", refs, any(_ref_matches(name, context) for name in names)))
    if isinstance(policy, node.Mapping):
        if "kubernetes" in policy:
            found.append(("kubernetes", policy.get("kubernetes"), "CI_KUBERNETES_ACTIVE" in variables))
        if "variables" in policy:
            conditions = texts_of(policy.get("variables"))
            found.append(("variables", policy.get("variables"), any(_holds(text, variables) for text in conditions)))
        if "changes" in policy:
            found.append(("changes", policy.get("changes"), _changed(policy.get("changes"), context, variables)))
    return found


def _ref_matches(written: str, context: Context) -> bool:
    name, _, path = written.partition("@")
    if path and path != context.project:
        return False
    source = context.source.removesuffix("_event")
    if name in {source, _plural(source)}:
        return True
    match context.ref:
        case Ref.TAG:
            return name == "tags" or _names_ref(name, context.ref_name)
        case Ref.BRANCH:
            return name == "branches" or _names_ref(name, context.ref_name)
        case Ref.MERGE_REQUEST:
            return False  # patterns and names are for branches and tags alone


def _names_ref(name: str, ref_name: str) -> bool:
    try:
        return bool(ref_name) and read_pattern(name).found_in(ref_name)
    except PatternError:
        return name == ref_name


def _plural(source: str) -> str:
    return source + ("es" if source.endswith(("s", "sh", "ch", "x")) else "s")


def _holds(condition: str, variables: Mapping[str, str]) -> bool:
    try:
        return parse(condition).evaluate(variables)
    except ExpressionError:
        return False


def _changed(clause: Node | None, context: Context, variables: Mapping[str, str]) -> bool:
    if not context.has_diff or context.changed is None:
        return True
    patterns = [expand(text, variables) for text in texts_of(clause)]
    return len(patterns) * len(context.changed) > MAX_COMPARISONS or matches_any(patterns, context.changed)
