"""Which jobs deploy to production."""

import re

from cigen.lint.subject import Job, items_of, text_of

_WORDS = re.compile(r"[^a-z0-9]+")
_NOT_YET = frozenset(
    {"pre", "non", "not", "like", "plan", "stop", "destroy", "rollback", "verify", "check", "test", "notify", "build"}
)
_DEPLOYING = ("deploy-lambda", "s3-sync", "retag-push-ecr")


def deploys_to_production(job: Job) -> bool:
    """Whether a job says so: by what it hands to cigen's command, or by its name."""
    if job.get("trigger") is not None:
        return False
    if runs_cigen(job):
        calls = any(
            f"cigen-runtime {command}" in text_of(line)
            for line in items_of(job.get("script"))
            for command in _DEPLOYING
        )
        return calls and job.text("variables", "CIGEN_ENVIRONMENT") == "prod"
    words = set(_WORDS.split(job.name.lower()))
    return "deploy" in words and bool(words & {"prod", "production", "live"}) and not words & _NOT_YET


def runs_cigen(job: Job) -> bool:
    """Whether it runs a command of ours."""
    return any("cigen-runtime " in text_of(line) for line in items_of(job.get("script")))
