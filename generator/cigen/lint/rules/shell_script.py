"""The rule `shell-script`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.shell_program import programs
from cigen.lint.shellcheck import Remark
from cigen.lint.subject import Subject

EXCLUDED = (
    "SC1009",
    "SC1090",
    "SC1091",
    "SC1128",
    "SC2016",
    "SC2034",
    "SC2050",
    "SC2103",
    "SC2153",
    "SC2154",
    "SC2157",
    "SC2193",
    "SC2194",
    "SC2329",
)
"""What is noise in a pipeline; the docstring of the rule says why."""
_UNREAD, _REASON = "SC1073", "SC1072"
_LEVELS = {"error": Severity.WARNING, "warning": Severity.WARNING}
_NOTES = frozenset({"SC2046"})
"""What ShellCheck warns of, though SC2086 is a note to it: both are about words that should be quoted."""


class ShellScript:
    """A script has a fault that ShellCheck knows.

    A script in a pipeline runs for the first time after the push. ShellCheck reads it before, as the runner will:
    `before_script` and `script` are one text that ends at the first command that fails, `after_script` is another;
    bash runs them, or busybox where the image is made of Alpine or a shebang asks for sh. What no shell can read is
    an error, what ShellCheck calls an error or a warning is a warning, and all else is a note, quotes that are missing
    (SC2046, SC2086) among it.

    Not told is what is noise in a pipeline. Files that are sourced are not followed (SC1090, SC1091). A shebang is a
    remark to the reader (SC1128), and one of several sentences about a fault is enough (SC1009). Which variables
    there are, `variable-undefined` and `variable-typo` know better (SC2153, SC2154). A shared `before_script` sets
    variables and defines functions that not every job uses (SC2034, SC2329). Templates and inputs fill constants in,
    so that conditions are constant (SC2050, SC2157, SC2193, SC2194). Single quotes hold what another program shall
    expand (SC2016), and jobs change folders there and back (SC2103).

    Fix: follow the link. Where the script is right, say so in it: `# shellcheck disable=SC2086`, on the line above.
    Without ShellCheck: `cigen lint --no-shellcheck`, or `shell-script: "off"` under `lint: rules` in cigen.yaml.
    """

    code = "CG861"
    name = "shell-script"
    severity = Severity.WARNING
    bad = """\
deploy:
  script:
    - cd "$CI_PROJECT_DIR"
    - |
      if [ -n "$CI_COMMIT_TAG" ]; then
        export VERSION=$(git describe)
      fi
"""
    good = """\
deploy:
  script:
    - cd "$CI_PROJECT_DIR"
    - |
      if [ -n "$CI_COMMIT_TAG" ]; then
        VERSION=$(git describe)
        export VERSION
      fi
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each remark, at the words in the file that it is about."""
        for program in programs(subject):
            for remark in _one_for_each_fault(subject.shell.remarks.get(program.text, ())):
                yield found(
                    self,
                    program.span(remark),
                    f"{remark.code}: {remark.message}",
                    hint=f"https://www.shellcheck.net/wiki/{remark.code}",
                    job=program.script.job.name,
                    severity=_severity(remark),
                )


def _one_for_each_fault(remarks: Sequence[Remark]) -> Iterator[Remark]:
    """Of a text that cannot be read ShellCheck says several things: what it was reading, and what is amiss."""
    unread = next((remark for remark in remarks if remark.code == _UNREAD), None)
    for remark in remarks:
        if remark is unread:
            reasons = [_first_sentence(other.message) for other in remarks if other.code == _REASON]
            yield replace(remark, message=" ".join([_first_sentence(remark.message), *filter(None, reasons)]))
        elif unread is None or not _is_unreadable(remark):
            yield remark


def _first_sentence(message: str) -> str:
    return message.partition(" Fix ")[0]


def _is_unreadable(remark: Remark) -> bool:
    return remark.level == "error" and remark.code.startswith("SC1")


def _severity(remark: Remark) -> Severity:
    if _is_unreadable(remark):
        return Severity.ERROR
    return Severity.INFO if remark.code in _NOTES else _LEVELS.get(remark.level, Severity.INFO)
