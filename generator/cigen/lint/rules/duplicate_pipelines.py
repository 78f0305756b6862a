"""The rule `duplicate-pipelines`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import rules_of
from cigen.lint.kinds import chances
from cigen.lint.rule import found
from cigen.lint.subject import Job, Subject, text_of
from cigen.pipeline.node import Mapping


class DuplicatePipelines:
    """A job that a push to the branch of a merge request runs twice.

    GitLab makes a pipeline for the branch and one for the merge request, and the job is in both: twice the wait,
    and two results.

    Fix: let `workflow:rules` decide for one of them, or name one kind of pipeline in the job's rules.
    """

    code = "CG505"
    name = "duplicate-pipelines"
    severity = Severity.WARNING
    bad = """\
test:
  script: make test
  rules:
    - if: $CI_COMMIT_TAG
      when: never
    - when: on_success
"""
    good = """\
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
    - if: $CI_COMMIT_BRANCH

test:
  script: make test
  rules:
    - if: $CI_COMMIT_TAG
      when: never
    - when: on_success
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """The first such job of a pipeline without `workflow:rules`: they all have one cause."""
        workflow = subject.section("workflow")
        if not subject.is_complete or (isinstance(workflow, Mapping) and workflow.get("rules") is not None):
            return
        twice = [job for job in subject.running if job.get("rules") is not None and _runs_twice(subject, job)]
        if twice:
            others = f", and {len(twice) - 1} more" if len(twice) > 1 else ""
            message = f"a push to the branch of a merge request runs {twice[0].name} twice{others}"
            place = twice[0].place_of("rules")
            yield found(self, place, message, hint="add workflow:rules", job=twice[0].name)


def _runs_twice(subject: Subject, job: Job) -> bool:
    by_kind = chances(subject, job)
    both = [by_kind["branch-with-mr"], by_kind["mr"]]
    rules = rules_of(job)
    last = rules[-1] if rules else None
    is_open_end = (
        last is not None
        and not any(last.get(key) is not None for key in ("if", "changes", "exists"))
        and text_of(last.get("when")) != "never"
    )
    return all(chance.is_certain for chance in both) or (is_open_end and all(chance.is_possible for chance in both))
