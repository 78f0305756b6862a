"""Which step of the version a change asks for, and the next tag."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cigen.diff.model import Diff, Reason, Step
from cigen.pipeline.scope import braced

_FEW = 3
_TAG = re.compile(r"(v?)(\d+)\.(\d+)\.(\d+)")


def with_step(diff: Diff, tags: Iterable[str]) -> Diff:
    """The diff with the reasons for a step, and the tag after the highest of these."""
    known = replace(diff, reasons=tuple(sorted(_reasons(diff), key=lambda reason: -reason.step)))
    return replace(known, next_tag=_next_tag(known.step, tags))


def _reasons(diff: Diff) -> Iterator[Reason]:
    yield from _major(diff)
    yield from _minor(diff)
    yield from _patch(diff)


def _major(diff: Diff) -> Iterator[Reason]:
    for path in diff.entries_removed:
        yield Reason(Step.MAJOR, f"services cannot include {path} any more")
    if diff.removed:
        yield Reason(Step.MAJOR, f"jobs went: {braced(job.name for job in diff.removed)}")
    for pair in diff.renamed:
        yield Reason(Step.MAJOR, f"{pair.before.name} is called {pair.after.name} now")
    for name in diff.templates_removed:
        yield Reason(Step.MAJOR, f"services cannot extend {name} any more")
    for old, new in diff.templates_renamed:
        yield Reason(Step.MAJOR, f"{old} is called {new} now")
    for name in diff.components_removed:
        yield Reason(Step.MAJOR, f"services cannot include the component {name} any more")
    for each in diff.of_components:
        if each.is_break:
            yield Reason(Step.MAJOR, f"{each.change.key} of {_components(each.components)} changed")
    for name in diff.required_added:
        yield Reason(Step.MAJOR, f"{name} has to be set in GitLab")
    for stage in dict.fromkeys(
        stage for each in diff.of_entries if each.change.key == "stages" for stage in each.change.removed
    ):
        yield Reason(Step.MAJOR, f"the stage {stage} went")
    for message in dict.fromkeys(message for runs in diff.runs for message in runs.refused):
        yield Reason(Step.MAJOR, f"GitLab would refuse a pipeline: {message}")


def _minor(diff: Diff) -> Iterator[Reason]:
    for path in diff.entries_added:
        yield Reason(Step.MINOR, f"{path} is new")
    if diff.added:
        yield Reason(Step.MINOR, f"jobs came: {braced(job.name for job in diff.added)}")
    for name in diff.templates_added:
        yield Reason(Step.MINOR, f"{name} is new")
    if diff.components_added:
        yield Reason(Step.MINOR, f"new: {_components(diff.components_added)}")
    for each in diff.of_components:
        if not each.is_break and not each.change.before:
            yield Reason(Step.MINOR, f"{each.change.key} of {_components(each.components)} is new")
    for name in diff.settings_added:
        if name not in diff.required_added:
            yield Reason(Step.MINOR, f"{name} may be set in GitLab")
    for runs in diff.runs:
        if runs.starts:
            yield Reason(Step.MINOR, f"in {runs.context}, {braced(runs.starts)} {_now(runs.starts)}")
        if runs.stops:
            yield Reason(Step.MINOR, f"in {runs.context}, {braced(runs.stops)} {_no_more(runs.stops)}")
        if runs.otherwise:
            yield Reason(
                Step.MINOR, f"in {runs.context}, {braced(each.key for each in runs.otherwise)} start otherwise"
            )
    for stage in dict.fromkeys(
        stage for each in diff.of_entries if each.change.key == "stages" for stage in each.change.added
    ):
        yield Reason(Step.MINOR, f"the stage {stage} is new")


def _patch(diff: Diff) -> Iterator[Reason]:
    keys = dict.fromkeys(change.key for group in (*diff.changed, *diff.templates_changed) for change in group.changes)
    if keys:
        yield Reason(Step.PATCH, f"values changed: {', '.join(keys)}")
    tops = dict.fromkeys(each.change.key for each in diff.of_entries if each.change.key != "stages")
    if tops:
        yield Reason(Step.PATCH, f"entry files changed: {', '.join(tops)}")
    inputs = dict.fromkeys(each.change.key for each in diff.of_components if not each.is_break and each.change.before)
    if inputs:
        yield Reason(Step.PATCH, f"components changed: {', '.join(inputs)}")
    if diff.settings_removed:
        yield Reason(Step.PATCH, f"no longer read: {', '.join(diff.settings_removed)}")


def _components(names: tuple[str, ...]) -> str:
    """The names where they are few, else their number."""
    return (
        f"the component{'s' if len(names) > 1 else ''} {', '.join(names)}"
        if len(names) <= _FEW
        else f"{len(names)} components"
    )


def _now(names: tuple[str, ...]) -> str:
    return "runs now" if len(names) == 1 else "run now"


def _no_more(names: tuple[str, ...]) -> str:
    return "runs no more" if len(names) == 1 else "run no more"


def _next_tag(step: Step, tags: Iterable[str]) -> str:
    """Below 1.0.0 what breaks is a minor step, as semantic versioning has it."""
    versions = [(tuple(map(int, match.groups()[1:])), match[1]) for tag in tags if (match := _TAG.fullmatch(tag))]
    if not versions or step is Step.NONE:
        return ""
    (major, minor, patch), prefix = max(versions)
    if step is Step.MAJOR and major:
        return f"{prefix}{major + 1}.0.0"
    if step is Step.PATCH or (step is Step.MINOR and not major):
        return f"{prefix}{major}.{minor}.{patch + 1}"
    return f"{prefix}{major}.{minor + 1}.0"
