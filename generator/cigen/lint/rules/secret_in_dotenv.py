"""The rule `secret-in-dotenv`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.dotenv import leaks
from cigen.lint.rule import found
from cigen.lint.subject import Subject


class SecretInDotenv:
    """A script writes a secret into a dotenv report.

    GitLab keeps the file as an artifact that members of the project can download, gives its variables to every later
    job, whether that needs them or not, and masks none of them in the logs.

    Fix: let each job that needs the secret get it itself, from Vault or from a masked variable.
    """

    code = "CG706"
    name = "secret-in-dotenv"
    severity = Severity.ERROR
    bad = """\
login:
  script:
    - AWS_SESSION_TOKEN=$(./login)
    - echo "AWS_SESSION_TOKEN=$AWS_SESSION_TOKEN" >> login.env
  artifacts:
    expire_in: 1 hour
    reports: {dotenv: login.env}
"""
    good = """\
login:
  script:
    - VERSION=$(./version)
    - echo "VERSION=$VERSION" >> login.env
  artifacts:
    expire_in: 1 hour
    reports: {dotenv: login.env}
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each line that does."""
        for job in subject.jobs.values():
            for leak in leaks(subject, job):
                message = f"{job.name} writes {leak.what} into {leak.path}, which every later job gets"
                hint = "let each job that needs it get it itself"
                yield found(self, leak.span, message, hint=hint, job=job.name)
