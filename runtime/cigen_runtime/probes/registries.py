"""Do both registries let the job in, and have they what it needs?"""

from collections.abc import Mapping

from cigen_runtime.contract.identity import AWS_REGION
from cigen_runtime.contract.images import (
    ARTIFACTORY_REGISTRY,
    BUILD_REPOSITORY,
    DOCKER_AUTH_CONFIG,
    ECR_ACCOUNT,
    ECR_REPOSITORY,
)
from cigen_runtime.diagnosis import Check, checks
from cigen_runtime.errors import NotFoundError
from cigen_runtime.files import Project, read_versions
from cigen_runtime.probes.probe import Probe, Surroundings
from cigen_runtime.services.artifactory import Repository, docker_repository
from cigen_runtime.services.ecr import ecr_repository
from cigen_runtime.services.registry_login import docker_login
from cigen_runtime.side_by_side import look_at_all
from cigen_runtime.versions import image_tag


def _auth_config(surroundings: Surroundings) -> str:
    job = surroundings.job
    host = job.value(ARTIFACTORY_REGISTRY).replace("{repository}", job.value(BUILD_REPOSITORY)).partition("/")[0]
    return f"it has a login of {docker_login(job.value(DOCKER_AUTH_CONFIG), host).user!r} for {host}"


def _artifactory(surroundings: Surroundings) -> str:
    build = _build(surroundings)
    build.registry.require_entry(build.path)
    return f"{build.registry.host} lets the job in"


def _ecr_login(surroundings: Surroundings) -> str:
    registry = surroundings.ecr()
    registry.require_entry("")
    return f"{registry.host} lets the job in"


def _ecr_repositories(surroundings: Surroundings) -> str:
    job = surroundings.job
    projects = ("",) if "{project}" not in job.value(ECR_REPOSITORY) else [each.name for each in read_versions(job)]
    repositories = list(dict.fromkeys(ecr_repository(job, project) for project in projects))
    registry = surroundings.ecr()
    look_at_all(repositories, registry.require_repository, if_not="not every ECR repository can be used")
    return f"{', '.join(repositories)}; whether the role may push shows only the push itself"


def _images(surroundings: Surroundings) -> str:
    """An image that did not change may have been cleaned up: ECR has it."""
    build = _build(surroundings)
    projects = read_versions(surroundings.job)

    def look(project: Project) -> bool:
        if build.digest(project.name, image_tag(project.version)) is not None:
            return True
        if not project.changed:
            return False
        near = build.nearest_tags(project.name, image_tag(project.version))
        raise NotFoundError(
            f"{build.shown(project.name, image_tag(project.version))} is not there",
            answer=f"nearest: {', '.join(near)}" if near else f"{build.key} has no tag of {project.name} like it",
            remedy=f"See whether the job that publishes {project.name} ran in this pipeline.",
            leaf=checks.BUILD_IMAGE,
        )

    there = look_at_all(projects, look, if_not=f"not every image is in {build.key}")
    gone = len(there) - sum(there)
    return f"{sum(there)} are there" + (f"; {gone} are not, and did not change" if gone else "")


def _build(surroundings: Surroundings) -> Repository:
    return docker_repository(surroundings.job, surroundings.job.value(BUILD_REPOSITORY))


def _versions(surroundings: Surroundings) -> str:
    projects = read_versions(surroundings.job)
    changed = sum(project.changed for project in projects)
    return f"it has {len(projects)} project{'s' * (len(projects) != 1)}, of which {changed} changed"


PROBES: Mapping[Check, Probe] = {
    checks.DOCKER_AUTH_CONFIG: Probe(_auth_config, needs=(ARTIFACTORY_REGISTRY, BUILD_REPOSITORY)),
    checks.ARTIFACTORY_LOGIN: Probe(_artifactory, after=(checks.DOCKER_AUTH_CONFIG,)),
    checks.ECR_LOGIN: Probe(_ecr_login, needs=(ECR_ACCOUNT, AWS_REGION), after=(checks.IAM_ROLE,)),
    checks.ECR_PERMISSION: Probe(_ecr_repositories, needs=(ECR_REPOSITORY,), after=(checks.ECR_LOGIN,)),
    checks.BUILD_IMAGE: Probe(_images, after=(checks.VERSIONS_FILE, checks.ARTIFACTORY_LOGIN)),
    checks.VERSIONS_FILE: Probe(_versions),
}
