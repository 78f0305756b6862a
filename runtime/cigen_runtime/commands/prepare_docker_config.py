"""Prove that both registries let us in, before a job starts to copy images; hand the logins over, where asked."""

from cigen_runtime.handover import hand_over_logins
from cigen_runtime.job import Job
from cigen_runtime.services.artifactory import source_registries
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.ecr import ecr_registry


def run(job: Job) -> None:
    """Knock at Artifactory's registry and at ECR."""
    sources = source_registries(job)
    with job.log.section("Registries"):
        for artifactory, path in sources:
            artifactory.require_entry(path)
            job.log.line(f"ok: {artifactory.name}")
    with aws_of(job) as aws:
        ecr = ecr_registry(job, aws)
        ecr.require_entry("")
    registries = [*(registry for registry, _ in sources), ecr]
    hand_over_logins(job, registries)
    job.log.line(f"ok: {' and '.join(dict.fromkeys(each.name for each in registries))} let this job in")
