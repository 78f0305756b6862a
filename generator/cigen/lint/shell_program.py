"""A script as the program that GitLab's runner makes of it, which is what ShellCheck reads."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cigen.findings import Span
from cigen.lint.script import Script, scripts
from cigen.lint.shellcheck import Remark, check
from cigen.lint.subject import Job, Skipped, Subject, texts_of

_BASH = "#!/bin/bash\nset -eo pipefail\n"
_ASH = "# shellcheck shell=busybox\nset -eo pipefail\n"
"""The runner takes bash where the image has one, and else sh; in both, the first command that fails ends the job."""
_WINDOWS_SHELL = "# PowerShell\n"
_WITHOUT_BASH = re.compile(
    r"(?:docker\.io/)?(?:library/)?(?:(?:alpine|busybox|docker)(?:[:@].*)?|[\w/-]+:[\w.-]*alpine.*)"
)
"""Images of Docker Hub that are made of busybox."""
_SHEBANG = re.compile(r"#!\s*\S*/(?:env\s+)?(?P<shell>bash|dash|ash|sh)\b")
_WINDOWS = re.compile(r"windows|powershell|pwsh|nanoserver", re.IGNORECASE)
_FOREIGN = "it is for Windows, whose shells ShellCheck does not know"
_FILLED_IN_LATER = re.compile(r"\$\[\[[^\n]*?\]\]")


@dataclass(frozen=True, slots=True)
class Program:
    """What a shell is given to run, and the script that it was made of."""

    script: Script
    header: str

    @property
    def text(self) -> str:
        """The whole text; what GitLab fills in stands there as a word of the same length."""
        return self.header + _FILLED_IN_LATER.sub(lambda block: "x" * len(block[0]), self.script.text)

    def span(self, remark: Remark) -> Span:
        """Where in the file the words stand that a remark is about."""
        starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        start, end = (
            min(starts[min(line, len(starts)) - 1] + column - 1 - len(self.header), len(self.script.text))
            for line, column in ((remark.line, remark.column), (remark.end_line, remark.end_column))
        )
        start = max(0, min(start, len(self.script.text) - 1))
        return self.script.span(start, max(1, end - start))


def programs(subject: Subject) -> tuple[Program, ...]:
    """Each script of each job."""
    return subject.once(_of_all_jobs)


def _of_all_jobs(subject: Subject) -> tuple[Program, ...]:
    return tuple(
        Program(script, _header(job, script)) for job in subject.jobs.values() for script in scripts(subject, job)
    )


def _is_for_windows(job: Job, script: Script) -> bool:
    return script.is_foreign or any(_WINDOWS.search(text) for text in (_image(job), *texts_of(job.get("tags"))))


def _header(job: Job, script: Script) -> str:
    if _is_for_windows(job, script):
        return _WINDOWS_SHELL
    written = _SHEBANG.match(script.text)
    has_bash = written["shell"] == "bash" if written else not _WITHOUT_BASH.fullmatch(_image(job))
    return _BASH if has_bash else _ASH


def _image(job: Job) -> str:
    return job.text("image") or job.text("image", "name")


def with_checked_scripts(subjects: Sequence[Subject], excluded: Iterable[str]) -> list[Subject]:
    """The pipelines with what ShellCheck says of all their scripts, which it is asked once."""
    all_programs = [program for subject in subjects for program in programs(subject)]
    verdicts = check((program.text for program in all_programs if program.header != _WINDOWS_SHELL), excluded)
    foreign = {program.text: _FOREIGN for program in all_programs if program.header == _WINDOWS_SHELL}
    verdicts = replace(verdicts, unchecked={**verdicts.unchecked, **foreign})
    return [replace(subject, shell=verdicts) for subject in subjects]


def unchecked_scripts(subject: Subject) -> Iterator[Skipped]:
    """Which scripts ShellCheck did not look at: the first of those with one reason, and how many there are more."""
    if not subject.shell.unchecked:
        return
    by_reason: dict[str, dict[str, Program]] = {}
    for program in programs(subject):
        if reason := subject.shell.unchecked.get(program.text):
            by_reason.setdefault(reason, {}).setdefault(program.text, program)
    for reason, unchecked in by_reason.items():
        first = next(iter(unchecked.values())).script.lines[0].place
        more = f" and {len(unchecked) - 1} more" if len(unchecked) > 1 else ""
        yield Skipped(first.path, f"the script here{more}: {reason}", first.line + 1)
