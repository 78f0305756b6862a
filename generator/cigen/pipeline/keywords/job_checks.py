"""What a job's keywords say about each other."""

from collections.abc import Iterator

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.execution import START_IN
from cigen.pipeline.keywords.order import need_sort
from cigen.pipeline.keywords.scalars import duration_faults
from cigen.pipeline.keywords.where import Where, flat, is_blank, is_null, is_text, text_of
from cigen.pipeline.node import Mapping, Node, Sequence


def rules_or_only(node: Node, where: Where) -> Iterator[Fault]:
    """`only`, `except` and the job's own `start_in` do not go with `rules`."""
    if not isinstance(node, Mapping) or is_null(node.get("rules")):
        return
    for name in ("only", "except", "start_in"):
        if not is_null(node.get(name)):
            hint = (
                "set start_in in the rule that delays the job"
                if name == "start_in"
                else f"say it in 'rules', and leave '{name}' out"
            )
            yield where.fault(FaultKind.ONLY_WITH_RULES, node.entries[name].key, f"has '{name}' beside 'rules'", hint)


def delay(node: Node, where: Where) -> Iterator[Fault]:
    """`start_in` goes with `when: delayed` and with nothing else."""
    if not isinstance(node, Mapping):
        return
    wait = node.get("start_in")
    if text_of(node.get("when")) == "delayed" and ("rules" not in node or is_null(wait)):
        if wait is None or is_null(wait):
            yield where.fault(
                FaultKind.CONFLICTING_KEYWORDS,
                node.entries["when"].value,
                "is delayed, but has no 'start_in'",
                "add: start_in: 30 minutes",
            )
        else:
            yield from duration_faults(START_IN, wait, where.under("start_in"))
        return
    if wait is None or is_blank(wait) or not is_null(node.get("rules")):
        return
    if "rules" in node:
        yield where.fault(
            FaultKind.ONLY_WITH_RULES, node.entries["start_in"].key, "has 'start_in' beside 'rules'", "take 'rules' out"
        )
    else:
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS,
            node.entries["start_in"].key,
            "has 'start_in', which only goes with 'when: delayed'",
        )


def fetched_jobs_are_needed(node: Node, where: Where) -> Iterator[Fault]:
    """Where there are needs, `dependencies` can only name jobs that are among them."""
    if (
        not isinstance(node, Mapping)
        or is_null(node.get("needs"))
        or not isinstance(names := node.get("dependencies"), Sequence)
    ):
        return
    needs = node.entries["needs"].value
    needed = [
        need for item in (needs.items if isinstance(needs, Sequence) else (needs,)) for need in _single_needs(item)
    ]
    if not needed or not names.items:
        return
    own = {
        text_of(need.get("job")) if isinstance(need, Mapping) else text_of(need)
        for need in needed
        if need_sort(need) == "job"
    }
    if not own:
        yield where.fault(
            FaultKind.DEPENDENCIES_OUTSIDE_NEEDS,
            names,
            "has 'dependencies', but needs no job of this pipeline",
            "leave 'dependencies' out: the needs fetch artifacts",
        )
        return
    for name in names.items:
        if is_text(name) and text_of(name) not in own:
            yield where.fault(
                FaultKind.DEPENDENCIES_OUTSIDE_NEEDS,
                name,
                f"fetches artifacts of '{text_of(name)}', which is not among its needs",
                f"add '{text_of(name)}' to 'needs'",
            )


def _single_needs(node: Node) -> list[Node]:
    if isinstance(node, Sequence):
        return [need for item in node.items for need in _single_needs(item)]
    return [node] if need_sort(node) else []


def published_by_pages(node: Node, where: Where) -> Iterator[Fault]:
    """`publish` is for the job that makes the pages."""
    if not isinstance(node, Mapping) or is_blank(node.get("publish")):
        return
    pages = node.get("pages")
    is_pages_job = not is_blank(pages) or (where.job == "pages" and getattr(pages, "value", None) is not False)
    if not is_pages_job:
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS,
            node.entries["publish"].key,
            "has 'publish', but makes no pages",
            "add: pages: true",
        )


def script_says_something(node: Node, where: Where) -> Iterator[Fault]:
    """A job that has no steps has a script, and something in it."""
    if isinstance(node, Mapping) and "run" not in node and is_blank(node.get("script")):
        at = node.entries["script"].key if "script" in node else node
        yield where.fault(
            FaultKind.JOB_WITHOUT_SCRIPT, at, "has an empty 'script'", "a job that does nothing can say: script: 'true'"
        )


def mirrors_one(node: Node, where: Where) -> Iterator[Fault]:
    """A job mirrors one pipeline, and says so in one place."""
    if not isinstance(node, Mapping) or (needs := node.get("needs")) is None:
        return
    mirrored = [need for need in flat(needs) if need_sort(need) == "mirror"]
    if len(mirrored) > 1:
        yield where.fault(FaultKind.CONFLICTING_KEYWORDS, mirrored[1], "mirrors two pipelines; it can mirror one")
    if not is_null(needs) and not is_null(node.get("status")):
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS,
            node.entries["status"].key,
            "has both 'needs' and 'status', which exclude each other",
        )
