"""The rule `artifact-not-fetched`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.data_flow import fetched_jobs, makers_of_paths, mentioned_paths, place_of_reading
from cigen.lint.rule import found
from cigen.lint.subject import Subject


class ArtifactNotFetched:
    """A script reads a file that another job makes, and does not fetch it.

    With `needs` or `dependencies`, GitLab fetches the artifacts of the jobs named there alone: the file is not
    there.

    Fix: name the job that makes it in `needs`.
    """

    code = "CG702"
    name = "artifact-not-fetched"
    severity = Severity.WARNING
    bad = """\
build:
  stage: build
  script: make report/summary.json
  artifacts: {paths: [report/summary.json], expire_in: 1 day}

test:
  stage: test
  script: ./check report/summary.json
  needs: []
"""
    good = """\
build:
  stage: build
  script: make report/summary.json
  artifacts: {paths: [report/summary.json], expire_in: 1 day}

test:
  stage: test
  script: ./check report/summary.json
  needs: [build]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each path that one job keeps and another mentions without fetching it."""
        if not subject.is_complete:
            return
        makers = makers_of_paths(subject)
        for job in subject.running:
            fetched = fetched_jobs(subject, job)
            if fetched is None:
                continue
            for path in mentioned_paths(subject, job, makers):
                names = makers[path]
                if job.name in names or names & fetched:
                    continue
                if (span := place_of_reading(subject, job, path)) is not None:
                    maker = min(names)
                    message = f"{job.name} reads {path}, and fetches the artifacts of no job that makes it"
                    yield found(self, span, message, hint=f"needs: [{maker}]", job=job.name)
