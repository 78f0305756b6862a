"""Which version of a project a function runs: by its image, compared with what the known versions would be."""

from collections.abc import Iterable, Sequence

from cigen_runtime.errors import JobError, NotFoundError
from cigen_runtime.files import read_versions
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws
from cigen_runtime.services.ecr import ecr_registry
from cigen_runtime.services.git import Git
from cigen_runtime.services.lambda_function import Function
from cigen_runtime.side_by_side import look_at_each
from cigen_runtime.versions import Version, ecr_tag, parse_version

NEWEST = 40
"""How many versions of a project are compared by digest: more would cost a request each."""


class KnownVersions:
    """The versions of every project that there is a tag for, or that versions.json names."""

    def __init__(self, job: Job) -> None:
        self.tags = _tags(job)
        """What the repository has; None where there is none to ask."""
        self.current = _current(job)
        """What versions.json says."""

    def of(self, project: str) -> list[str]:
        """A project's versions, the newest first."""
        start = f"{project}-v"
        texts = {tag.removeprefix(start) for tag in self.tags or () if tag.startswith(start)}
        texts |= {self.current[project]} if project in self.current else set()
        return [text for _, text in sorted(_parsed(texts), reverse=True)]

    def projects(self) -> set[str]:
        """Every project that has a version."""
        return {tag.rpartition("-v")[0] for tag in self.tags or () if "-v" in tag} | set(self.current)


def version_of(job: Job, aws: Aws, function: Function, versions: Sequence[str]) -> str | None:
    """The version whose image the function runs, None where none of them is it.

    By the tag that it was given; for one that was given a digest, as after a rollback, by the tags in ECR.
    Raises what kept us from looking at those: an unknown version is one that was looked for.
    """
    given = function.given.partition("/")[2]
    if "@" not in given:
        tag = given.rpartition(":")[2]
        return next((version for version in versions if ecr_tag(function.name, version) == tag), None)
    host, _, rest = function.image.partition("/")
    repository = rest.partition("@")[0]
    registry = ecr_registry(job, aws, host)
    newest = versions[:NEWEST]
    digests = look_at_each(newest, lambda version: registry.digest(repository, ecr_tag(function.name, version)))
    found = next((each for each, digest in zip(newest, digests, strict=True) if digest == function.digest), None)
    for problem in digests:
        if found is None and isinstance(problem, JobError):
            raise problem
    return found


def _tags(job: Job) -> list[str] | None:
    """The tags of the remote, or of the clone where the remote cannot be asked."""
    if not (job.folder / ".git").exists():
        return None
    git = Git(job)
    try:
        return git.remote_tags()
    except JobError as error:
        job.log.line(f"note: the remote was not asked for its tags ({error.answer or error}); using the clone's")
        return list(git.tags())


def _current(job: Job) -> dict[str, str]:
    try:
        return {project.name: project.version for project in read_versions(job)}
    except NotFoundError:
        return {}


def _parsed(texts: Iterable[str]) -> list[tuple[Version, str]]:
    return [(version, text) for text in texts if (version := parse_version(text))]
