"""What GitLab would make of rendered files: what it does not know yet, names it refuses, jobs that stand twice."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cigen.config.model import Config
from cigen.errors import Problem
from cigen.pipeline.document import CiFile, read_ci_file
from cigen.pipeline.fault import FaultKind
from cigen.pipeline.judge import jobs_of, name_faults
from cigen.pipeline.keywords import JOB, TRIGGER_JOB, Where, look_at_job
from cigen.pipeline.keywords.versions import Newer, newer_than
from cigen.pipeline.keywords.where import flat, text_of
from cigen.pipeline.node import Entry, Mapping
from cigen.render.engine import RenderedFile, is_yaml
from cigen.render.narrowed_needs import needed_jobs_left_out
from cigen.render.origin import Origin

WAYS_OUT = {
    "the keyword 'artifacts:access'": "leave credentials.handover out",
    "the keyword 'id_tokens'": "set vault.auth to approle",
}
"""What in cigen.yaml asks for a keyword that the shipped templates else do without."""

REPLACE = "replace the template with one of your own"


@dataclass(frozen=True, slots=True)
class _File:
    """A rendered file with its template and what stands in it."""

    path: str
    text: str
    origin: Origin
    read: CiFile
    root: Mapping

    def problem(self, line: int, message: str, hint: str = "") -> Problem:
        """A problem with a line, which counts from 0 here as everywhere in the model of pipelines."""
        return self.origin.problem(self.text, line + 1, message, hint)


def problems(config: Config, rendered: Iterable[RenderedFile]) -> Iterator[Problem]:
    """Why what was rendered may not be written."""
    files = list(_files(_to_look_at(config, list(rendered))))
    yield from _too_new(files, config.gitlab.version)
    for file in files:
        if file.origin.is_own:
            yield from _refused_names(file)
    yield from _jobs_that_stand_twice(files)
    yield from needed_jobs_left_out(config, [(file.root, file.problem) for file in files])


def unknown_keywords(rendered: Iterable[RenderedFile]) -> Iterator[Problem]:
    """Keywords of a team's own templates that no GitLab we know has; a newer one may."""
    for file in _files(each for each in rendered if each.origin is not None and each.origin.is_own):
        for entry in jobs_of(file.root):
            shape = TRIGGER_JOB if isinstance(entry.value, Mapping) and "trigger" in entry.value else JOB
            for fault in look_at_job(shape, entry.value, Where(_name(entry), is_complete=False)):
                if fault.kind is FaultKind.UNKNOWN_KEYWORD:
                    yield file.problem(fault.place.line, f"{fault.message}, and is passed on as it is", fault.hint)


def _to_look_at(config: Config, rendered: list[RenderedFile]) -> list[RenderedFile]:
    """Everything where a company adds templates or rules of its own; else one file of each template stands for all."""
    is_own = any(file.origin is not None and file.origin.is_own for file in rendered)
    if is_own or any(family.rules for family in config.jobs.families.values()):
        return rendered
    first = {file.origin.shown: file for file in reversed(rendered) if file.origin is not None}
    return [file for file in rendered if file.origin is not None and first[file.origin.shown] is file]


def _files(rendered: Iterable[RenderedFile]) -> Iterator[_File]:
    for file in rendered:
        if is_yaml(file.path) and file.origin is not None:
            read = read_ci_file(file.path, file.text, {})
            if isinstance(read.document.root, Mapping):
                yield _File(file.path, file.text, file.origin, read, read.document.root)


def _too_new(files: Iterable[_File], version: str) -> Iterator[Problem]:
    """Each thing that came later, once for all shipped templates that have it, and at each place of a team's own."""
    shipped: dict[str, list[tuple[_File, Newer]]] = {}
    for file in files:
        for newer in newer_than(version, file.root, file.read.header):
            if file.origin.is_own:
                yield _newer_problem(file, newer, version, "raise gitlab.version, or do without it")
            else:
                shipped.setdefault(newer.what, []).append((file, newer))
    for what, places in shipped.items():
        others = len({file.origin.shown for file, _ in places}) - 1
        also = f"; so have {others} other templates" if others > 1 else "; so has another template" if others else ""
        yield _newer_problem(*places[0], version, f"raise gitlab.version, or {WAYS_OUT.get(what, REPLACE)}{also}")


def _newer_problem(file: _File, newer: Newer, version: str, hint: str) -> Problem:
    message = f"{newer.what} came with GitLab {newer.since}, and gitlab.version is {version}"
    return file.problem(newer.place.line, message, hint)


def _refused_names(file: _File) -> Iterator[Problem]:
    for entry in jobs_of(file.root):
        for fault in name_faults(entry, Where(_name(entry))):
            hint = fault.hint or "GitLab refuses a pipeline with such a job"
            yield file.problem(fault.place.line, fault.message, hint)


def _jobs_that_stand_twice(files: list[_File]) -> Iterator[Problem]:
    """Two files of one pipeline that define the same job: GitLab would merge them without a word."""
    by_path = {file.path: file for file in files}
    places = {file.path: {_name(entry): entry.key.place.line for entry in jobs_of(file.root)} for file in files}
    told: set[tuple[str, str]] = set()
    for path in by_path:
        first: dict[str, _File] = {}
        for file in _with_included(path, by_path):
            for job, line in places[file.path].items():
                other = first.setdefault(job, file)
                own = file if file.origin.is_own else other
                if other is file or not own.origin.is_own or (own.path, job) in told:
                    continue
                told.add((own.path, job))
                there = other if own is file else file
                where = f"{there.origin.shown}:{there.origin.line_of(_line(there, job, places), 0)}"
                yield own.problem(
                    places[own.path][job] if own is not file else line,
                    f"the job '{job}' stands in {where} already, and {by_path[path].path} includes both",
                    "GitLab would merge the two: rename it, extend the other, or replace the template of the same path",
                )


def _line(file: _File, job: str, places: dict[str, dict[str, int]]) -> str:
    return file.text.split("\n")[places[file.path][job]]


def _with_included(path: str, files: dict[str, _File]) -> list[_File]:
    """A file with all that it includes from the same repo, each once, in GitLab's order."""
    found: dict[str, _File] = {}

    def follow(name: str) -> None:
        file = files.get(name.lstrip("/"))
        if file is None or file.path in found:
            return
        found[file.path] = file
        include = file.root.get("include")
        for item in flat(include) if include is not None else ():
            follow(text_of(item.get("local") if isinstance(item, Mapping) else item))

    follow(path)
    return list(found.values())


def _name(entry: Entry) -> str:
    return entry.key.value if isinstance(entry.key.value, str) else entry.key.text
