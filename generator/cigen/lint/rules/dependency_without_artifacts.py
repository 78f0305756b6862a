"""The rule `dependency-without-artifacts`."""

from collections.abc import Iterator

from cigen.findings import Finding, Related, Severity
from cigen.lint.data_flow import keeps_files
from cigen.lint.rule import found
from cigen.lint.subject import Job, Subject, items_of, text_of
from cigen.pipeline.node import Mapping, Place


class DependencyWithoutArtifacts:
    """A job asks for the artifacts of a job that keeps none.

    It waits, fetches nothing, and its script misses the files.

    Fix: give the other job `artifacts`, or take the dependency out; `needs` with `artifacts: false` waits and
    fetches nothing.
    """

    code = "CG701"
    name = "dependency-without-artifacts"
    severity = Severity.WARNING
    bad = """\
build:
  stage: build
  script: make

test:
  stage: test
  script: make test
  dependencies: [build]
"""
    good = """\
build:
  stage: build
  script: make
  artifacts: {paths: [dist], expire_in: 1 day}

test:
  stage: test
  script: make test
  dependencies: [build]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each name in `dependencies`, and in `needs` with `artifacts: true`, of a job without artifacts."""
        if not subject.is_complete:
            return
        for job in subject.jobs.values():
            for name, place in _asked_for(job):
                producer = subject.jobs.get(name)
                if producer is not None and producer.get("trigger") is None and not keeps_files(producer):
                    message = f"{job.name} fetches the artifacts of {name}, which keeps none"
                    related = (Related(producer.place.span, "this job has no artifacts"),)
                    yield found(self, place, message, hint=f"give {name} artifacts", job=job.name, related=related)


def _asked_for(job: Job) -> Iterator[tuple[str, Place]]:
    for item in items_of(job.get("dependencies")):
        yield text_of(item), item.place
    for item in items_of(job.get("needs")):
        if (
            isinstance(item, Mapping)
            and text_of(item.get("artifacts")) == "true"
            and item.get("project") is None
            and item.get("pipeline") is None
        ):
            yield text_of(item.get("job")), item.place
