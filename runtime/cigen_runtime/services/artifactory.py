"""Artifactory, as a container registry."""

from cigen_runtime.contract import ARTIFACTORY_REGISTRY, DOCKER_AUTH_CONFIG
from cigen_runtime.job import Job
from cigen_runtime.services.registry import Registry, docker_login


def artifactory_registry(job: Job, repository: str) -> tuple[Registry, str]:
    """Artifactory's registry for a repository, and the path under which its images stand there.

    The configured pattern puts the repository's key into the host or into the path, as the site has it.
    """
    host, _, path = job.value(ARTIFACTORY_REGISTRY).replace("{repository}", repository).partition("/")
    login = docker_login(job.value(DOCKER_AUTH_CONFIG), host)
    job.redactor.add(login.password)
    job.redactor.add(login.header.removeprefix("Basic "))
    return Registry(f"Artifactory ({host})", host, login, job.clock), path
