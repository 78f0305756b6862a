"""The regions of a job's environment, for jobs that work for all of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cigen_runtime.contract.identity import AWS_REGION, REGION, REGIONS
from cigen_runtime.contract.images import ECR_ACCOUNT, ECR_REPOSITORY
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.job import Job


@dataclass(frozen=True, slots=True)
class Region:
    """One region of the environment, with its ECR registry."""

    region: str
    aws_region: str
    ecr_account: str
    ecr_repository: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """What a job of the region is told otherwise than one for all regions, such as an account of its own."""

    @property
    def host(self) -> str:
        """The host of its ECR registry."""
        return f"{self.ecr_account}.dkr.ecr.{self.aws_region}.amazonaws.com"

    def repository(self, project: str) -> str:
        """The ECR repository that holds a project's images."""
        return self.ecr_repository.replace("{project}", project)


def read_regions(job: Job) -> list[Region]:
    """The regions of the job's environment, in their order; raises ConfigurationError."""
    try:
        regions = [Region(**entry) for entry in json.loads(job.value(REGIONS))]
        is_complete = bool(regions) and all(
            isinstance(value, str) and value
            for region in regions
            for value in (region.region, region.aws_region, region.ecr_account, region.ecr_repository)
        )
    except (ValueError, TypeError):
        is_complete = False
    if not is_complete:
        raise ConfigurationError(
            f"{REGIONS.name} is not a list of regions with region, aws_region, ecr_account and ecr_repository",
            remedy="It is rendered from cigen.yaml: remove the variable of that name from the settings in GitLab.",
        )
    return regions


def jobs_by_region(job: Job) -> dict[str, Job]:
    """The job as it would be in each region: in all that CIGEN_REGIONS names, or else in its own.

    Raises ConfigurationError when neither is told.
    """
    if job.value(REGIONS):
        return {region.region: _in_region(job, region) for region in read_regions(job)}
    if lacking := job.lacks(REGION, AWS_REGION):
        raise ConfigurationError(
            f"it is not said which regions to look at: {REGIONS.name} is not set either",
            answer="\n".join(lacking),
            remedy="Run it in a job of the rendered pipelines, or set the variables as such a job has them.",
        )
    return {job.value(REGION): job}


def _in_region(job: Job, region: Region) -> Job:
    told = {
        REGION.name: region.region,
        AWS_REGION.name: region.aws_region,
        ECR_ACCOUNT.name: region.ecr_account,
        ECR_REPOSITORY.name: region.ecr_repository,
        **region.variables,
    }
    return replace(job, environment={**job.environment, **told})
