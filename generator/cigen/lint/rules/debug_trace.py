"""The rule `debug-trace`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.calls import calls
from cigen.lint.credentials import prints_everything
from cigen.lint.rule import found
from cigen.lint.script import Script, scripts
from cigen.lint.secrets import is_secret_name
from cigen.lint.subject import Job, Subject, text_of
from cigen.lint.variables import definitions

_SWITCHES = ("CI_DEBUG_TRACE", "CI_DEBUG_SERVICES")
_TRACE = re.compile(
    r"(?<![\w-])(?:set\s+(?:-[a-z]+\s+)*(?:-[a-wyz]*x[a-z]*|-o\s+xtrace)|(?:ba|da|z|k|a)?sh\s+(?:-[a-z]+\s+)*-[a-wyz]*x[a-z]*)\b"
)
_OF_GITLAB = "CI_"
"""GitLab masks its own tokens in every log, and they die with the job."""


class DebugTrace:
    """The log of a job shows its variables with their values.

    `CI_DEBUG_TRACE` prints all secrets of the job, and `CI_DEBUG_SERVICES` those of its services. `set -x` prints
    each command with what is filled in, `env` and `printenv` print everything: in a job with secrets, this is a
    warning. GitLab stars out what is masked, and knows no other form of it: part of a token, base64, a password in
    an address.

    Fix: take it out. To look for a fault, set it by hand for one pipeline, and delete that job's log afterwards.
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
        """Each definition that turns it on, and what prints commands or variables in jobs with secrets."""
        for definition in definitions(subject):
            if definition.name in _SWITCHES and text_of(definition.value).lower() in ("true", "1"):
                message = f"{definition.name} prints every secret into the log"
                yield found(self, definition.key.place, message, hint="take it out", job=definition.job)
        for job in subject.jobs.values():
            shells = scripts(subject, job)
            printing = [(script, start, length) for script in shells for start, length in _printing(script)]
            if printing and gets_secrets(subject, job):
                for script, start, length in printing:
                    what = "each command" if _TRACE.match(script.code, start) else "every variable"
                    message = f"{job.name} gets secrets and prints {what} with what is filled in"
                    hint = "take it out, or print only what is no secret"
                    span = script.span(start, length)
                    yield found(self, span, message, hint=hint, job=job.name, severity=Severity.WARNING)


def gets_secrets(subject: Subject, job: Job) -> bool:
    """Whether a job gets secrets, as far as the file tells: by a token, from a vault, by what it calls or reads."""
    if job.get("id_tokens") is not None or job.get("secrets") is not None:
        return True
    if any(variable.secret for call in calls(subject, job) for variable in call.command.variables):
        return True
    names = {use.name for script in scripts(subject, job) for use in script.words.uses}
    return any(is_secret_name(name) and not name.startswith(_OF_GITLAB) for name in names)


def _printing(script: Script) -> Iterator[tuple[int, int]]:
    if script.is_foreign:
        return
    for match in _TRACE.finditer(script.code):
        yield match.start(), len(match[0])
    yield from prints_everything(script)
