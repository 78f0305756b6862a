"""The examples of rules as pipelines that the linter can look at."""

from collections.abc import Mapping
from pathlib import Path

from cigen.lint.engine import Report, lint
from cigen.lint.rendering import Rendering, unlike_lock
from cigen.lint.rule import Example, files_of
from cigen.lint.settings import NO_SETTINGS, LintSettings
from cigen.lint.subject import Subject
from cigen.lint.subjects import Root, read_subject
from cigen.lock import LOCK_NAME, parse_lock
from cigen.pipeline.sources import Answer, Found, Missing, Sources, Unknown


class Files:
    """Files by their path, as a repository of its own; those of another project have its path before a colon."""

    def __init__(self, files: Mapping[str, str], project: str = "") -> None:
        self.files = files
        self.prefix = f"{project}:" if project else ""

    def local(self, path: str) -> Answer:
        text = self.files.get(self.prefix + path)
        return Missing("there is no such file") if text is None else Found(self.prefix + path, text)

    def matching(self, pattern: str) -> tuple[str, ...] | Unknown:
        from fnmatch import fnmatchcase

        return tuple(path for path in self.files if fnmatchcase(path, pattern.lstrip("/")))

    def project(self, project: str, ref: str) -> "Sources | Unknown | Missing":
        if any(path.startswith(f"{project}:") for path in self.files):
            return Files(self.files, project)
        return Unknown(f"no checkout of {project} is at hand")

    def other(self, kind: str, address: str) -> Answer:
        return Unknown(f"a {kind} is looked up by GitLab alone")


def subject_of(example: Example, *, is_pipelines_repo: bool = False) -> Subject:
    files = files_of(example)
    main = next(iter(files))
    return read_subject(
        Root(main, files[main].encode(), Files(files), is_pipelines_repo, rendering=rendering_of(files))
    )


def rendering_of(files: Mapping[str, str]) -> Rendering | None:
    """The files against the lock among them, where there is one."""
    if LOCK_NAME not in files:
        return None
    lock = parse_lock(files[LOCK_NAME], Path(LOCK_NAME))
    return lambda: tuple(unlike_lock(lock, {path: text.encode() for path, text in files.items()}, Path()))


def lint_example(example: Example, settings: LintSettings = NO_SETTINGS, *, is_pipelines_repo: bool = False) -> Report:
    return lint([subject_of(example, is_pipelines_repo=is_pipelines_repo)], settings)


def found_in(example: Example, *, is_pipelines_repo: bool = False) -> list[str]:
    """The findings in short: where, how bad, which rule, what."""
    return [
        f"{finding.span.line}:{finding.span.column} {finding.severity} {finding.name}: {finding.message}"
        for finding in lint_example(example, is_pipelines_repo=is_pipelines_repo).findings
    ]
