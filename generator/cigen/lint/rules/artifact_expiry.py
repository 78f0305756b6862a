"""The rule `artifact-expiry`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject


class ArtifactExpiry:
    """Artifacts without `expire_in`.

    They live as long as GitLab's administrators say: thirty days, for ever, or too short for a job that a person
    starts a week later.

    Fix: say how long somebody needs them: `expire_in: 1 week`.
    """

    code = "CG703"
    name = "artifact-expiry"
    severity = Severity.INFO
    bad = """\
build:
  script: make
  artifacts:
    paths: [dist]
"""
    good = """\
build:
  script: make
  artifacts:
    paths: [dist]
    expire_in: 1 week
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each job that keeps files and does not say for how long."""
        for job in subject.jobs.values():
            artifacts = job.get("artifacts")
            if (
                job.get("artifacts", "paths")
                and job.name != "pages"
                and not job.text("artifacts", "expire_in")
                and artifacts
            ):
                message = f"{job.name} does not say how long its artifacts are kept"
                yield found(self, artifacts.place, message, hint="expire_in: 1 week", job=job.name)
