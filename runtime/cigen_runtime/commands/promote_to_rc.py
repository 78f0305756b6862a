"""Promote what staging has proven from the build repository to the RC repository."""

from cigen_runtime.commands.promote_artifacts import promote
from cigen_runtime.contract.images import BUILD_REPOSITORY, RC_REPOSITORY
from cigen_runtime.job import Job


def run(job: Job) -> None:
    """Promote between the two repositories that cigen.yaml names."""
    promote(job, job.value(BUILD_REPOSITORY), job.value(RC_REPOSITORY))
