"""Which service repos a change touches: what they extend, need, reference or override, with file and line."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cigen.diff.model import Consumers, Diff, Use
from cigen.errors import UsageError
from cigen.pipeline import node
from cigen.pipeline.fault import Fault
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.needs import read_needs
from cigen.pipeline.node import Node, Place, Reference, Scalar, Sequence
from cigen.pipeline.resolve import resolve
from cigen.pipeline.sources import LocalTree
from cigen.pipeline.tree import Repo, Tree
from cigen.pipeline.usual_contexts import simulated, usual_contexts

_CI_FILE = ".gitlab-ci.yml"
_DEPTH = 4
_OF_NEEDS = ("artifacts", "rules", "allow_failure")
"""What a job that needs another one notices of it."""
_LEFT_OUT = frozenset({".git", "node_modules", ".venv"})


def consumers_of(folder: Path, project: str, before: Repo, after: Repo, diff: Diff) -> Consumers:
    """What the change does to each checkout below a folder that includes the pipelines repo."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="--consumers takes a folder of checkouts of service repos")
    services = list(_checkouts(folder))
    if not services:
        hint = f"each checkout has a {_CI_FILE}, at most {_DEPTH} folders deep"
        raise UsageError(f"{folder} holds no checkout of a service repo", hint=hint)
    touched = _Touched(diff)
    including: list[str] = []
    uses: list[Use] = []
    skipped: list[str] = []
    for service in services:
        name = service.relative_to(folder).as_posix() if service != folder else folder.resolve().name
        old, new = (_resolved(service, project, repo.tree) for repo in (before, after))
        ours = {place.path for place in _places(old, project)}
        skipped += [f"{name}: {skip.location}: {skip.reason}" for skip in old.skipped]
        if not ours and not _includes(new, project):
            continue
        including.append(name)
        uses += dict.fromkeys(_uses(_Service(name, service, before, after), old, new, touched))
    return Consumers(len(services), tuple(including), tuple(uses), tuple(skipped))


@dataclass(frozen=True, slots=True)
class _Service:
    name: str
    root: Path
    before: Repo
    after: Repo

    def owns(self, place: Place) -> bool:
        """Whether a value is written in the service's own files."""
        return Path(place.path).is_relative_to(self.root)

    def shown(self, place: Place) -> str:
        """File and line, from the service's root."""
        path = Path(place.path)
        told = path.relative_to(self.root).as_posix() if self.owns(place) else place.path
        return f"{told}:{place.line + 1}"

    def use(self, place: Place, message: str, *, is_break: bool) -> Use:
        """One use of what changed."""
        return Use(self.name, self.shown(place), message, is_break)


class _Touched:
    """What happened to each name that a service may use."""

    def __init__(self, diff: Diff) -> None:
        renamed = {pair.before.name: pair.after.name for pair in diff.renamed} | dict(diff.templates_renamed)
        gone = {**dict.fromkeys(fact.name for fact in diff.removed), **dict.fromkeys(diff.templates_removed)}
        self.gone: Mapping[str, str] = dict.fromkeys(gone, "which goes away") | {
            old: f"which is called {new} now" for old, new in renamed.items()
        }
        self.added = {fact.name for fact in diff.added} | set(diff.templates_added) | set(renamed.values())
        self.changed: dict[str, list[str]] = {}
        for group in (*diff.changed, *diff.templates_changed):
            for name in group.jobs:
                keys = self.changed.setdefault(name, [])
                keys += [change.key for change in group.changes if change.key not in keys]


def _uses(service: _Service, old: Pipeline, new: Pipeline, touched: _Touched) -> Iterator[Use]:
    found: set[str] = set()
    for job in old.jobs:
        for use in _uses_of_job(service, job, touched):
            found.add(use.place)
            yield use
    for use in _refusals(service, old, new):
        if use.place not in found:
            yield use


def _uses_of_job(service: _Service, job: Job, touched: _Touched) -> Iterator[Use]:
    written = job.written
    own = [entry for entry in written if service.owns(entry.key.place)] if isinstance(written, node.Mapping) else []
    if not own:
        return
    first = min((entry.key.place for entry in own), key=lambda place: (place.path, place.line))
    place = job.key.place if service.owns(job.key.place) else first
    yield from _override(service, job.name, [str(entry.key.value) for entry in own], place, touched)
    for entry in own:
        match entry.key.value:
            case "extends":
                for name, at in _texts(entry.value):
                    yield from _named(service, f"{job.name} extends {name}", name, at, touched)
            case "needs":
                for need in read_needs(entry.value):
                    if not need.elsewhere:
                        yield from _named(
                            service, f"{job.name} needs {need.job}", need.job, need.place, touched, _OF_NEEDS
                        )
            case "dependencies":
                for name, at in _texts(entry.value):
                    yield from _named(service, f"{job.name} takes files of {name}", name, at, touched)
        for reference in _references(entry.value):
            told = f"{job.name} references {reference.path[0]}"
            yield from _named(service, told, reference.path[0], reference.place, touched, reference.path[1:2])


def _override(service: _Service, name: str, keys: list[str], place: Place, touched: _Touched) -> Iterator[Use]:
    if name in touched.gone:
        yield service.use(place, f"overrides {name}, {touched.gone[name]}", is_break=True)
    elif name in touched.added:
        yield service.use(place, f"has a job {name} of its own, which overrides the new one", is_break=True)
    elif name in touched.changed:
        shared = [key for key in touched.changed[name] if key.split(".")[0] in keys]
        told = f"whose {_listed(touched.changed[name])} changed"
        more = f"; it sets {_listed(shared)} itself" if shared else ""
        yield service.use(place, f"overrides {name}, {told}{more}", is_break=False)


def _named(
    service: _Service, told: str, name: str, place: Place, touched: _Touched, keys: tuple[str, ...] = ()
) -> Iterator[Use]:
    if name in touched.gone:
        yield service.use(place, f"{told}, {touched.gone[name]}", is_break=True)
    elif name in touched.changed:
        changed = [key for key in touched.changed[name] if not keys or key.split(".")[0] in keys]
        if changed:
            yield service.use(place, f"{told}, whose {_listed(changed)} changed", is_break=False)


def _refusals(service: _Service, old: Pipeline, new: Pipeline) -> Iterator[Use]:
    """What GitLab would refuse after the change and did not refuse before it."""
    known = {fault.message for fault in _faults(old)}
    for fault in _faults(new):
        if fault.message not in known:
            yield service.use(fault.place, f"GitLab would refuse it: {fault.message}", is_break=True)


def _faults(pipeline: Pipeline) -> Iterator[Fault]:
    yield from pipeline.faults
    if not pipeline.faults:
        for _, simulation in simulated(pipeline, usual_contexts()):
            yield from simulation.faults


def _resolved(service: Path, project: str, tree: Tree) -> Pipeline:
    path = service / _CI_FILE
    return resolve(str(path), path.read_bytes(), LocalTree(service, {project: tree}))


def _places(pipeline: Pipeline, project: str) -> Iterator[Place]:
    return (
        file.place
        for file in pipeline.included
        if file.location.startswith(f"{project}:") or f"/{project}/" in file.location.partition("@")[0]
    )


def _includes(pipeline: Pipeline, project: str) -> bool:
    return any(_places(pipeline, project))


def _checkouts(folder: Path) -> Iterator[Path]:
    """The folders below that have a pipeline file, each without those inside of it."""
    for place, folders, names in os.walk(folder):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT) if depth < _DEPTH else []
        if _CI_FILE in names:
            folders.clear()
            yield Path(place)


def _texts(value: Node) -> Iterator[tuple[str, Place]]:
    match value:
        case Scalar(value=str() as name):
            yield name, value.place
        case Sequence():
            for item in value.items:
                yield from _texts(item)


def _references(value: Node) -> Iterator[Reference]:
    match value:
        case Reference():
            if value.path:
                yield value
        case Sequence():
            for item in value.items:
                yield from _references(item)
        case node.Mapping():
            for entry in value:
                yield from _references(entry.value)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
