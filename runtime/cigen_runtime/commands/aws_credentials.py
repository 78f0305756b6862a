"""The gate of a deployment: credentials for the right account, or nothing starts."""

from cigen_runtime.contract.identity import AWS_ACCOUNT
from cigen_runtime.handover import hand_over_aws, minutes_handed_over
from cigen_runtime.job import Job
from cigen_runtime.services.aws import aws_of


def run(job: Job) -> None:
    """Log in, take credentials, prove the account; let go of everything, or hand the credentials over."""
    with aws_of(job, minutes_handed_over(job)) as aws:
        hand_over_aws(job, aws)
        job.log.line(f"ok: {job.place} gets credentials for AWS account {job.value(AWS_ACCOUNT)}")
