"""The rule `prod-serialised`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.production import deploys_to_production, runs_cigen
from cigen.lint.rule import found
from cigen.lint.subject import Job, Subject, text_of, texts_of
from cigen.pipeline.node import Mapping, Place, Scalar


class ProdSerialised:
    """A production deployment that another one can overtake or break off.

    Without `resource_group` two pipelines deploy at the same time, and the older one may win. An interruptible job
    is broken off in the middle by the next push, and a blind retry does again what half succeeded. For a job that
    runs `cigen-runtime`, this is an error.

    Fix: `resource_group` per target, `interruptible: false`, and `retry` for failures of the runner alone.
    """

    code = "CG807"
    name = "prod-serialised"
    severity = Severity.WARNING
    bad = """\
deploy-prod:
  script: ./deploy
  environment: {name: prod, deployment_tier: production}
"""
    good = """\
deploy-prod:
  script: ./deploy
  environment: {name: prod, deployment_tier: production}
  resource_group: deploy/prod
  interruptible: false
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each way in which a job that deploys to production is not alone."""
        for job in subject.jobs.values():
            if not deploys_to_production(subject, job) or job.get("environment") is None:
                continue
            severity = Severity.ERROR if runs_cigen(subject, job) else self.severity
            for place, message, hint in _gaps(job):
                yield found(self, place, f"{job.name} {message}", hint=hint, job=job.name, severity=severity)


def _gaps(job: Job) -> Iterator[tuple[Place, str, str]]:
    if job.get("resource_group") is None:
        yield job.place, "can run twice at the same time", "resource_group: one name per target"
    if job.text("interruptible") == "true":
        yield job.place_of("interruptible"), "is broken off when the next pipeline starts", "interruptible: false"
    if retries_failures(job):
        yield job.place_of("retry"), "deploys again after any failure", "retry for failures of the runner alone"


def retries_failures(job: Job) -> bool:
    """Whether GitLab runs the job again though its script has failed."""
    retry = job.get("retry")
    if isinstance(retry, Scalar):
        return text_of(retry) not in ("", "0")
    if not isinstance(retry, Mapping):
        return False
    reasons = texts_of(retry.get("when"))
    is_limited = bool(reasons) or retry.get("exit_codes") is not None
    return text_of(retry.get("max")) != "0" and (not is_limited or bool({"always", "script_failure"} & set(reasons)))
