"""A diff for a terminal."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap

from cigen.diff.model import ChangedJobs, Diff, JobFact, Runs
from cigen.diff.values import Change
from cigen.pipeline.scope import braced

WIDTH = 120
_ONE_LINE = 100
_COLOURS = {"+": "32", "-": "31", "~": "33", "!": "31;1"}

Paint = Callable[[str, str], str]


def text(diff: Diff, *, colour: bool = False) -> str:
    """Everything that changed, by environment and region, and what the next version is."""
    return "\n".join(_lines(diff, _painted if colour else _plain)).rstrip("\n") + "\n"


def told_changes(change: Change) -> Iterator[tuple[str, str]]:
    """A change in lines, each with its mark."""
    if change.removed or change.added:
        yield "~", f"{change.key}:"
        yield from (("-", f"  {line}") for line in change.removed)
        yield from (("+", f"  {line}") for line in change.added)
    elif not change.before:
        yield "+", f"{change.key}: {change.after}"
    elif not change.after:
        yield "-", f"{change.key}: {change.before}"
    elif len(change.key) + len(change.before) + len(change.after) > _ONE_LINE:
        yield from (("~", f"{change.key}:"), ("-", f"  {change.before}"), ("+", f"  {change.after}"))
    else:
        yield "~", f"{change.key}: {change.before} → {change.after}"


def told_names(group: ChangedJobs) -> str:
    """The jobs of a group, and in how many regions."""
    names = braced(group.names)
    return names + (f"  (in {len(group.regions)} regions: {', '.join(group.regions)})" if group.regions else "")


def told_environments(names: Sequence[str]) -> str:
    """A heading for jobs of these environments."""
    return " and ".join(name or "all environments" for name in names)


def told_runs(runs: Runs) -> Iterator[tuple[str, str]]:
    """What changes in one kind of pipeline."""
    yield from (("!", f"GitLab would refuse it: {message}") for message in runs.refused)
    if runs.starts:
        yield "+", f"runs now: {braced(runs.starts)}"
    if runs.stops:
        yield "-", f"runs no more: {braced(runs.stops)}"
    for each in runs.otherwise:
        yield "~", f"{each.key}: {each.before} → {each.after}"


def by_place(facts: Sequence[JobFact]) -> Iterator[tuple[str, list[JobFact]]]:
    """Jobs below a heading for each environment and region."""
    found: dict[str, list[JobFact]] = {}
    for fact in facts:
        place = "/".join(filter(None, (fact.scope.environment, fact.scope.region))) or "all environments"
        found.setdefault(place, []).append(fact)
    yield from found.items()


def summary(diff: Diff) -> str:
    """How much changed, in one line."""
    counts = [f"{count} {verb}" for verb, count in diff.counts() if count]
    templates = len(diff.templates_added) + len(diff.templates_removed) + len(diff.templates_renamed)
    templates += len({name for group in diff.templates_changed for name in group.jobs})
    told = [f"jobs: {', '.join(counts)}"] if counts else []
    told += [f"templates: {templates}"] if templates else []
    return "; ".join(told) or "no job changed"


def _lines(diff: Diff, paint: Paint) -> Iterator[str]:
    yield f"{diff.before} → {diff.after}"
    yield ""
    if diff.is_empty:
        yield "nothing changed"
        yield from (f"note: {note}" for note in diff.notes)
    elif not diff.reasons:
        count = len(diff.texts_changed)
        differ = "file differs" if count == 1 else "files differ"
        yield f"no pipeline changes: {count} {differ} in comments and text alone"
        yield from (f"  {path}" for path in diff.texts_changed)
    else:
        yield from _changes(diff, paint)
    yield from _consumers(diff, paint)
    if diff.reasons:
        yield from _step(diff)


def _changes(diff: Diff, paint: Paint) -> Iterator[str]:
    yield from _block("entry files", _files(diff), paint)
    for place, facts in by_place(diff.added):
        yield from _block(f"jobs added: {place}", (("+", _fact(fact)) for fact in facts), paint)
    for place, facts in by_place(diff.removed):
        yield from _block(f"jobs removed: {place}", (("-", _fact(fact)) for fact in facts), paint)
    renamed = (("~", f"{pair.before.name} → {pair.after.name}") for pair in diff.renamed)
    yield from _block("jobs renamed, most likely", renamed, paint)
    yield from _groups("jobs changed", diff.changed, paint)
    yield from _block("templates for services", _templates(diff), paint)
    yield from _groups("templates changed", diff.templates_changed, paint, with_environments=False)
    for each in diff.of_entries:
        yield from _block(f"top of {', '.join(each.entries)}", told_changes(each.change), paint)
    yield from _block("components", _components(diff), paint)
    for each_of in diff.of_components:
        title = "\n".join(_wrapped(f"components: {', '.join(each_of.components)}", ""))
        yield from _block(title, told_changes(each_of.change), paint)
    settings = [("+", f"{name}{' (required)' if name in diff.required_added else ''}") for name in diff.settings_added]
    settings += [("-", name) for name in diff.settings_removed]
    yield from _block("variables to set in GitLab", settings, paint)
    yield from _runs(diff, paint)
    yield from (f"note: {note}\n" for note in diff.notes)


def _files(diff: Diff) -> Iterator[tuple[str, str]]:
    yield from (("+", path) for path in diff.entries_added)
    yield from (("-", path) for path in diff.entries_removed)


def _fact(fact: JobFact) -> str:
    return f"{fact.name}  (stage {fact.stage}; in: {', '.join(fact.contexts) or 'none of the pipelines tried'})"


def _groups(
    title: str, groups: Sequence[ChangedJobs], paint: Paint, *, with_environments: bool = True
) -> Iterator[str]:
    found: dict[str, list[ChangedJobs]] = {}
    for group in groups:
        heading = f"{title}: {told_environments(group.environments)}" if with_environments else title
        found.setdefault(heading, []).append(group)
    for heading, members in found.items():
        yield heading
        for group in members:
            yield from _wrapped(told_names(group), "  ")
            for change in group.changes:
                yield from (f"    {paint(mark, line)}" for mark, line in told_changes(change))
        yield ""


def _templates(diff: Diff) -> Iterator[tuple[str, str]]:
    yield from (("+", name) for name in diff.templates_added)
    yield from (("-", name) for name in diff.templates_removed)
    yield from (("~", f"{old} → {new}") for old, new in diff.templates_renamed)


def _components(diff: Diff) -> Iterator[tuple[str, str]]:
    yield from (("+", name) for name in diff.components_added)
    yield from (("-", name) for name in diff.components_removed)


def _runs(diff: Diff, paint: Paint) -> Iterator[str]:
    if diff.runs:
        yield "pipelines"
        for runs in diff.runs:
            count = f"{runs.before} jobs" if runs.before == runs.after else f"{runs.before} → {runs.after} jobs"
            yield f"  {runs.context}, {runs.entry}: {count}"
            yield from (f"    {paint(mark, line)}" for mark, line in told_runs(runs))
        yield ""


def _consumers(diff: Diff, paint: Paint) -> Iterator[str]:
    found = diff.consumers
    if found is None:
        return
    yield f"services: {found.looked_at} looked at, {len(found.including)} include these pipelines"
    for use in sorted(found.uses, key=lambda use: (use.service, not use.is_break)):
        mark, told = ("!", "breaks: ") if use.is_break else ("~", "")
        yield f"  {paint(mark, f'{use.service}/{use.place}: {told}{use.message}')}"
    if not found.uses:
        yield "  none of them uses what changes"
    yield from (f"  not looked at: {skipped}" for skipped in found.skipped)
    yield ""


def _step(diff: Diff) -> Iterator[str]:
    yield f"next version: {diff.step.name.lower()}" + (f", {diff.next_tag}" if diff.next_tag else "")
    for reason in diff.reasons:
        yield from _wrapped(f"{reason.step.name.lower()}: {reason.message}", "  ")


def _wrapped(told: str, indent: str) -> list[str]:
    more = f"{indent}  "
    return wrap(
        told, WIDTH, initial_indent=indent, subsequent_indent=more, break_long_words=False, break_on_hyphens=False
    )


def _block(title: str, lines: "Iterator[tuple[str, str]] | Sequence[tuple[str, str]]", paint: Paint) -> Iterator[str]:
    shown = [f"  {paint(mark, line)}" for mark, line in lines]
    if shown:
        yield title
        yield from shown
        yield ""


def _plain(mark: str, line: str) -> str:
    return f"{mark} {line}"


def _painted(mark: str, line: str) -> str:
    return f"\x1b[{_COLOURS[mark]}m{mark} {line}\x1b[0m"
