"""Which jobs deploy, which only tell of it, and which of them work in production."""

import re

from cigen.lint.calls import Call, calls
from cigen.lint.subject import Job, Subject
from cigen.lint.told import told
from cigen.lint.whereabouts import misplaced
from cigen_runtime.contract.configs import S3_SYNC
from cigen_runtime.contract.identity import ENVIRONMENT
from cigen_runtime.contract.images import RETAG_PUSH_ECR
from cigen_runtime.contract.lambda_ import DEPLOY_LAMBDA
from cigen_runtime.contract.model import Command, System

PRODUCTION = "prod"
"""What the runtime calls the environment that a release manager deploys to."""

_WORDS = re.compile(r"[^a-z0-9]+")
_NOT_YET = frozenset(
    {"pre", "non", "not", "like", "plan", "stop", "destroy", "rollback", "verify", "check", "test", "notify", "build"}
)
_DEPLOYING = (DEPLOY_LAMBDA, S3_SYNC, RETAG_PUSH_ECR)
_TELLING = frozenset({System.JIRA, System.DASHBOARD})


def deploys_to_production(subject: Subject, job: Job) -> bool:
    """Whether a job says so: by what it hands to cigen's command, or by its name."""
    if job.get("trigger") is not None:
        return False
    if found := calls(subject, job):
        return works_in_production(subject, job) and any(call.command in _DEPLOYING for call in found)
    return is_named_for_production(job)


def is_named_for_production(job: Job) -> bool:
    """Whether the name of a job says that it deploys to production."""
    words = set(_WORDS.split(job.name.lower()))
    return "deploy" in words and bool(words & {"prod", "production", "live"}) and not words & _NOT_YET


def works_in_production(subject: Subject, job: Job) -> bool:
    """Whether a job that calls our commands does so for production; no one whose variables are certainly wrong."""
    if job.name in misplaced(subject):
        return False
    if environment := told(subject, job).value(ENVIRONMENT):
        return environment == PRODUCTION
    name = job.text("environment", "name") or job.text("environment")
    return job.text("environment", "deployment_tier") == "production" or name.partition("/")[0] == PRODUCTION


def runs_cigen(subject: Subject, job: Job) -> bool:
    """Whether it runs a command of ours."""
    return bool(calls(subject, job))


def only_tells(found: tuple[Call, ...]) -> bool:
    """Whether all that some calls do is to tell people about a release, in a ticket or on the dashboard."""
    return bool(found) and all(is_telling(call.command) for call in found)


def is_telling(command: Command) -> bool:
    """Whether a command writes into a ticket or on the dashboard."""
    return bool(_TELLING & set(command.systems)) and not command.by_hand
