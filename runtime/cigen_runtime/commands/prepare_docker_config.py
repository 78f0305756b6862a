"""Prove that both registries let us in, before a job starts to copy images."""

from cigen_runtime.contract.images import BUILD_REPOSITORY
from cigen_runtime.job import Job
from cigen_runtime.services.artifactory import artifactory_registry
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.ecr import ecr_registry


def run(job: Job) -> None:
    """Knock at Artifactory's registry and at ECR."""
    artifactory, path = artifactory_registry(job, job.value(BUILD_REPOSITORY))
    with job.log.section("Registries"):
        artifactory.require_entry(path)
        job.log.line(f"ok: {artifactory.name}")
    with aws_of(job) as aws:
        ecr = ecr_registry(job, aws)
        ecr.require_entry("")
    job.log.line(f"ok: {artifactory.name} and {ecr.name} let this job in")
