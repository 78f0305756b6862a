"""The rule `prod-environment`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.production import deploys_to_production, runs_cigen
from cigen.lint.rule import found
from cigen.lint.subject import Subject


class ProdEnvironment:
    """A job that deploys to production and names no environment.

    GitLab then neither records the deployment nor asks for approval, and variables and credentials that are bound
    to the environment are not there. For a job that runs `cigen-runtime`, which refuses to work so, this is an
    error.

    Fix: give it `environment` with `name` and `deployment_tier: production`.
    """

    code = "CG806"
    name = "prod-environment"
    severity = Severity.WARNING
    bad = """\
deploy-prod:
  script: ./deploy
  resource_group: deploy/prod
"""
    good = """\
deploy-prod:
  script: ./deploy
  resource_group: deploy/prod
  environment:
    name: prod
    deployment_tier: production
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each job that deploys to production without `environment`."""
        for job in subject.jobs.values():
            if deploys_to_production(subject, job) and job.get("environment") is None:
                severity = Severity.ERROR if runs_cigen(subject, job) else self.severity
                message = f"{job.name} deploys to production without an environment"
                hint = "environment: {name: …, deployment_tier: production}"
                yield found(self, job.place, message, hint=hint, job=job.name, severity=severity)
