"""The rule `needs-may-be-absent`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.absent_needs import absent_needs
from cigen.lint.rule import found
from cigen.lint.subject import Subject


class NeedsMayBeAbsent:
    """A job that is in pipelines which a job in its `needs` is not in.

    GitLab then makes no pipeline at all: "job needs … but it was not added". It passes GitLab's own check and shows
    when the first such pipeline is due: on a tag, in a schedule, when a person starts production.

    Fix: give both the same rules, or write `optional: true` at the need.
    """

    code = "CG406"
    name = "needs-may-be-absent"
    severity = Severity.WARNING
    bad = """\
build:
  stage: build
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH

test:
  stage: test
  script: make test
  needs: [build]
  rules:
    - if: $CI_COMMIT_BRANCH
    - if: $CI_COMMIT_TAG
"""
    good = """\
build:
  stage: build
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH

test:
  stage: test
  script: make test
  needs: [{job: build, optional: true}]
  rules:
    - if: $CI_COMMIT_BRANCH
    - if: $CI_COMMIT_TAG
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each need once, with the kinds of pipeline in which it is not there."""
        if not subject.is_complete or subject.has_errors:
            return
        for absent in absent_needs(subject):
            more = f" and {len(absent.titles) - 1} other kinds" if len(absent.titles) > 1 else ""
            message = f"{absent.job} needs {absent.need.job}, which is not there in {absent.titles[0]}{more}"
            hint = "give both the same rules, or write optional: true"
            yield found(self, absent.need.place, message, hint=hint, job=absent.job)
