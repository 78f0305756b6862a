"""The rule `variable-not-expanded-here`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import conditions, quoted_variables
from cigen.lint.rule import found
from cigen.lint.script import span_within
from cigen.lint.subject import Subject, items_of, text_of
from cigen.pipeline.node import Scalar

_VARIABLE = re.compile(r"\$\{?[A-Za-z_]")


class VariableNotExpandedHere:
    """A `$NAME` in a place where GitLab leaves it as it is written.

    A text in quotes within a condition is compared letter by letter, and names of jobs and stages are never filled
    in.

    Fix: compare with the variable itself, without quotes; write names out.
    """

    code = "CG604"
    name = "variable-not-expanded-here"
    severity = Severity.WARNING
    bad = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH == "$CI_DEFAULT_BRANCH"
"""
    good = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such variable in conditions and in names."""
        for condition in conditions(subject):
            for name, offset, length in quoted_variables(str(condition.scalar.value)):
                span = span_within(subject, condition.scalar, offset, length)
                message = f"in quotes, ${name} is compared letter by letter"
                yield found(self, span, message, hint=f"write ${name} without quotes", job=condition.job)
        for job in subject.running:
            if _VARIABLE.search(job.name):
                message = f"GitLab does not fill in variables in the name of a job: {job.name}"
                yield found(self, job.place, message, hint="write the name out", job=job.name)
        for stage in items_of(subject.section("stages")):
            if isinstance(stage, Scalar) and _VARIABLE.search(text_of(stage)):
                message = f"GitLab does not fill in variables in the name of a stage: {text_of(stage)}"
                yield found(self, stage.place, message, hint="write the name out")
