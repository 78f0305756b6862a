"""Which job keeps which files, and which job fetches them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingOf

from cigen.findings import Span
from cigen.lint.script import scripts
from cigen.lint.subject import Job, Subject, items_of, text_of, texts_of
from cigen.pipeline.node import Mapping, Sequence

_SHORTEST = 5
_PATH = re.compile(r"(?<![\w./${}-])[\w.][\w./-]*")
_MAKES = re.compile(
    r"(?:>>?\s*|-o\s*|--output[ =]|-d\s+|--directory[ =]|\btee\s+(?:-a\s+)?)[\"']?(?:\./)?$"
    r"|^\s*(?:mkdir|touch|rm|zip|tar|git|make|test|\[|if)\b[^\n]*$"
    r"|\bcp\b[^\n]*\s[\"']?$|\bmv\b[^\n]*\s[\"']?$"
)


def keeps_files(job: Job) -> bool:
    """Whether there is anything that another job could fetch."""
    artifacts = job.get("artifacts")
    if not isinstance(artifacts, Mapping):
        return False
    return (
        any(artifacts.get(key) is not None for key in ("paths", "reports"))
        or job.text("artifacts", "untracked") == "true"
    )


def makers_of_paths(subject: Subject) -> MappingOf[str, frozenset[str]]:
    """The jobs that keep a file, by its path; only paths that are unlike other words of a script."""
    makers: dict[str, set[str]] = defaultdict(set)
    for job in subject.running:
        for text in texts_of(job.get("artifacts", "paths")):
            path = text.removeprefix("./").rstrip("/*")
            if len(path) >= _SHORTEST and re.search(r"[^.]/|\w\.\w", path) and not re.search(r"[*?$\[{]", path):
                makers[path].add(job.name)
    cached = _cached_folders(subject)
    return {path: frozenset(names) for path, names in makers.items() if not f"{path}/".startswith(cached)}


def _cached_folders(subject: Subject) -> tuple[str, ...]:
    return tuple(
        {
            cached.removeprefix("./").rstrip("/*") + "/"
            for job in subject.running
            for cache in items_of(job.get("cache"))
            if isinstance(cache, Mapping)
            for cached in texts_of(cache.get("paths"))
        }
    )


def fetched_jobs(subject: Subject, job: Job) -> frozenset[str] | None:
    """The jobs whose artifacts a job fetches; None where that is every earlier one, or cannot be told."""
    dependencies, needs = job.get("dependencies"), job.get("needs")
    if isinstance(dependencies, Sequence):
        return frozenset(_base_name(subject, name) for name in texts_of(dependencies))
    if not isinstance(needs, Sequence):
        return None
    names: set[str] = set()
    for need in items_of(needs):
        if not isinstance(need, Mapping):
            names.add(_base_name(subject, text_of(need)))
        elif need.get("project") is not None or need.get("pipeline") is not None:
            return None
        elif text_of(need.get("artifacts")) != "false":
            names.add(_base_name(subject, text_of(need.get("job"))))
    return frozenset(names)


def _base_name(subject: Subject, name: str) -> str:
    """The job behind one of the names that `parallel` makes of it."""
    return name if name in subject.jobs else re.sub(r"(?:: \[.*\]| \d+/\d+)$", "", name)


def mentioned_paths(subject: Subject, job: Job, paths: Collection[str]) -> Iterator[str]:
    """Those of the paths that a word of the job's scripts is, or begins with."""
    words = {word for script in scripts(subject, job) for word in _PATH.findall(script.code)}
    found = {part for word in words for part in _with_parents(word.removeprefix("./")) if part in paths}
    return iter(sorted(found))


def _with_parents(path: str) -> Iterator[str]:
    while path:
        yield path.rstrip("/")
        path = path.rpartition("/")[0]


def place_of_reading(subject: Subject, job: Job, path: str) -> Span | None:
    """Where a script mentions a path; None where it does not, or seems to make it itself."""
    mention = re.compile(rf"(?<![\w./${{}}-])(?:\./)?{re.escape(path)}(?![\w.-])")
    first: Span | None = None
    for script in scripts(subject, job):
        if path not in script.text:
            continue
        for match in mention.finditer(script.code):
            line = script.code[script.code.rfind("\n", 0, match.start()) + 1 : match.start()]
            if _MAKES.search(line):
                return None
            first = first or script.span(match.start(), len(match[0]))
    return first
