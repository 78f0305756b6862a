"""Copy what is released into the ECR of a region that is new."""

from cigen_runtime.commands.retag_push_ecr import Release, release_of
from cigen_runtime.contract.images import RELEASE_REPOSITORY
from cigen_runtime.copies import copy_all, plan_all
from cigen_runtime.files import Project
from cigen_runtime.images import ImageCopy, ImagePlace, plan_copy
from cigen_runtime.job import Job
from cigen_runtime.log import counted
from cigen_runtime.services.artifactory import Repository, docker_repository
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.ecr import ecr_registry, ecr_repository
from cigen_runtime.services.registry import Registry
from cigen_runtime.side_by_side import look_at_all
from cigen_runtime.target_versions import project_folders, read_target_versions
from cigen_runtime.versions import image_tag


def run(job: Job) -> None:
    """Look at both ends of all projects, then copy what ECR lacks."""
    targets = read_target_versions(job)
    released = docker_repository(job, job.value(RELEASE_REPOSITORY))
    projects = _released(job, released) if targets is None else targets
    releases = look_at_all(
        projects, lambda project: release_of(job, project), if_not="the service repo is not ready to deploy"
    )
    with aws_of(job) as aws:
        target = ecr_registry(job, aws)
        with job.log.section(f"Look at {counted(len(releases), 'image')} in {released.key} and {target.name}"):
            plans = _plans(job, releases, released, target)
        missing = plan_all(job, plans)
        if not job.dry_run:
            copy_all(job, missing)
            return
    for copy in missing:
        job.log.line(f"would copy {copy.source} to {copy.target} ({copy.manifest.digest})")


def _released(job: Job, released: Repository) -> list[Project]:
    """The highest released version of every project."""
    projects: list[Project] = []
    for name, folder in project_folders(job.folder).items():
        highest = max(released.versions(name), default=None)
        if highest:
            projects.append(Project(name, str(highest), folder, changed=False))
        else:
            job.log.line(f"{name} is skipped: {released.key} has no version of it")
    return projects


def _plans(job: Job, releases: list[Release], released: Repository, target: Registry) -> list[ImageCopy]:
    def plan(release: Release) -> ImageCopy:
        name = release.project.name
        source = ImagePlace(released.registry, released.path_of(name), image_tag(release.project.version))
        goal = ImagePlace(target, ecr_repository(job, name), release.tag)
        return plan_copy(source, goal, release.deployment.architecture)

    return look_at_all(releases, plan, if_not="not every image can be brought to ECR, so none was copied")
