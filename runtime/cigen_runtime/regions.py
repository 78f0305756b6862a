"""The regions of a job's environment, for jobs that work for all of them."""

import json
from dataclasses import dataclass

from cigen_runtime.contract.identity import REGIONS
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.job import Job


@dataclass(frozen=True, slots=True)
class Region:
    """One region of the environment, with its ECR registry."""

    region: str
    aws_region: str
    ecr_account: str
    ecr_repository: str

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
