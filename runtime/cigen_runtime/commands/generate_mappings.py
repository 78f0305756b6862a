"""Write down which image each function of every region is to run, for versions that exist already."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from cigen_runtime.commands.retag_push_ecr import NOT_READY, Release, refuse_shared_functions, release_of
from cigen_runtime.contract.identity import ENVIRONMENT
from cigen_runtime.contract.images import ECR_PER_ENVIRONMENT, MAPPINGS, RC_REPOSITORY, RELEASE_REPOSITORY
from cigen_runtime.contract.versions import ALLOW_DOWNGRADE, TARGET_VERSIONS, VERSIONS
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import ConfigurationError, ConflictError, JobError, NotFoundError, in_one
from cigen_runtime.files import ImageMapping, Project, read_versions
from cigen_runtime.images import ImagePlace, for_platform
from cigen_runtime.job import Job
from cigen_runtime.log import counted, table
from cigen_runtime.regions import Region, read_regions
from cigen_runtime.services.artifactory import Repository, docker_repository
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.ecr import ecr_registry
from cigen_runtime.services.image_manifest import Manifest
from cigen_runtime.services.registry import Registry
from cigen_runtime.target_versions import allows_downgrade, read_target_versions
from cigen_runtime.versions import image_tag, parse_version

PARALLEL = 8
"""Requests in flight at once."""
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Proven:
    """A version that Artifactory has: what its tag stands for, and the image of it that the function runs."""

    release: Release
    place: ImagePlace
    source_digest: str
    digest: str


def run(job: Job) -> None:
    """Look at everything, tell all that is wrong, and write only when nothing is."""
    targets = read_target_versions(job)
    regions = read_regions(job)
    releases, problems = _split(_each(targets or _from_file(job), lambda project: release_of(job, project)))
    if problems:
        raise in_one(NOT_READY, problems)
    refuse_shared_functions(releases)
    candidates = docker_repository(job, job.value(RC_REPOSITORY))
    released = docker_repository(job, job.value(RELEASE_REPOSITORY))
    with job.log.section(f"Look for {counted(len(releases), 'version')} in Artifactory"):
        proven, problems = _split(_each(releases, lambda release: _prove(job, release, candidates, released)))
    mappings: list[tuple[Region, ImageMapping]] = []
    missing: list[JobError] = []
    if not (copied_later := bool(job.value(ECR_PER_ENVIRONMENT))):
        mappings, missing = _in_ecr(job, regions, proven)
    if problems or missing:
        raise in_one("not every version can be deployed, so nothing was written", [*problems, *missing])
    for line in table(("project", "version", "from", "digest"), [_row(found) for found in proven]):
        job.log.line(line)
    if copied_later:
        job.log.line("the images come to each region's ECR by its retag-push-ecr, which writes the mappings")
    _write(job, () if copied_later else regions, mappings, targets)


def _in_ecr(
    job: Job, regions: Sequence[Region], proven: Sequence[Proven]
) -> tuple[list[tuple[Region, ImageMapping]], list[JobError]]:
    """What each region's ECR has of the versions, and what it lacks."""
    with aws_of(job) as aws, job.log.section(f"Look for them in ECR of {counted(len(regions), 'region')}"):
        registries = [ecr_registry(job, aws, region.host, region.aws_region) for region in regions]
        wanted = [
            (found, region, registry) for region, registry in zip(regions, registries, strict=True) for found in proven
        ]
        return _split(_each(wanted, lambda one: _mapping(*one)))


def _from_file(job: Job) -> list[Project]:
    try:
        return read_versions(job)
    except NotFoundError:
        raise ConfigurationError(
            f"{TARGET_VERSIONS.name} is empty and there is no {VERSIONS.path}",
            remedy=f'Start the pipeline with {TARGET_VERSIONS.name} set, such as {{"orders-api": "1.4.0"}}.',
            branch=Branch.LAMBDA,
            leaf=checks.TARGET_VERSIONS,
        ) from None


def _prove(job: Job, release: Release, candidates: Repository, released: Repository) -> Proven:
    """Find a version in one of the two repositories; the same content where it is in both."""
    project = release.project
    _refuse_downgrade(job, project, released)
    found: list[tuple[ImagePlace, Manifest]] = []
    for repository in (candidates, released):
        place = _place(repository, project)
        manifest = place.registry.manifest(place.repository, place.tag)
        if manifest:
            found.append((place, manifest))
    if not found:
        raise NotFoundError(
            f"{project.name} {project.version} is neither in {_place(candidates, project)} nor in "
            f"{_place(released, project)}",
            remedy=(f"Deploy it to staging first, which promotes it to RC. {_newest(candidates, project)}"),
            branch=Branch.LAMBDA,
            leaf=checks.TARGET_VERSIONS,
        )
    place, manifest = found[0]
    if manifest.digest != found[-1][1].digest:
        raise ConflictError(
            f"{project.name} {project.version} is not the same image in both repositories",
            answer="\n".join(f"{place} is {manifest.digest}" for place, manifest in found),
            remedy="Something rebuilt it after it was released. Release a new version.",
            branch=Branch.ARTIFACT,
        )
    image = for_platform(place, manifest, release.deployment.architecture)
    return Proven(release, place, manifest.digest, image.digest)


def _refuse_downgrade(job: Job, project: Project, released: Repository) -> None:
    """The highest released version is the nearest thing to what runs that all pipelines can see."""
    wanted = parse_version(project.version)
    highest = max(released.versions(project.name), default=None)
    if wanted is None or highest is None or not wanted < highest or allows_downgrade(job):
        return
    raise ConfigurationError(
        f"{project.name} {project.version} is lower than {highest}, which is released",
        remedy=f"If the older version is meant, start the pipeline again with {ALLOW_DOWNGRADE.name}=true.",
        branch=Branch.LAMBDA,
        leaf=checks.TARGET_VERSIONS,
    )


def _newest(repository: Repository, project: Project) -> str:
    versions = sorted(repository.versions(project.name), reverse=True)[:5]
    return f"It has {', '.join(map(str, versions))}." if versions else f"It has no version of {project.name} at all."


def _place(repository: Repository, project: Project) -> ImagePlace:
    return ImagePlace(repository.registry, repository.path_of(project.name), image_tag(project.version))


def _mapping(found: Proven, region: Region, registry: Registry) -> tuple[Region, ImageMapping]:
    """The mapping of one project in one region, after a look whether ECR has exactly this image."""
    release = found.release
    target = ImagePlace(registry, region.repository(release.project.name), release.tag)
    there = registry.digest(target.repository, target.tag)
    if there is None:
        raise NotFoundError(
            f"{target} is not there",
            remedy=(
                f"Deploy {release.project.name} {release.project.version} to staging in {region.region}, which copies "
                "its image there."
            ),
            leaf=checks.ECR_TAG,
        )
    if there != found.digest:
        raise ConflictError(
            f"{target} is not the image that was proven",
            answer=f"ECR has {there}, {found.place} is {found.digest}",
            remedy="Something rebuilt it after it was pushed. Release a new version.",
            leaf=checks.ECR_TAG,
        )
    return region, ImageMapping(
        project=release.project.name,
        folder=release.project.folder,
        lambda_name=release.deployment.lambda_name,
        version=release.project.version,
        image=str(target),
        digest=found.digest,
        source_digest=found.source_digest,
        architecture=release.deployment.architecture,
    )


def _row(found: Proven) -> tuple[str, str, str, str]:
    project = found.release.project
    return project.name, project.version, found.place.repository, found.digest


def _write(
    job: Job,
    regions: Iterable[Region],
    mappings: Sequence[tuple[Region, ImageMapping]],
    targets: Sequence[Project] | None,
) -> None:
    """versions.json last, and only when it was asked for otherwise: a broken run leaves what it read."""
    for region in regions:
        projects = {mapping.project: mapping.as_json() for place, mapping in mappings if place is region}
        content = {
            "schema": 1,
            "environment": job.value(ENVIRONMENT),
            "region": region.region,
            "projects": projects,
        }
        job.write(MAPPINGS, content, region.region)
    if targets:
        job.write(
            VERSIONS,
            {
                project.name: {"version": project.version, "folder": project.folder, "changed": True}
                for project in targets
            },
        )


def _each(items: Iterable[_T], action: Callable[[_T], _R]) -> list[_R | JobError]:
    """What an action gives for each item, side by side; an error stands in the place of its result."""

    def attempt(item: _T) -> _R | JobError:
        try:
            return action(item)
        except JobError as error:
            return error

    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(attempt, items))


def _split(outcomes: Iterable[_R | JobError]) -> tuple[list[_R], list[JobError]]:
    results: list[_R] = []
    problems: list[JobError] = []
    for outcome in outcomes:
        if isinstance(outcome, JobError):
            problems.append(outcome)
        else:
            results.append(outcome)
    return results, problems
