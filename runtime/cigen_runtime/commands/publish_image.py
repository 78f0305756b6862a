"""Build each project's image and publish it in the build repository, once per version."""

from dataclasses import dataclass, replace
from pathlib import Path

from cigen_runtime.contract.deployment_file import ARCHITECTURES
from cigen_runtime.contract.identity import COMMIT_SHA, PROJECT_URL
from cigen_runtime.contract.images import BUILD_CONTEXT, BUILD_REPOSITORY, DOCKERFILE, PUBLISHED_IMAGES
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import NotFoundError
from cigen_runtime.files import Project, read_deployment, read_versions
from cigen_runtime.images import ImagePlace, push_image
from cigen_runtime.job import Job
from cigen_runtime.services.artifactory import artifactory_registry
from cigen_runtime.services.buildah import Build, Buildah, builder
from cigen_runtime.services.registry import Registry
from cigen_runtime.side_by_side import look_at_all
from cigen_runtime.versions import image_tag


@dataclass(frozen=True, slots=True)
class _Publication:
    """One project's image: where it goes, what it is made from, and the digest it has once it is there."""

    target: ImagePlace
    build: Build
    digest: str | None
    is_built: bool = False


def run(job: Job) -> None:
    """Read, look which tags are there, build what is missing, push, record after each image."""
    registry, path = artifactory_registry(job, job.value(BUILD_REPOSITORY))
    with job.log.section(f"Look for the images in {registry.name}"):
        publications = look_at_all(
            read_versions(job, Branch.DOCKER),
            lambda project: _publication(job, project, registry, path),
            if_not="the service repo is not ready to build",
        )
    missing = [publication for publication in publications if publication.digest is None]
    for publication in publications:
        if publication.digest is None:
            job.plan("image", str(publication.target), "built")
        else:
            job.already("image", str(publication.target), publication.digest)
    job.log.line(f"{len(missing)} of {len(publications)} images to build, the others are published already")
    if job.dry_run:
        for publication in missing:
            job.log.line(f"would build {publication.build.dockerfile} and push {publication.target}")
        return
    done = {publication.build.project: publication for publication in publications if publication.digest}
    if missing:
        with builder(job) as buildah:
            for number, publication in enumerate(missing, start=1):
                with job.log.section(f"Build {number} of {len(missing)}: {publication.target}"):
                    done[publication.build.project] = _publish(job, buildah, publication)
                _record(job, done)
    _record(job, done)


def _publication(job: Job, project: Project, registry: Registry, path: str) -> _Publication:
    deployment = read_deployment(job.folder, project.folder)
    tag = image_tag(project.version)
    target = ImagePlace(registry, "/".join(filter(None, (path, project.name))), tag)
    labels = {
        "org.opencontainers.image.title": project.name,
        "org.opencontainers.image.version": project.version,
        "org.opencontainers.image.source": job.value(PROJECT_URL),
        "org.opencontainers.image.revision": job.value(COMMIT_SHA),
    }
    build = Build(
        project=project.name,
        version=project.version,
        context=Path(job.value(BUILD_CONTEXT).replace("{folder}", project.folder)),
        dockerfile=Path(job.value(DOCKERFILE).replace("{folder}", project.folder)),
        platform=f"linux/{ARCHITECTURES[deployment.architecture]}",
        labels={key: value for key, value in labels.items() if value},
    )
    digest = registry.digest(target.repository, tag)
    if digest is None and not (job.folder / build.dockerfile).is_file():
        raise NotFoundError(
            f"{build.dockerfile} is not there",
            remedy=f"Add it, or say with {DOCKERFILE.name} where the Dockerfile of a project is.",
            branch=Branch.DOCKER,
        )
    return _Publication(target, build, digest)


def _publish(job: Job, buildah: Buildah, publication: _Publication) -> _Publication:
    layout = buildah.build(publication.build)
    target = publication.target
    there = target.registry.digest(target.repository, target.tag)
    if there:
        job.log.line(f"{target} was published by another job meanwhile; its image stays")
        return replace(publication, digest=there)
    digest, moved = push_image(layout, target)
    job.changed("image", str(target), digest)
    job.log.line(f"published {target} ({digest}), {moved / 1e6:.1f} MB")
    return replace(publication, digest=digest, is_built=True)


def _record(job: Job, publications: dict[str, _Publication]) -> None:
    job.write(
        PUBLISHED_IMAGES,
        {
            "schema": 1,
            "projects": {
                name: {
                    "version": publication.build.version,
                    "image": str(publication.target),
                    "digest": publication.digest,
                    "built": publication.is_built,
                }
                for name, publication in sorted(publications.items())
            },
        },
    )
