"""Can what was deployed be promoted?"""

from collections.abc import Mapping

from cigen_runtime.contract.identity import ENVIRONMENT
from cigen_runtime.contract.images import ARTIFACTORY_REGISTRY, BUILD_REPOSITORY, RC_REPOSITORY, RELEASE_REPOSITORY
from cigen_runtime.contract.promotion import ARTIFACTORY_URL, ARTIFACTORY_USER
from cigen_runtime.diagnosis import Check, checks
from cigen_runtime.errors import NotFoundError
from cigen_runtime.files import Project, read_versions
from cigen_runtime.probes.probe import Probe, Surroundings
from cigen_runtime.services.artifactory import Artifactory, promotion_repository
from cigen_runtime.side_by_side import look_at_all
from cigen_runtime.versions import image_tag

STAGING = "staging"
"""The environment whose deployment promotes from build; every other promotes from RC."""


def _login(surroundings: Surroundings) -> str:
    job = surroundings.job
    build = promotion_repository(job, job.value(BUILD_REPOSITORY))
    build.registry.require_entry(build.path)
    return f"{build.registry.host} lets {job.value(ARTIFACTORY_USER)!r} in"


def _repositories(surroundings: Surroundings) -> str:
    job = surroundings.job
    wanted = [job.value(variable) for variable in (BUILD_REPOSITORY, RC_REPOSITORY, RELEASE_REPOSITORY)]
    there = Artifactory(job).local_repositories()
    missing = [key for key in wanted if key not in there]
    if missing:
        raise NotFoundError(
            f"Artifactory has no local Docker repository {' or '.join(missing)}",
            answer=f"those that {job.value(ARTIFACTORY_USER)} may see: {', '.join(sorted(there)) or 'none'}",
            remedy="Correct artifactory.repositories in cigen.yaml, or let the user see them.",
            leaf=checks.ARTIFACTORY_REPOSITORIES,
        )
    return f"it has {', '.join(wanted)}"


def _source_tags(surroundings: Surroundings) -> str:
    job = surroundings.job
    source = BUILD_REPOSITORY if job.value(ENVIRONMENT) == STAGING else RC_REPOSITORY
    repository = promotion_repository(job, job.value(source))

    def look(project: Project) -> None:
        tag = image_tag(project.version)
        if repository.digest(project.name, tag) is None:
            near = repository.nearest_tags(project.name, tag)
            raise NotFoundError(
                f"{repository.shown(project.name, tag)} is not there",
                answer=f"nearest: {', '.join(near)}" if near else f"{repository.key} has no tag of it like that",
                remedy=f"See whether the step that puts {project.name} into {repository.key} ran.",
                leaf=checks.SOURCE_TAG,
            )

    changed = [project for project in read_versions(job) if project.changed]
    look_at_all(changed, look, if_not=f"not every version is in {repository.key}")
    return f"{repository.key} has all {len(changed)} that changed"


PROBES: Mapping[Check, Probe] = {
    checks.ARTIFACTORY_PASS: Probe(_login, needs=(ARTIFACTORY_REGISTRY, BUILD_REPOSITORY)),
    checks.ARTIFACTORY_REPOSITORIES: Probe(
        _repositories, needs=(ARTIFACTORY_URL, RC_REPOSITORY, RELEASE_REPOSITORY), after=(checks.ARTIFACTORY_PASS,)
    ),
    checks.SOURCE_TAG: Probe(
        _source_tags, needs=(ENVIRONMENT, RC_REPOSITORY), after=(checks.ARTIFACTORY_PASS, checks.VERSIONS_FILE)
    ),
}
