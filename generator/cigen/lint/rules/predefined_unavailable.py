"""The rule `predefined-unavailable`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.kinds import KINDS, is_set_by_kind, possible_kinds, sets
from cigen.lint.rule import found
from cigen.lint.script import scripts
from cigen.lint.subject import Subject
from cigen.pipeline.predefined import PREDEFINED


class PredefinedUnavailable:
    """A variable of GitLab's that no pipeline of this job ever has.

    `CI_MERGE_REQUEST_IID` is set in merge request pipelines alone, `CI_COMMIT_TAG` for tags, and `CI_COMMIT_BRANCH`
    for neither. Elsewhere the script gets nothing in its place.

    Fix: run the job in the pipelines that set it, or use a variable that all have, such as `CI_COMMIT_REF_NAME`.
    """

    code = "CG605"
    name = "predefined-unavailable"
    severity = Severity.WARNING
    bad = """\
comment:
  script: ./comment "$CI_MERGE_REQUEST_IID"
  rules:
    - if: $CI_COMMIT_BRANCH
"""
    good = """\
comment:
  script: ./comment "$CI_MERGE_REQUEST_IID"
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such variable of a job once."""
        if not subject.is_complete:
            return
        for job in subject.running:
            kinds: frozenset[str] | None = None
            told: set[str] = set()
            for script in scripts(subject, job):
                for use in script.words.uses:
                    if use.has_default or use.name in told or not is_set_by_kind(use.name) or script.is_foreign:
                        continue
                    kinds = possible_kinds(subject, job) if kinds is None else kinds
                    if _is_never_set(use.name, kinds) and not _is_tested(script.code, use.name):
                        told.add(use.name)
                        message = (
                            f"GitLab sets ${use.name} {PREDEFINED[use.name].where} only, and {job.name} is in none"
                        )
                        hint = "run it there, or take another variable"
                        yield found(self, script.span_of(use), message, hint=hint, job=job.name)


def _is_never_set(name: str, kinds: frozenset[str]) -> bool:
    return bool(kinds) and all(sets(KINDS[kind], name) is False for kind in kinds)


def _is_tested(code: str, name: str) -> bool:
    """Whether the script asks first if it is there."""
    return bool(re.search(rf"(?:\[|\btest\b|\bcase\b|\bif\b)[^\n]*\$\{{?{name}\b|\$\{{{name}:?[-+?=]", code))
