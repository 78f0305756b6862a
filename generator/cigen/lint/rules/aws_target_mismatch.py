"""The rule `aws-target-mismatch`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.overridden import overridden_places
from cigen.lint.rule import and_more, found
from cigen.lint.script import scripts
from cigen.lint.subject import Job, Subject
from cigen.lint.target_mismatches import grouped, mismatches

_LOGIN = re.compile(r"get-login-password[^\n|]*?--region[= ](?P<own>[a-z]{2}(?:-[a-z]+)+-\d)[^\n]*")
_REGISTRY = re.compile(r"\d{12}\.dkr\.ecr\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com")


class AwsTargetMismatch:
    """Names and variables of a job that mean different environments, regions, accounts or buckets.

    A region's file is often a copy of another one with one line forgotten: the job says `eu` and deploys to `us`.
    The runtime refuses where GitLab's environment disagrees with the variables; where they agree, and the AWS region
    or the bucket is that of another place, nobody stops it.

    Fix: make the name, the environment, the resource group and the variables say the same place; better, render them.
    """

    code = "CG814"
    name = "aws-target-mismatch"
    severity = Severity.ERROR
    bad = """\
find-versions-staging-eu:
  script: cigen-runtime find-versions
  variables:
    CIGEN_ENVIRONMENT: staging
    CIGEN_REGION: eu
    CIGEN_ENVIRONMENTS: '{"staging": ["eu", "us"]}'
  environment: {name: staging/us, action: prepare}
"""
    good = """\
find-versions-staging-eu:
  script: cigen-runtime find-versions
  variables:
    CIGEN_ENVIRONMENT: staging
    CIGEN_REGION: eu
    CIGEN_ENVIRONMENTS: '{"staging": ["eu", "us"]}'
  environment: {name: staging/eu, action: prepare}
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each disagreement once, however many jobs have it from one place."""
        for group in grouped(mismatches(subject)):
            first, jobs = group[0], and_more([each.job.name for each in group])
            if first.place in overridden_places(subject):
                continue
            message = f"{first.what} says {first.says}, and {jobs} should work for {first.expected}"
            if first.is_taken:
                message = f"{first.what} says {first.says} for {jobs}, and {first.expected} is there already"
            hint = first.hint or f"write {first.expected}, or correct the others"
            yield found(self, first.place, message, hint=hint, job=first.job.name)
        for job in subject.jobs.values():
            yield from self._logins(subject, job)

    def _logins(self, subject: Subject, job: Job) -> Iterator[Finding]:
        """A password of ECR for one region that is used for the registry of another."""
        for script in scripts(subject, job):
            for login in _LOGIN.finditer(script.code) if "get-login-password" in script.text else ():
                registry = _REGISTRY.search(login[0])
                if registry and registry["region"] != login["own"]:
                    span = script.span(login.start("own"), len(login["own"]))
                    message = f"{job.name} asks {login['own']} for the password of ECR in {registry['region']}"
                    hint = f"--region {registry['region']}"
                    yield found(self, span, message, hint=hint, job=job.name, severity=Severity.WARNING)
