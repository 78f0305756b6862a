"""The rule `artifact-not-read`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.calls import calling_jobs, runs_nothing_else
from cigen.lint.contract_files import reads_something_of
from cigen.lint.credentials import keepers
from cigen.lint.data_flow import keeps_files
from cigen.lint.rule import found
from cigen.lint.subject import Job, Subject
from cigen.pipeline.needs import Need, read_needs


class ArtifactNotRead:
    """A job fetches the artifacts of a job of which its command reads nothing.

    `needs` fetches artifacts unless told otherwise: it takes time, and brings files into a job that they are not
    meant for.

    Fix: write `artifacts: false` at the need; the job waits all the same.
    """

    code = "CG705"
    name = "artifact-not-read"
    severity = Severity.INFO
    bad = """\
report:
  stage: build
  script: make report
  artifacts: {paths: [report/], expire_in: 1 day}

versions:
  stage: test
  script: cigen-runtime semantic-versioning
  needs: [{job: report}]
"""
    good = """\
report:
  stage: build
  script: make report
  artifacts: {paths: [report/], expire_in: 1 day}

versions:
  stage: test
  script: cigen-runtime semantic-versioning
  needs: [{job: report, artifacts: false}]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each need with artifacts, of a job that calls commands and does nothing else."""
        if not subject.is_complete:
            return
        for job, _ in calling_jobs(subject):
            for need in read_needs(job.get("needs")) if runs_nothing_else(subject, job) else ():
                maker = subject.jobs.get(need.job)
                if need.job in keepers(subject):  # `needless-credentials` tells of them
                    continue
                if maker is not None and _is_fetched(need, maker) and not reads_something_of(subject, job, maker):
                    message = f"{job.name} fetches the artifacts of {maker.name} and reads none of them"
                    yield found(self, need.place, message, hint="artifacts: false", job=job.name)


def _is_fetched(need: Need, maker: Job) -> bool:
    sets_variables = maker.get("artifacts", "reports", "dotenv") is not None
    return need.has_artifacts and not need.elsewhere and keeps_files(maker) and not sets_variables
