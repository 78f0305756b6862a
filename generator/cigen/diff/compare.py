"""Compares two pipelines repos: which jobs came, went or changed, in which environment and region."""

from collections.abc import Iterable, Iterator, Mapping

from cigen.diff.components import changes_of_components
from cigen.diff.model import ChangedJobs, Diff, JobFact, OfEntry, Renamed
from cigen.diff.renames import renames
from cigen.diff.runs import Contexts, runs_of
from cigen.diff.settings import settings_of
from cigen.diff.values import Change, changes_between, changes_of
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.scope import Scope, scope_of, without_region
from cigen.pipeline.tree import Repo

_Key = tuple[str, str]
"""An entry file and the name of a job."""


def compare(before: Repo, after: Repo) -> Diff:
    """What became of every entry file, job and template; who uses them and the next tag are for others to say."""
    old, new = _jobs(before), _jobs(after)
    gone = {key: old[key] for key in old if key not in new}
    come = {key: new[key] for key in new if key not in old}
    pairs = renames(gone, come)
    contexts = Contexts(before, after)
    changed = [(old[key], new[key]) for key in old if key in new]
    templates = _Templates(before.templates, after.templates)
    before_settings, after_settings = settings_of(before.tree), settings_of(after.tree)
    notes = (
        []
        if before_settings and after_settings
        else ["the checklist of variables was not compared: a README.md has none"]
    )
    return Diff(
        before.tree.name,
        after.tree.name,
        entries_added=tuple(path for path in after.entries if path not in before.entries),
        entries_removed=tuple(path for path in before.entries if path not in after.entries),
        added=tuple(_fact(key, come[key], contexts.after) for key in come if key not in pairs.values()),
        removed=tuple(_fact(key, gone[key], contexts.before) for key in gone if key not in pairs),
        renamed=tuple(
            Renamed(_fact(key, gone[key], contexts.before), _fact(other, come[other], contexts.after))
            for key, other in pairs.items()
        ),
        changed=tuple(grouped(changed)),
        templates_added=templates.added,
        templates_removed=templates.removed,
        templates_renamed=templates.renamed,
        templates_changed=tuple(grouped(templates.both)),
        of_entries=tuple(_of_entries(before.entries, after.entries)),
        components_added=tuple(name for name in after.components if name not in before.components),
        components_removed=tuple(name for name in before.components if name not in after.components),
        of_components=tuple(changes_of_components(before.components, after.components)),
        runs=tuple(runs_of(contexts, {key: other[1] for key, other in pairs.items()})),
        settings_added=tuple(name for name in after_settings if name not in before_settings) if not notes else (),
        settings_removed=tuple(name for name in before_settings if name not in after_settings) if not notes else (),
        required_added=tuple(
            name for name, needed in after_settings.items() if needed == "always" and name not in before_settings
        )
        if not notes
        else (),
        texts_changed=tuple(
            path
            for path in sorted({*before.tree.files, *after.tree.files})
            if before.tree.files.get(path) != after.tree.files.get(path)
        ),
        notes=tuple(notes),
    )


def grouped(pairs: Iterable[tuple[Job, Job]]) -> Iterator[ChangedJobs]:
    """Every change once: with all the jobs that it happened to, and those of other regions under one name."""
    happened: dict[Change, dict[str, tuple[str, Scope]]] = {}
    found = [(change, after, scope_of(after)) for before, after in pairs for change in changes_of(before, after)]
    regions: dict[Change, set[str]] = {}
    for change, _, scope in found:
        regions.setdefault(change, set()).add(scope.region)
    for change, after, scope in found:
        is_same = len(regions[change]) > 1  # to the letter: a region's name in it is not about the job's own
        happened.setdefault(change if is_same else _neutral(change, scope.region), {})[after.name] = (
            without_region(after.name, scope.region),
            scope,
        )
    groups: dict[tuple[str, ...], list[Change]] = {}
    known: dict[tuple[str, ...], dict[str, tuple[str, Scope]]] = {}
    for change, jobs in happened.items():
        groups.setdefault(tuple(jobs), []).append(change)
        known[tuple(jobs)] = jobs
    for names, changes in groups.items():
        yield _group(known[names], changes)


def _group(jobs: Mapping[str, tuple[str, Scope]], changes: list[Change]) -> ChangedJobs:
    regions = tuple(dict.fromkeys(scope.region for _, scope in jobs.values() if scope.region))
    environments = tuple(dict.fromkeys(scope.environment for _, scope in jobs.values()))
    is_everywhere = len(regions) > 1
    names = tuple(dict.fromkeys(neutral if is_everywhere else name for name, (neutral, _) in jobs.items()))
    told = changes if is_everywhere or not regions else [_named(change, regions[0]) for change in changes]
    return ChangedJobs(names, tuple(jobs), environments, regions if is_everywhere else (), tuple(told))


def _neutral(change: Change, region: str) -> Change:
    return Change(
        change.key,
        without_region(change.before, region),
        without_region(change.after, region),
        tuple(without_region(line, region) for line in change.removed),
        tuple(without_region(line, region) for line in change.added),
    )


def _named(change: Change, region: str) -> Change:
    return Change(
        change.key,
        change.before.replace("<region>", region),
        change.after.replace("<region>", region),
        tuple(line.replace("<region>", region) for line in change.removed),
        tuple(line.replace("<region>", region) for line in change.added),
    )


def _jobs(repo: Repo) -> dict[_Key, Job]:
    return {(path, job.name): job for path, pipeline in repo.entries.items() for job in pipeline.visible_jobs}


def _fact(key: _Key, job: Job, contexts: Mapping[_Key, tuple[str, ...]]) -> JobFact:
    return JobFact(job.name, key[0], scope_of(job), job.stage_name, contexts.get(key, ()))


class _Templates:
    """The hidden jobs that came, went, or stayed."""

    def __init__(self, before: Mapping[str, Job], after: Mapping[str, Job]) -> None:
        gone = {("", name): job for name, job in before.items() if name not in after}
        come = {("", name): job for name, job in after.items() if name not in before}
        pairs = {old[1]: new[1] for old, new in renames(gone, come).items()}
        self.renamed = tuple(pairs.items())
        self.removed = tuple(name for _, name in gone if name not in pairs)
        self.added = tuple(name for _, name in come if name not in pairs.values())
        self.both = [(before[name], after[name]) for name in before if name in after]


def _of_entries(before: Mapping[str, Pipeline], after: Mapping[str, Pipeline]) -> Iterator[OfEntry]:
    """Stages, variables, defaults and workflow rules; what is the same in several files is told once."""
    found: dict[Change, list[str]] = {}
    for path in before:
        if path in after:
            for change in _top_changes(before[path], after[path]):
                found.setdefault(change, []).append(path)
    for change, paths in found.items():
        yield OfEntry(tuple(paths), change)


def _top_changes(before: Pipeline, after: Pipeline) -> Iterator[Change]:
    names = [[stage.name for stage in pipeline.stages] for pipeline in (before, after)]
    removed = tuple(name for name in names[0] if name not in names[1])
    added = tuple(name for name in names[1] if name not in names[0])
    if removed or added:
        yield Change("stages", removed=removed, added=added)
    elif names[0] != names[1]:
        yield Change("stages", ", ".join(names[0][1:-1]), ", ".join(names[1][1:-1]))
    for keyword, old, new in (
        ("variables", before.variables, after.variables),
        ("default", before.default, after.default),
        ("workflow", before.workflow, after.workflow),
    ):
        for change in changes_between(old, new):
            yield Change(f"{keyword}.{change.key}", change.before, change.after, change.removed, change.added)
