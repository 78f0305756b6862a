"""The rule `reserved-name`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Related, Severity
from cigen.lint.overrides import OWN_PREFIX, Override, jobs_of_pipelines, overrides, own_jobs
from cigen.lint.rule import Example, found
from cigen.lint.subject import Subject

_PIPELINES = """\
# Rendered by cigen 0.1.0 from cigen.yaml, template aws/staging.yml.

semantic-versioning:
  image: registry.example.com/cigen-runtime:0.1.0
  script:
    - cigen-runtime semantic-versioning
"""
_INCLUDE = """\
include:
  - project: platform/pipelines
    ref: v1.4.0
    file: aws/staging.yml

"""


class ReservedName:
    """A job of the service has the name of one that the pipelines repo has, or may have tomorrow.

    GitLab makes one job of both: it runs the script of the service with the variables, rules and environment of the
    other, whose own work is not done. Names of hidden jobs that begin with `.cigen-` are kept for cigen, which may
    use any of them in its next version; that is a warning.

    Fix: give the job another name.
    """

    code = "CG853"
    name = "reserved-name"
    severity = Severity.ERROR
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}semantic-versioning:\n  stage: test\n  script: ./number\n",
        "platform/pipelines:aws/staging.yml": _PIPELINES,
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}number:\n  stage: test\n  script: ./number\n",
        "platform/pipelines:aws/staging.yml": _PIPELINES,
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each job that does work of its own under a name that is taken, and each of cigen's names."""
        for override in overrides(subject):
            if is_a_job_of_its_own(override):
                message = f"the pipelines repo has a job {override.name} too, and GitLab makes one job of both"
                related = (Related(override.theirs.place.span, "the other one"),)
                yield found(self, override.entry.key.place, message, hint="give it another name", related=related)
        theirs = jobs_of_pipelines(subject)
        for name, entry in own_jobs(subject) if theirs else ():
            if name.startswith(OWN_PREFIX) and name not in theirs:
                message = f"names that begin with {OWN_PREFIX} are cigen's, and a later version may use {name}"
                yield found(
                    self, entry.key.place, message, hint="give it another name", job=name, severity=Severity.WARNING
                )


def is_a_job_of_its_own(override: Override) -> bool:
    """Whether the service means a job of its own, and no change to the other: it says what to run, and more."""
    starts_work = any(key in override.own for key in ("script", "run", "trigger"))
    return starts_work and len(override.own.entries) > 1
