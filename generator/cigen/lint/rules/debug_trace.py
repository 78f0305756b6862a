"""The rule `debug-trace`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.script import scripts
from cigen.lint.subject import Subject, text_of
from cigen.lint.variables import definitions

_SWITCHES = ("CI_DEBUG_TRACE", "CI_DEBUG_SERVICES")
_TRACE = re.compile(r"(?<![\w-])set\s+(?:-[a-wyz]*x[a-z]*|-o\s+xtrace)\b")


class DebugTrace:
    """The log of a job shows every variable with its value.

    `CI_DEBUG_TRACE` prints all secrets of the job, and `CI_DEBUG_SERVICES` those of its services. `set -x` prints
    each command with what is filled in: in a job that gets secrets, this is a warning.

    Fix: set it by hand for one pipeline, delete that job's log afterwards, and never in the file.
    """

    code = "CG805"
    name = "debug-trace"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  variables:
    CI_DEBUG_TRACE: "true"
"""
    good = """\
build:
  script: make
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each definition that turns it on, and `set -x` in jobs with secrets."""
        for definition in definitions(subject):
            if definition.name in _SWITCHES and text_of(definition.value).lower() in ("true", "1"):
                message = f"{definition.name} prints every secret into the log"
                yield found(self, definition.key.place, message, hint="take it out", job=definition.job)
        for job in subject.jobs.values():
            if job.get("id_tokens") is None and job.get("secrets") is None:
                continue
            for script in scripts(subject, job):
                for match in _TRACE.finditer(script.code):
                    span = script.span(match.start(), len(match[0]))
                    message = f"{job.name} gets secrets and prints each command with what is filled in"
                    hint = "take it out, or turn it on behind the last secret"
                    yield found(self, span, message, hint=hint, job=job.name, severity=Severity.WARNING)
