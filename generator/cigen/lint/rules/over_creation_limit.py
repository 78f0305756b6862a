"""The rule `over-creation-limit`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import rules_of
from cigen.lint.dotenv import variables_written
from cigen.lint.rule import found
from cigen.lint.subject import Job, Subject
from cigen.pipeline.needs import read_needs
from cigen.pipeline.node import Node
from cigen.pipeline.parallel import copies

_NEEDS = 50
_DEPLOYMENTS = 500
_DOTENV_VARIABLES = 20
_LONGEST_GROUP = 255
_GROUP = re.compile(r"(?!/)[A-Za-z0-9_/${}. -]*(?<!/)")


class OverCreationLimit:
    """More of something than GitLab takes when it makes the pipeline, or while the job runs.

    GitLab's own check passes such a file: a job with more than 50 `needs`, or a pipeline with more than 500
    deployments, is refused when the pipeline is due; a dotenv report with more than 20 variables fails its job; a
    resource group with a name that GitLab does not take locks nothing. Administrators can raise the numbers.

    Fix: stay below what the message names; let a job that only waits stand between many jobs and one.
    """

    code = "CG708"
    name = "over-creation-limit"
    severity = Severity.ERROR
    bad = """\
deploy:
  script: ./deploy
  resource_group: deploy:eu
"""
    good = """\
deploy:
  script: ./deploy
  resource_group: deploy/eu
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each limit that is passed."""
        yield from self._deployments(subject)
        for job in subject.jobs.values():
            for node in (job.get("needs"), *(rule.get("needs") for rule in rules_of(job))):
                count = _count(subject, node) if node is not None else 0
                if node is not None and count > _NEEDS:
                    message = f"{job.name} needs {count} jobs; GitLab makes no pipeline with more than {_NEEDS}"
                    hint = "let a job that only waits stand between"
                    yield found(self, node.place, message, hint=hint, job=job.name)
            yield from self._resource_group(job)
            if job.get("artifacts", "reports", "dotenv") is not None:
                count = len(variables_written(subject, job))
                if count > _DOTENV_VARIABLES:
                    place = job.place_of("artifacts", "reports", "dotenv")
                    message = f"{job.name} hands on {count} variables; a dotenv report may have {_DOTENV_VARIABLES}"
                    hint = "hand on a file"
                    yield found(self, place, message, hint=hint, job=job.name, severity=Severity.WARNING)

    def _deployments(self, subject: Subject) -> Iterator[Finding]:
        deploying = [job for job in subject.running if _is_deployment(job)]
        counts = [max(len(copies(job.name, job.get("parallel"))), 1) for job in deploying]
        if sum(counts) > _DEPLOYMENTS:
            message = f"{sum(counts)} jobs deploy; GitLab makes no pipeline with more than {_DEPLOYMENTS} deployments"
            job = deploying[-1]
            hint = "action: access, or prepare, for jobs that only use an environment"
            yield found(self, job.place_of("environment"), message, hint=hint, job=job.name)

    def _resource_group(self, job: Job) -> Iterator[Finding]:
        name = job.text("resource_group")
        if name and (len(name) > _LONGEST_GROUP or not _GROUP.fullmatch(name)):
            wrong = f"{len(name)} characters" if len(name) > _LONGEST_GROUP else f"a name with {_wrong(name)}"
            message = f"the resource group of {job.name} has {wrong}, which GitLab does not take: it locks nothing"
            hint = "at most 255 letters, digits, spaces, '-', '_', '.' and '/', this neither first nor last"
            place = job.place_of("resource_group")
            yield found(self, place, message, hint=hint, job=job.name, severity=Severity.WARNING)


def _count(subject: Subject, node: Node) -> int:
    """How many jobs some needs are, each copy of a parallel job counted."""
    total = 0
    for need in read_needs(node):
        job = subject.jobs.get(need.job)
        total += max(len(copies(need.job, job.get("parallel"))), 1) if job is not None and not need.elsewhere else 1
    return total


def _is_deployment(job: Job) -> bool:
    if job.get("environment") is None:
        return False
    return job.text("environment", "action") in ("", "start")


def _wrong(name: str) -> str:
    """The first character that GitLab does not take there."""
    return next((f"'{letter}'" for letter in name if letter != "/" and not _GROUP.fullmatch(letter)), "'/' at an end")
