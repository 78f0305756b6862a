"""The gate of a deployment: credentials for the right account, or nothing starts."""

from cigen_runtime.contract.identity import AWS_ACCOUNT
from cigen_runtime.job import Job
from cigen_runtime.services.aws import aws_of


def run(job: Job) -> None:
    """Log in, take credentials, prove the account, let go of everything."""
    with aws_of(job):
        job.log.line(f"ok: {job.place} gets credentials for AWS account {job.value(AWS_ACCOUNT)}")
