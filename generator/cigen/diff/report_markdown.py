"""A diff as a note of a merge request."""

from collections.abc import Iterable, Iterator

from cigen.diff.model import ChangedJobs, Diff
from cigen.diff.report_text import by_place, summary, told_changes, told_environments, told_names, told_runs

MARKER = "<!-- cigen diff -->"
"""The first line of a note, by which a job finds its own note again and updates it."""

MAX_BYTES = 1_000_000
"""GitLab takes notes of up to a million characters."""
_FEW = 3
_CUT = "\n… and more: `cigen diff` shows the rest.\n"


def markdown(diff: Diff) -> str:
    """The note: what matters on top, the rest folded; never longer than GitLab takes."""
    kept: list[str] = []
    size = len(_CUT.encode())
    for section in _sections(diff):
        size += len(section.encode()) + 1
        if size > MAX_BYTES:
            kept.append(_CUT)
            break
        kept.append(section)
    return "\n".join(kept).rstrip("\n") + "\n"


def _sections(diff: Diff) -> Iterator[str]:
    yield MARKER
    yield f"### What this changes in the pipelines\n\n`{diff.before}` → `{diff.after}`\n"
    if diff.is_empty:
        yield "Nothing changed.\n"
    elif not diff.reasons:
        yield f"No pipeline changes: {len(diff.texts_changed)} files differ in comments and text alone.\n"
    else:
        yield "\n".join(_head(diff))
        yield from _details(diff)
    yield from _consumers(diff)
    yield from (f"Note: {_text(note)}\n" for note in diff.notes)


def _head(diff: Diff) -> Iterator[str]:
    tag = f", {diff.next_tag}" if diff.next_tag else ""
    yield f"**Next version: {diff.step.name.lower()}{tag}** ({summary(diff)})\n"
    yield from (f"- {reason.step.name.lower()}: {_text(reason.message)}" for reason in diff.reasons)
    yield ""


def _details(diff: Diff) -> Iterator[str]:
    files = [*(f"+ {path}" for path in diff.entries_added), *(f"- {path}" for path in diff.entries_removed)]
    yield from _folded("Entry files", files)
    for verb, mark, facts in (("added", "+", diff.added), ("removed", "-", diff.removed)):
        for place, members in by_place(facts):
            told = (
                f"{mark} {fact.name} (stage {fact.stage}; in: {', '.join(fact.contexts) or 'none'})" for fact in members
            )
            yield from _folded(f"{len(members)} jobs {verb}: {place}", told)
    yield from _folded(
        "Jobs renamed, most likely", (f"! {pair.before.name} → {pair.after.name}" for pair in diff.renamed)
    )
    for group in diff.changed:
        lines = _marked(line for change in group.changes for line in told_changes(change))
        yield from _folded(f"{told_environments(group.environments)}: {_short(group, 'jobs')}", [*_long(group), *lines])
    templates = [*(f"+ {name}" for name in diff.templates_added), *(f"- {name}" for name in diff.templates_removed)]
    templates += [f"! {old} → {new}" for old, new in diff.templates_renamed]
    yield from _folded("Templates for services", templates)
    for group in diff.templates_changed:
        lines = _marked(line for change in group.changes for line in told_changes(change))
        yield from _folded(f"Templates: {_short(group, 'templates')}", [*_long(group), *lines])
    for each in diff.of_entries:
        yield from _folded(f"Top of {', '.join(each.entries)}", _marked(told_changes(each.change)))
    components = [*(f"+ {name}" for name in diff.components_added), *(f"- {name}" for name in diff.components_removed)]
    yield from _folded("Components", components)
    for inputs in diff.of_components:
        yield from _folded(f"Components: {', '.join(inputs.components)}", _marked(told_changes(inputs.change)))
    settings = [f"+ {name}{' (required)' if name in diff.required_added else ''}" for name in diff.settings_added]
    yield from _folded("Variables to set in GitLab", [*settings, *(f"- {name}" for name in diff.settings_removed)])
    for runs in diff.runs:
        title = f"{runs.context}, {runs.entry}: {runs.before} → {runs.after} jobs"
        yield from _folded(title, _marked(told_runs(runs))) if any(told_runs(runs)) else [f"{_text(title)}\n"]


def _consumers(diff: Diff) -> Iterator[str]:
    found = diff.consumers
    if found is None:
        return
    yield f"**Services**: {found.looked_at} looked at, {len(found.including)} include these pipelines.\n"
    yield from (
        f"- {'**breaks** ' if use.is_break else ''}`{_code(f'{use.service}/{use.place}')}`: {_text(use.message)}"
        for use in sorted(found.uses, key=lambda use: (not use.is_break, use.service))
    )
    yield from (f"- not looked at: {_text(skipped)}" for skipped in found.skipped)
    yield ""


def _short(group: ChangedJobs, noun: str) -> str:
    """The names where they are few, else their number."""
    if len(group.names) <= _FEW:
        return told_names(group)
    regions = f" in {len(group.regions)} regions" if group.regions else ""
    return f"{len(group.jobs)} {noun}{regions}"


def _long(group: ChangedJobs) -> list[str]:
    return [] if len(group.names) <= _FEW else [f"  {name}" for name in group.names]


def _marked(lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    """In the words of a diff, for GitLab's colours: `!` is a change."""
    return (f"{'!' if mark == '~' else mark} {line}" for mark, line in lines)


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    shown = "\n".join(lines)
    if shown:
        fence = "`" * max(3, 1 + max((len(run) for run in _runs_of_ticks(shown)), default=0))
        yield f"<details><summary>{_html(title)}</summary>\n\n{fence}diff\n{shown}\n{fence}\n\n</details>\n"


def _runs_of_ticks(text: str) -> Iterator[str]:
    run = ""
    for character in [*text, ""]:
        if character == "`":
            run += character
        elif run:
            yield run
            run = ""


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(told: str) -> str:
    """Text in which Markdown sees no marks of its own."""
    escaped = _html(" ".join(told.split()))
    return "".join(f"\\{character}" if character in "\\`*_[]|#~@!{}" else character for character in escaped)


def _code(told: str) -> str:
    return " ".join(told.split()).replace("`", "'")
