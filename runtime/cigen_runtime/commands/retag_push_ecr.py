"""Copy what is to be deployed from Artifactory to ECR, and write down which image each function gets."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.contract.images import COPIES, COPY, MAPPINGS
from cigen_runtime.copies import Kept, copy_all, plan_all
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import ConfigurationError, JobError, NotFoundError, in_one
from cigen_runtime.files import Deployment, ImageMapping, Project, read_deployment, read_versions
from cigen_runtime.images import ImageCopy, ImagePlace, plan_copy
from cigen_runtime.job import Job
from cigen_runtime.log import counted
from cigen_runtime.services.artifactory import source_registries
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.ecr import ecr_registry, ecr_repository
from cigen_runtime.services.registry import Registry
from cigen_runtime.side_by_side import look_at_all
from cigen_runtime.versions import ecr_tag, image_tag

NOT_READY = "the service repo is not ready to deploy"


@dataclass(frozen=True, slots=True)
class Release:
    """One project with what its folder says about it."""

    project: Project
    deployment: Deployment

    @property
    def tag(self) -> str:
        """The tag in ECR."""
        return ecr_tag(self.deployment.lambda_name, self.project.version)


def run(job: Job) -> None:
    """Read, look at both registries for all projects, copy what is missing, record.

    Nothing is copied before every project has been found to be possible; where several copies of the job share the
    projects, before every one of its own share has.
    """
    share, shares = int(job.value(COPY)), int(job.value(COPIES))
    releases = releases_of(job)[share - 1 :: shares]
    sources = source_registries(job)
    with aws_of(job) as aws:
        target = ecr_registry(job, aws)
        with job.log.section(f"Look at {counted(len(releases), 'image')} in {sources[0][0].name} and {target.name}"):
            plans = _plans(job, releases, sources, target, job.log.line)
        missing = plan_all(job, plans)
        if job.dry_run:
            for copy in missing:
                job.log.line(f"would copy {copy.source} to {copy.target} ({copy.manifest.digest})")
            return
        copy_all(job, missing)
    is_part = shares > 1
    job.write(
        MAPPINGS.part(str(share)) if is_part else MAPPINGS,
        {
            "schema": 1,
            "environment": job.value(ENVIRONMENT),
            "region": job.value(REGION),
            **({"part": {"number": share, "of": shares}} if is_part else {}),
            "projects": {
                release.project.name: _mapping(release, plan).as_json()
                for release, plan in zip(releases, plans, strict=True)
            },
        },
    )


def releases_of(job: Job) -> list[Release]:
    """Every project of versions.json with its folder's `.deployment`; all that is wrong is told at once."""
    releases = look_at_all(
        read_versions(job, Branch.DOCKER), lambda project: release_of(job, project), if_not=NOT_READY
    )
    refuse_shared_functions(releases)
    return releases


def release_of(job: Job, project: Project) -> Release:
    """One project with its folder's `.deployment`; raises NotFoundError or ConfigurationError."""
    release = Release(project, read_deployment(job.folder, project.folder, job.value(ENVIRONMENT)))
    if not re.fullmatch(r"\w[\w.-]{0,127}", release.tag, re.ASCII):
        raise ConfigurationError(
            f"the tag {release.tag!r} is longer than 128 characters or holds what a tag may not",
            remedy="Shorten the prerelease or build part of the version.",
            branch=Branch.DOCKER,
        )
    return release


def refuse_shared_functions(releases: Iterable[Release]) -> None:
    """Two folders with one function, as a copied folder has it, would deploy over each other, in no order."""
    folders: dict[str, list[str]] = {}
    for release in releases:
        folders.setdefault(release.deployment.lambda_name, []).append(release.project.folder)
    problems: list[JobError] = [
        ConfigurationError(
            f"{' and '.join(f'functions/{folder}/.deployment' for folder in shared)} name the same function, {name}",
            remedy="Give each folder its own ACTUAL_LAMBDA_NAME: one of them was copied from the other.",
            leaf=checks.DEPLOYMENT_FILE,
        )
        for name, shared in folders.items()
        if len(shared) > 1
    ]
    if problems:
        raise in_one(NOT_READY, problems)


def _plans(
    job: Job,
    releases: Iterable[Release],
    sources: Sequence[tuple[Registry, str]],
    target: Registry,
    told: Callable[[str], None],
) -> list[ImageCopy | Kept]:
    def plan(release: Release) -> ImageCopy | Kept:
        project = release.project
        goal = ImagePlace(target, ecr_repository(job, project.name), release.tag)
        places = [
            ImagePlace(source, "/".join(filter(None, (path, project.name))), image_tag(project.version))
            for source, path in sources
        ]
        try:
            return _first_found(places, goal, release.deployment.architecture)
        except NotFoundError:
            digest = None if project.changed else goal.registry.digest(goal.repository, goal.tag)
            if digest is None:
                raise
            return Kept(goal, digest)

    return look_at_all(releases, plan, if_not="not every image can be brought to ECR, so none was copied", told=told)


def _first_found(places: Sequence[ImagePlace], goal: ImagePlace, architecture: str) -> ImageCopy:
    """The copy from the first place that has the image; raises NotFoundError for the first where none has it."""
    missing: NotFoundError | None = None
    for place in places:
        try:
            return plan_copy(place, goal, architecture)
        except NotFoundError as error:
            missing = missing or error
    raise missing or LookupError("there is no place to look into")


def _mapping(release: Release, plan: ImageCopy | Kept) -> ImageMapping:
    return ImageMapping(
        project=release.project.name,
        folder=release.project.folder,
        lambda_name=release.deployment.lambda_name,
        version=release.project.version,
        image=str(plan.target),
        digest=plan.digest,
        source_digest=plan.source_digest,
        architecture=release.deployment.architecture,
    )
