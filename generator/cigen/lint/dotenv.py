"""What scripts write into the files that jobs hand on as dotenv reports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cigen.findings import Span
from cigen.lint.credentials import PRINTS_ALL
from cigen.lint.script import Script, scripts
from cigen.lint.secrets import is_secret_name
from cigen.lint.subject import Job, Subject, texts_of

_WRITES = re.compile(r"[ \t({]*(?:echo|printf)\b")
_KEY = re.compile(r"(?<![\w$])([A-Za-z_]\w*)=")
_FILLED_IN = re.compile(r"[^\s;|&]*[$`]")
_HEREDOC = re.compile(r"<<-?[ \t]*['\"]?(\w+)['\"]?")


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret that a script writes into a dotenv file."""

    what: str
    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a script that goes into a dotenv file, by its output or as the text of a here-document."""

    script: Script
    path: str
    start: int
    end: int
    is_text: bool

    @property
    def code(self) -> str:
        return self.script.code[self.start : self.end]

    @property
    def is_written(self) -> bool:
        return self.is_text or bool(_WRITES.match(self.code))


def leaks(subject: Subject, job: Job) -> Iterator[Leak]:
    """The first secret of each line that goes into a dotenv report of the job."""
    for line in _lines_of(subject, job):
        if (leak := _leak(line)) is not None:
            yield leak


def variables_written(subject: Subject, job: Job) -> frozenset[str]:
    """The names that the scripts of a job write into its dotenv reports, as far as they stand there."""
    return frozenset(key[1] for line in _lines_of(subject, job) if line.is_written for key in _KEY.finditer(line.code))


def _lines_of(subject: Subject, job: Job) -> Iterator[_Line]:
    for path in texts_of(job.get("artifacts", "reports", "dotenv")):
        for script in scripts(subject, job):
            if not script.is_foreign:
                yield from _into(script, path)


def _into(script: Script, path: str) -> Iterator[_Line]:
    target = re.escape(path.removeprefix("./"))
    redirect = re.compile(
        rf"(?:>>?|\btee\b(?:[ \t]+-a)?)[ \t]*[\"']?(?:\./|\$\{{?CI_PROJECT_DIR\}}?/)?{target}(?![\w./-])"
    )
    for match in redirect.finditer(script.code):
        for start, end, is_text in _output(script.code, match.start(), match.end()):
            yield _Line(script, path, start, end, is_text)


def _output(code: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """The lines whose output a redirection takes: its own, or those of a group, and those of a here-document."""
    line = code.rfind("\n", 0, start) + 1
    line_end = code.find("\n", end)
    line_end = len(code) if line_end < 0 else line_end
    if code[line:start].strip() in ("}", ")"):
        opened = max(code.rfind("{", 0, line), code.rfind("(", 0, line), 0)
        yield from ((*each, False) for each in _split(code, opened, line))
    else:
        yield line, line_end, False
    heredoc = _HEREDOC.search(code, line, line_end)
    if heredoc is not None:
        closing = re.compile(rf"^[ \t]*{re.escape(heredoc[1])}[ \t]*$", re.MULTILINE).search(code, line_end)
        yield from ((*each, True) for each in _split(code, line_end + 1, closing.start() if closing else len(code)))


def _split(code: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = code.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield start, stop
        start = stop + 1


def _leak(line: _Line) -> Leak | None:
    script, text = line.script, line.code
    if not line.is_text and (match := PRINTS_ALL.search(text)):
        return Leak("every variable", line.path, script.span(line.start + match.start(), len(match[0])))
    if not line.is_written:
        return None
    for use in script.words.uses:
        is_here = line.start <= use.offset < line.end and is_secret_name(use.name)
        if is_here and not _is_in_substitution(script.code[line.start : use.offset]):
            return Leak(f"${use.name}", line.path, script.span_of(use))
    for key in _KEY.finditer(text):
        if is_secret_name(key[1]) and _FILLED_IN.match(text, key.end()):
            return Leak(key[1], line.path, script.span(line.start + key.start(1), len(key[1])))
    return None


def _is_in_substitution(before: str) -> bool:
    """Whether what comes next is worked on by a command, and its result is what is written."""
    return before.count("$(") > before.count(")") or before.count("`") % 2 == 1
