"""Promote what was deployed from one Artifactory repository to the next: always a copy, never over something else."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from cigen_runtime.contract.identity import ENVIRONMENT
from cigen_runtime.contract.promotion import PROMOTE_FROM, PROMOTE_TO, PROMOTION
from cigen_runtime.contract.versions import VERSIONS
from cigen_runtime.deploy_outcome import RUNS
from cigen_runtime.deploy_result import Deployed, read_deploy_result
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    ConfigurationError,
    ConflictError,
    JobError,
    NotFoundError,
    OutcomeUnknownError,
    PartlyDoneError,
    TryAgainError,
    in_one,
)
from cigen_runtime.files import Project, read_versions
from cigen_runtime.job import Job
from cigen_runtime.log import counted, table
from cigen_runtime.regions import read_regions
from cigen_runtime.services.artifactory import Artifactory, Repository, promotion_repository
from cigen_runtime.versions import image_tag

PARALLEL = 4
"""Promotions side by side: each is one call, and Artifactory copies within its own database."""


class Outcome(StrEnum):
    """How a promotion ended."""

    PROMOTED = "promoted"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proven:
    """A project's version with the digest that was deployed, and so proven to run."""

    project: Project
    digest: str
    """In Artifactory, or in ECR where nothing in Artifactory was there any more when it was deployed."""
    is_source: bool
    """Whether the digest is Artifactory's."""
    is_index: bool
    """Whether it names several images, of which the functions run one."""
    runs: bool
    """Whether a function runs it; false while nobody has created the function."""

    @property
    def tag(self) -> str:
        """Its tag in Artifactory."""
        return image_tag(self.project.version)


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done, or was, with one project."""

    deployed: Proven
    outcome: Outcome | None
    """None while it is still to be promoted."""
    reason: str = ""
    error: JobError | None = None


def run(job: Job) -> None:
    """Promote between the two repositories that the job names."""
    promote(job, job.value(PROMOTE_FROM), job.value(PROMOTE_TO))


def promote(job: Job, source_key: str, target_key: str) -> None:
    """Look at both ends of all projects, promote what the target lacks, look again, record."""
    if source_key == target_key:
        raise ConfigurationError(
            f"a promotion from {source_key} to itself",
            remedy="Name two repositories: build, RC and release differ.",
            branch=Branch.ARTIFACT,
        )
    proven = _proven(job)
    artifactory = Artifactory(job)
    source, target = promotion_repository(job, source_key), promotion_repository(job, target_key)
    with job.log.section(f"Look at {counted(len(proven), 'image')} in {source.key} and {target.key}"):
        plan = _plan(proven, source, target)
    waiting = [step.deployed for step in plan if step.outcome is None]
    for step in plan:
        if step.outcome is not Outcome.SKIPPED:
            report = job.plan if step.outcome is None else job.already
            report("image", target.shown(step.deployed.project.name, step.deployed.tag), step.deployed.digest)
    job.log.line(f"{len(waiting)} of {len(plan)} images to promote from {source.key} to {target.key}")
    if job.dry_run:
        for one in waiting:
            shown = source.shown(one.project.name, one.tag)
            job.log.line(f"would promote {shown} to {target.key} ({one.digest})")
        return
    steps: list[Step] = []
    with ThreadPoolExecutor(PARALLEL) as pool:
        for step in pool.map(
            lambda step: step if step.outcome else _promoted(job, artifactory, source, target, step.deployed), plan
        ):
            steps.append(step)
            if step.outcome not in {Outcome.UNCHANGED, Outcome.SKIPPED}:
                one = step.deployed
                job.log.line(f"[{len(steps)}/{len(plan)}] {one.project.name} {one.tag}: {step.outcome}")
    _record(job, source, target, steps)
    _raise_what_failed(steps)


def _proven(job: Job) -> list[Proven]:
    """Every project of versions.json, with the one digest that all regions agree on."""
    regions = {
        region.region: {result.project: result for result in read_deploy_result(job, region.region, Branch.ARTIFACT)}
        for region in read_regions(job)
    }
    problems: list[JobError] = []
    proven: list[Proven] = []
    for project in read_versions(job, Branch.ARTIFACT):
        results = {name: found for name, region in regions.items() if (found := region.get(project.name))}
        try:
            proven.append(_agreed(project, results, list(regions)))
        except JobError as error:
            problems.append(error)
    if problems:
        raise in_one("what was deployed is not clear, so nothing was promoted", problems)
    return proven


def _agreed(project: Project, results: Mapping[str, Deployed], regions: list[str]) -> Proven:
    missing = [name for name in regions if name not in results or results[name].version != project.version]
    if missing:
        raise ConflictError(
            f"{project.name} {project.version} was not deployed in {', '.join(missing)}",
            answer=f"the deploy-result.json of that region does not have this version, {VERSIONS.path} does",
            remedy="Let the job need deploy-lambda of its own pipeline, in every region.",
            branch=Branch.ARTIFACT,
        )
    failed = {name: result.outcome for name, result in results.items() if result.outcome not in (*RUNS, "missing")}
    if failed:
        raise ConflictError(
            f"{project.name} {project.version} does not run in {', '.join(failed)}",
            answer="\n".join(f"{name}: {outcome}" for name, outcome in failed.items()),
            remedy="Run deploy-lambda of that region again; what does not run is not promoted.",
            branch=Branch.ARTIFACT,
        )
    known = {result.source_digest for result in results.values() if result.source_digest}
    digests = known or {result.digest for result in results.values()}
    if len(digests) > 1:
        raise ConflictError(
            f"{project.name} {project.version} is not the same image in every region",
            answer="\n".join(f"{name}: {result.source_digest}" for name, result in results.items()),
            remedy="The tag was rebuilt between two regions' deployments. Release a new version.",
            branch=Branch.ARTIFACT,
        )
    runs = any(result.outcome in RUNS for result in results.values())
    is_index = any(result.source_digest not in {None, result.digest} for result in results.values())
    return Proven(project, digests.pop(), is_source=bool(known), is_index=is_index, runs=runs)


def _plan(proven: list[Proven], source: Repository, target: Repository) -> list[Step]:
    def look(one: Proven) -> Step:
        try:
            return _look(one, source, target)
        except JobError as error:
            return Step(one, Outcome.FAILED, error=error)

    with ThreadPoolExecutor(PARALLEL) as pool:
        steps = list(pool.map(look, proven))
    if problems := [step.error for step in steps if step.error]:
        raise in_one("not every image can be promoted, so none was", problems)
    return steps


def _look(one: Proven, source: Repository, target: Repository) -> Step:
    name, tag = one.project.name, one.tag
    if not one.runs:
        return Step(one, Outcome.SKIPPED, "its function does not exist yet, so nothing has proven it")
    there = target.digest(name, tag)
    if there is not None:
        if there != one.digest and (one.is_source or not _is_part(target, name, there, one.digest)):
            raise ConflictError(
                f"{target.shown(name, tag)} is there with other content",
                answer=f"it is {there}, what was deployed is {one.digest}",
                remedy="A version is released once: something rebuilt it. Release a new version.",
                branch=Branch.ARTIFACT,
            )
        _require_children(target, one)
        return Step(one, Outcome.UNCHANGED)
    found = source.digest(name, tag)
    if found is None:
        if not one.project.changed and not one.is_source:
            return Step(one, Outcome.SKIPPED, f"unchanged, and {source.key} does not have it any more")
        near = source.nearest_tags(name, tag)
        raise NotFoundError(
            f"{source.shown(name, tag)} is not there",
            answer=f"nearest: {', '.join(near)}" if near else f"{source.key} has no tag of {name} like it",
            remedy=f"See whether the step that puts {name} into {source.key} ran, and whether it was cleaned up since.",
            leaf=checks.SOURCE_TAG,
        )
    if found != one.digest:
        raise ConflictError(
            f"{source.shown(name, tag)} is not what was deployed",
            answer=f"it is {found}, what was deployed is {one.digest}",
            remedy="Something rebuilt it after it was deployed. Release a new version.",
            branch=Branch.ARTIFACT,
        )
    return Step(one, None)


def _is_part(repository: Repository, name: str, index: str, digest: str) -> bool:
    """Whether an index holds the image with this digest."""
    manifest = repository.registry.manifest(repository.path_of(name), index)
    return bool(manifest and manifest.is_index and digest in {child for child, _, _ in manifest.children()})


def _promoted(job: Job, artifactory: Artifactory, source: Repository, target: Repository, one: Proven) -> Step:
    try:
        artifactory.promote(source, target, one.project.name, one.tag, one.digest)
        job.changed("image", target.shown(one.project.name, one.tag), one.digest)
        _require_children(target, one)
    except OutcomeUnknownError as error:
        return Step(one, Outcome.UNKNOWN, str(error), error)
    except JobError as error:
        return Step(one, Outcome.FAILED, str(error), error)
    return Step(one, Outcome.PROMOTED)


def _require_children(target: Repository, one: Proven) -> None:
    """An index without its images could not be pulled, however it came to be so."""
    name = one.project.name
    manifest = target.registry.manifest(target.path_of(name), one.digest) if one.is_index else None
    if manifest is None:
        return
    missing = [digest for digest, _, _ in manifest.children() if target.digest(name, digest) is None]
    if missing:
        raise ConflictError(
            f"{target.shown(name, one.tag)} is there without all of the images it names",
            answer=f"missing: {', '.join(missing)}",
            remedy=(
                "Look whether a cleanup removed them from the source before, or here since. Copy them by their "
                "digests, or release a new version."
            ),
            branch=Branch.ARTIFACT,
        )


def _record(job: Job, source: Repository, target: Repository, steps: list[Step]) -> None:
    rows = [(step.deployed.project.name, step.deployed.tag, str(step.outcome)) for step in steps]
    for line in table(("project", "tag", "outcome"), rows):
        job.log.line(line)
    for step in steps:
        if step.outcome is Outcome.SKIPPED:
            job.log.line(f"{step.deployed.project.name} is skipped: {step.reason}")
    job.write(
        PROMOTION,
        {
            "schema": 1,
            "environment": job.value(ENVIRONMENT),
            "from": source.key,
            "to": target.key,
            "projects": {step.deployed.project.name: _as_json(target, step) for step in steps},
        },
    )


def _as_json(target: Repository, step: Step) -> dict[str, object]:
    one = step.deployed
    entry: dict[str, object] = {
        "version": one.project.version,
        "image": target.shown(one.project.name, one.tag),
        "digest": one.digest,
        "outcome": str(step.outcome),
    }
    return {**entry, "reason": step.reason} if step.reason else entry


def _raise_what_failed(steps: list[Step]) -> None:
    """Partly done only where somebody must act: what only has to be tried again is left to GitLab's retry."""
    errors = [step.error for step in steps if step.error]
    if not errors:
        return
    done = [step for step in steps if step.outcome is Outcome.PROMOTED]
    lasting = [error for error in errors if not isinstance(error, TryAgainError | OutcomeUnknownError)]
    if not done or not lasting:
        raise in_one("the promotion failed", [*lasting, *(error for error in errors if error not in lasting)])
    raise PartlyDoneError(
        f"{len(done)} of {len(steps)} images were promoted, {len(errors)} failed",
        answer="\n".join(map(str, errors)),
        remedy="\n".join(dict.fromkeys(error.remedy for error in errors if error.remedy)),
        branch=Branch.ARTIFACT,
        leaf=lasting[0].leaf,
    )
