"""Follow one version of a project through every system it passes, and say where it got to."""

import difflib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from cigen_runtime.contract.credentials import VAULT_ADDR, VAULT_ROLE
from cigen_runtime.contract.identity import AWS_ACCOUNT, AWS_REGION, ENVIRONMENT
from cigen_runtime.contract.images import (
    ARTIFACTORY_REGISTRY,
    DOCKER_AUTH_CONFIG,
    ECR_ACCOUNT,
    ECR_REPOSITORY,
    RC_REPOSITORY,
    RELEASE_REPOSITORY,
)
from cigen_runtime.contract.jira import JIRA_VARIABLES
from cigen_runtime.contract.model import ExitCode, Variable
from cigen_runtime.errors import ConfigurationError, JobError, NotFoundError
from cigen_runtime.files import Project, read_deployment
from cigen_runtime.job import Job
from cigen_runtime.log import table
from cigen_runtime.probes.probe import Surroundings
from cigen_runtime.regions import jobs_by_region
from cigen_runtime.services.artifactory import docker_repository
from cigen_runtime.services.ecr import ecr_repository
from cigen_runtime.services.jira import Jira
from cigen_runtime.services.lambda_ import Functions
from cigen_runtime.target_versions import project_folders
from cigen_runtime.tickets import find, label_of
from cigen_runtime.versions import ecr_tag, image_tag, parse_version
from cigen_runtime.whereabouts import KnownVersions, version_of

STAGING = "staging"
AWS_NEEDS = (ENVIRONMENT, AWS_REGION, AWS_ACCOUNT, VAULT_ADDR, VAULT_ROLE)


class Answer(StrEnum):
    """What came of one step."""

    FOUND = "found"
    NOT_FOUND = "NOT FOUND"
    NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way, with what was seen and where to look next."""

    name: str
    answer: Answer
    seen: str
    look_into: str = ""
    """The CI job that should have made it."""
    error: JobError | None = None


@dataclass(frozen=True, slots=True)
class _Trail:
    """What is followed."""

    job: Job
    project: Project
    known: KnownVersions
    jobs: dict[str, Job]
    """The job of each region, where it is known which regions there are."""

    @property
    def environment(self) -> str:
        return self.job.value(ENVIRONMENT)


class _MissingError(Exception):
    """A look found that something is not there; the text says what was seen instead."""


def run(job: Job) -> ExitCode:
    """Take the steps one after the other, show them, and say which job to look into.

    Raises NotFoundError for a project that there is not. A step that failed hard gives its exit code.
    """
    trail = _trail(replace(job, clock=job.clock.for_people()))
    steps: list[Step] = []
    followed = f"{trail.project.name} {trail.project.version}"
    with job.log.section(f"Follow {followed}"), ExitStack() as closing:
        for step in _steps(trail, closing):
            steps.append(step)
            job.log.line(f"[{len(steps)}] {step.name}: {step.answer}")
    for line in _shown(trail, steps):
        job.log.line(line)
    return next((step.error.exit_code for step in steps if step.error), ExitCode.DONE)


def _trail(job: Job) -> _Trail:
    known = KnownVersions(job)
    project = job.options["project"]
    folders = project_folders(job.folder)
    there = sorted({*folders, *known.projects()})
    if project not in there:
        near = difflib.get_close_matches(project, there, n=3, cutoff=0.5) or there[:20]
        raise NotFoundError(f"there is no project {project!r}", remedy=f"Did you mean {' or '.join(near)}?")
    version = job.options["version"] or known.current.get(project) or next(iter(known.of(project)), "")
    if parse_version(version) is None:
        raise ConfigurationError(
            f"{version!r} is no semantic version" if version else f"no version of {project} is known",
            remedy="Name one: --version 1.4.0",
        )
    try:
        jobs = jobs_by_region(job)
    except ConfigurationError:
        jobs = {}
    return _Trail(job, Project(project, version, folders.get(project, ""), changed=True), known, jobs)


def _steps(trail: _Trail, closing: ExitStack) -> Iterator[Step]:
    yield _look("version", "semantic-versioning", lambda: _tag(trail))
    name = ""
    try:
        name = read_deployment(trail.job.folder, trail.project.folder, trail.environment or None).lambda_name
        yield Step("function", Answer.FOUND, f"{name}, by functions/{trail.project.folder}/.deployment")
        yield Step("image's tag", Answer.FOUND, ecr_tag(name, trail.project.version))
    except JobError as error:
        yield Step("function", Answer.NOT_FOUND, str(error), "retag-push-ecr or generate-mappings, which read it")
        yield Step("image's tag", Answer.NOT_LOOKED_AT, "without the function's name there is none")
    yield from _regional_steps(trail, name, closing)
    yield _look("ticket", _named("create-jira-tickets", STAGING, next(iter(trail.jobs), "")), lambda: _ticket(trail))
    yield _look("RC repository", "promote-to-rc-build-artifacts", lambda: _promoted(trail, RC_REPOSITORY))
    yield _look("release repository", "promote-to-release-artifacts", lambda: _promoted(trail, RELEASE_REPOSITORY))


def _regional_steps(trail: _Trail, name: str, closing: ExitStack) -> Iterator[Step]:
    """The image in ECR and the function, in every region."""
    if not trail.jobs or not name:
        reason = "without the function's name" if not name else "it is not said which regions there are"
        yield Step("image in ECR", Answer.NOT_LOOKED_AT, reason)
        yield Step("Lambda", Answer.NOT_LOOKED_AT, reason)
        return
    for region, job in trail.jobs.items():
        around = closing.enter_context(Surroundings(job))
        digest: list[str] = []
        yield _look(
            f"image in ECR ({region})",
            _named("retag-push-ecr", STAGING, region),
            partial(_image, trail, around, name, digest),
        )
        yield _look(
            f"Lambda ({region})",
            _named("deploy-lambda", trail.environment, region),
            partial(_running, trail, around, name, digest),
        )


def _look(name: str, look_into: str, look: Callable[[], str]) -> Step:
    try:
        return Step(name, Answer.FOUND, look())
    except _MissingError as missing:
        return Step(name, Answer.NOT_FOUND, str(missing), look_into)
    except _BlindError as blind:
        return Step(name, Answer.NOT_LOOKED_AT, str(blind))
    except JobError as error:
        return Step(name, Answer.NOT_LOOKED_AT, f"{error}\n{error.remedy}".strip(), error=error)


class _BlindError(Exception):
    """There is nothing to look with; the text says what is missing."""


def _require(job: Job, *variables: Variable) -> None:
    if lacking := job.lacks(*variables):
        raise _BlindError("\n".join(lacking))


def _tag(trail: _Trail) -> str:
    tag = f"{trail.project.name}-v{trail.project.version}"
    if trail.known.tags is None:
        raise _BlindError("this is no clone of the service's repository")
    if tag in trail.known.tags:
        return f"tag {tag}"
    near = difflib.get_close_matches(tag, trail.known.tags, n=3, cutoff=0.5)
    raise _MissingError(f"there is no tag {tag}" + (f"; nearest: {', '.join(near)}" if near else ""))


def _image(trail: _Trail, around: Surroundings, name: str, digest: list[str]) -> str:
    job = around.job
    _require(job, *AWS_NEEDS, ECR_ACCOUNT, ECR_REPOSITORY)
    repository, tag = ecr_repository(job, trail.project.name), ecr_tag(name, trail.project.version)
    registry = around.ecr()
    found = registry.digest(repository, tag)
    if found is None:
        raise _MissingError(f"{registry.host}/{repository} has no tag {tag}")
    digest.append(found)
    return f"{registry.host}/{repository}:{tag}\n{found}"


def _running(trail: _Trail, around: Surroundings, name: str, digest: list[str]) -> str:
    job = around.job
    _require(job, *AWS_NEEDS)
    around.aws().require_account()
    function = Functions(job, around.aws()).find(name)
    if function is None:
        raise _MissingError(f"there is no function {name} in account {job.value(AWS_ACCOUNT)}")
    version = version_of(job, around.aws(), function, trail.known.of(trail.project.name))
    if (digest and function.digest == digest[0]) or (not digest and version == trail.project.version):
        return f"{name} runs it since {function.changed_at}, {function.state.lower()}"
    runs = f"{version} ({function.digest[:19]})" if version else function.digest or "no image"
    raise _MissingError(f"{name} runs {runs} since {function.changed_at}")


def _ticket(trail: _Trail) -> str:
    job = trail.job
    _require(job, *JIRA_VARIABLES)
    label = label_of(trail.project)
    with Jira(job) as jira:
        issue = find(job, jira, [label]).get(label)
        if issue is None:
            raise _MissingError(f"{jira.project} has no ticket with the label {label}")
        return f"{jira.link(issue.key)}, {issue.status}"


def _promoted(trail: _Trail, variable: Variable) -> str:
    job = trail.job
    _require(job, variable, ARTIFACTORY_REGISTRY, DOCKER_AUTH_CONFIG)
    repository = docker_repository(job, job.value(variable))
    name, tag = trail.project.name, image_tag(trail.project.version)
    digest = repository.digest(name, tag)
    if digest is None:
        near = repository.nearest_tags(name, tag)
        raise _MissingError(
            f"{repository.shown(name, tag)} is not there" + (f"; nearest: {', '.join(near)}" if near else "")
        )
    return f"{repository.shown(name, tag)}\n{digest}"


def _named(job: str, environment: str, region: str) -> str:
    """A job of the rendered pipelines, as far as its place is known."""
    return "-".join(filter(None, (job, environment, region)))


def _shown(trail: _Trail, steps: list[Step]) -> Iterator[str]:
    yield from ("", f"{trail.project.name} {trail.project.version}:", "")
    rows = []
    for step in steps:
        look_into = f"\nlook into {step.look_into}" if step.look_into else ""
        for index, line in enumerate((step.seen + look_into).splitlines()):
            rows.append(("" if index else step.name, "" if index else str(step.answer), line))
    yield from table(("step", "answer", "seen"), rows)
    missing = [step for step in steps if step.answer is Answer.NOT_FOUND]
    blind = [step for step in steps if step.answer is Answer.NOT_LOOKED_AT]
    yield ""
    if missing:
        yield f"It did not get to: {', '.join(step.name for step in missing)}. Look first into {missing[0].look_into}."
    elif not blind:
        yield "It got all the way."
    if blind:
        yield f"Not looked at: {', '.join(step.name for step in blind)}."
