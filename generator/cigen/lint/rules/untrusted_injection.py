"""The rule `untrusted-injection`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.script import scripts
from cigen.lint.subject import Subject

_PARSED_AGAIN = re.compile(
    r"(?<![\w./-])(?:eval|(?:ba|da|z|k|a)?sh\s+(?:-\w+\s+)*-\w*c|(?:python3?|node|perl|ruby)\s+(?:-\w+\s+)*-[ce])(?=\s)"
)
_UNTRUSTED = frozenset(
    {
        "CI_COMMIT_AUTHOR",
        "CI_COMMIT_BRANCH",
        "CI_COMMIT_DESCRIPTION",
        "CI_COMMIT_MESSAGE",
        "CI_COMMIT_REF_NAME",
        "CI_COMMIT_TAG_MESSAGE",
        "CI_COMMIT_TITLE",
        "CI_MERGE_REQUEST_DESCRIPTION",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
        "CI_MERGE_REQUEST_TITLE",
    }
)


class UntrustedInjection:
    """A text that anybody can write becomes a command.

    Who opens a merge request chooses its title, the branch and the commit message. Given to `eval` or `sh -c`, the
    text runs with the secrets of the job.

    Fix: pass it as an argument or in the environment, and never as a part of a command.
    """

    code = "CG803"
    name = "untrusted-injection"
    severity = Severity.ERROR
    bad = """\
notify:
  script:
    - sh -c "./notify $CI_COMMIT_MESSAGE"
"""
    good = """\
notify:
  script:
    - ./notify "$CI_COMMIT_MESSAGE"
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each use of such a variable in a command line that is parsed once more."""
        for job in subject.jobs.values():
            for script in scripts(subject, job):
                if script.is_foreign:
                    continue
                starts = [match.start() for match in _PARSED_AGAIN.finditer(script.code)]
                for use in script.words.uses:
                    if use.name in _UNTRUSTED and any(
                        _is_same_command(script.code, start, use.offset) for start in starts
                    ):
                        message = f"whoever writes ${use.name} runs commands in {job.name}"
                        hint = "pass it as an argument, not within the command"
                        yield found(self, script.span_of(use), message, hint=hint, job=job.name)


def _is_same_command(code: str, start: int, offset: int) -> bool:
    between = code[start:offset]
    return (
        start < offset
        and "\n" not in between.replace("\\\n", " ")
        and not re.search(r"[^|&]*(?:&&|\|\||;)", _outside_quotes(between))
    )


def _outside_quotes(text: str) -> str:
    return re.sub(r"\"[^\"]*(?:\"|$)|'[^']*(?:'|$)", "", text)
