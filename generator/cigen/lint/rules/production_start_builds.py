"""The rule `production-start-builds`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.overrides import jobs_of_pipelines, own_jobs
from cigen.lint.rule import Example, found
from cigen.lint.subject import Subject
from cigen.pipeline.contexts import Circumstances, contexts
from cigen.pipeline.simulation import Simulator
from cigen_runtime.contract.versions import TARGET_VERSIONS

_BY_A_PERSON = ("web", "api", "trigger")
_PROTECTED = {"CI_COMMIT_REF_PROTECTED": "true"}
_GIVEN = {**_PROTECTED, TARGET_VERSIONS.name: '{"project": "1.0.0"}'}
_PIPELINES = """\
# Rendered by cigen 0.1.0 from cigen.yaml, template aws/prod.yml.

.cigen-rules-build:
  rules:
    - if: $CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH

begin:
  stage: deploy
  image: registry.example.com/cigen-runtime:0.1.0
  script:
    - cigen-runtime semantic-versioning
  rules:
    - if: $CI_PIPELINE_SOURCE == "web" && $TARGET_VERSIONS_JSON
"""
_INCLUDE = """\
include:
  - project: platform/pipelines
    ref: v1.4.0
    file: aws/prod.yml

"""


class ProductionStartBuilds:
    """A job of the service runs when a person starts production.

    A production start deploys images that staging has proven, and nothing else. A job that builds or tests then makes
    the release wait, and a failure of it, perhaps only because a mirror is down, holds the release back.

    Fix: `extends: .cigen-rules-build`, or rules that leave out a pipeline with `$TARGET_VERSIONS_JSON`.
    """

    code = "CG855"
    name = "production-start-builds"
    severity = Severity.WARNING
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}build-images:\n  stage: build\n  script: make images\n",
        "platform/pipelines:aws/prod.yml": _PIPELINES,
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": (
            f"{_INCLUDE}build-images:\n  extends: .cigen-rules-build\n  stage: build\n  script: make images\n"
        ),
        "platform/pipelines:aws/prod.yml": _PIPELINES,
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each own job that starts by itself in a pipeline with the jobs of a production start."""
        theirs = jobs_of_pipelines(subject)
        if not theirs or subject.has_errors or not subject.is_complete:
            return
        for title, names in _begun(subject, frozenset(theirs)):
            for name, entry in own_jobs(subject):
                if name in names:
                    message = f"{name} runs when a person starts production: {title}"
                    hint = "extends: .cigen-rules-build, or leave out pipelines with $TARGET_VERSIONS_JSON"
                    yield found(self, entry.key.place, message, hint=hint, job=name)
            return


def _begun(subject: Subject, theirs: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """The starts of production, and what runs in each before the first job of it, as it does in any other start."""
    pipeline = subject.pipeline
    if pipeline is None:
        return
    simulator = Simulator(pipeline)
    ranks = {name: rank for rank, name in enumerate(subject.stages)}
    for kind in _BY_A_PERSON:
        start = simulator.run(contexts(Circumstances(variables=_GIVEN))[kind])
        begin = min((ranks.get(job.stage, 0) for job in start.jobs if job.name in theirs), default=None)
        if begin is not None:
            other = simulator.run(contexts(Circumstances(variables=_PROTECTED))[kind])
            names = frozenset(
                job.name
                for job in start.jobs
                if job.when != "manual" and ranks.get(job.stage, begin) < begin and other.job(job.name)
            )
            yield start.context.title, names
