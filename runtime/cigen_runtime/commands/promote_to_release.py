"""Promote what production runs from the RC repository to the release repository."""

from cigen_runtime.commands.promote_artifacts import promote
from cigen_runtime.contract.images import RC_REPOSITORY, RELEASE_REPOSITORY
from cigen_runtime.job import Job


def run(job: Job) -> None:
    """Promote between the two repositories that cigen.yaml names."""
    promote(job, job.value(RC_REPOSITORY), job.value(RELEASE_REPOSITORY))
