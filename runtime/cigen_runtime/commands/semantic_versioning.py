"""Work out the next version of every project in the service repo, and reserve it with a tag."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cigen_runtime.commits import bump_of
from cigen_runtime.contract.deployment_file import FUNCTIONS
from cigen_runtime.contract.versions import VERSIONS
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError, NotFoundError, TryAgainError
from cigen_runtime.files import read_deployment
from cigen_runtime.job import Job
from cigen_runtime.log import table
from cigen_runtime.services.git import Commit, Git, TagTakenError
from cigen_runtime.versions import Bump, Version, parse_version

FIRST = Version(1, 0, 0)
"""What a project without any release gets."""
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder below functions/ and the project it holds."""

    name: str
    project: str
    shared_paths: tuple[str, ...] = ()
    """Paths outside of it whose changes are changes of the project too."""


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of one project's version with this commit."""

    folder: Folder
    previous: Version | None
    version: Version
    bump: Bump
    reserved: bool
    """Whether the tag is there already: another run on this commit pushed it."""

    @property
    def tag(self) -> str:
        """The tag that reserves the version."""
        return f"{self.folder.project}-v{self.version}"

    @property
    def changed(self) -> bool:
        """Whether this commit releases the version."""
        return self.version != self.previous


def run(job: Job) -> None:
    """Compute, push the tags of what changed, write versions.json.

    When another pipeline takes one of the versions first, everything is computed again.
    """
    git = Git(job)
    with job.log.section("Fetch history and tags"):
        git.require_whole_history()
    head = git.head()
    history = list(git.commits())
    folders = _folders(job, git)
    sent: list[str] = []
    for attempt in range(ATTEMPTS):
        nexts = list(next_versions(folders, history, git.tags(), head))
        new = [each.tag for each in nexts if each.changed and not each.reserved]
        for tag in new:
            if tag not in sent:
                job.plan("tag", tag, head)
        if job.dry_run or not new:
            break
        try:
            git.push_tags(new)
            for tag in new:
                job.changed("tag", tag, head)
            sent = []
            break
        except TagTakenError:
            job.log.line("another pipeline took one of the versions; computing again")
            sent = new  # git may have sent them twice: then those at this commit are ours
            git.fetch_tags()
        except TryAgainError as error:  # the tags may have arrived all the same: then they are ours, at this commit
            if attempt == ATTEMPTS - 1:
                raise
            job.log.line(f"{error}; looking whether the tags arrived")
            job.clock.sleep(2.0**attempt)
            sent = new
            git.fetch_tags()
    else:
        raise TryAgainError(
            f"lost the race for a version {ATTEMPTS} times",
            remedy="Run the job again when fewer pipelines run.",
            branch=Branch.VERSIONING,
        )
    for each in nexts:
        if each.reserved:
            report = job.changed if each.tag in sent else job.already
            report("tag", each.tag, head)
    for line in _summary(nexts):
        job.log.line(line)
    if not job.dry_run:
        job.write(VERSIONS, versions_document(nexts))


def next_versions(folders: Iterable[Folder], history: list[Commit], tags: dict[str, str], head: str) -> Iterable[Next]:
    """The next version of each folder's project, from HEAD's commits (each before its parents) and all tags."""
    folders = list(folders)
    releases = {folder.project: _releases(folder.project, tags) for folder in folders}
    contained = {commit.id for commit in history}
    base = {
        folder.project: max(
            (version for version, commit in releases[folder.project].items() if commit in contained and commit != head),
            default=None,
        )
        for folder in folders
    }
    bumps = _bumps(folders, history, {p: releases[p][v] for p, v in base.items() if v is not None})
    for folder in folders:
        previous = base[folder.project]
        taken = releases[folder.project]
        at_head = max((version for version, commit in taken.items() if commit == head), default=None)
        bump = bumps[folder.name] if previous else Bump.MAJOR
        if at_head:
            yield Next(folder, previous, at_head, bump, reserved=True)
            continue
        version = previous.raised(bump) if previous else FIRST
        while bump and version in taken:
            version = version.raised(bump)
        yield Next(folder, previous, version, bump, reserved=False)


def versions_document(nexts: Iterable[Next]) -> dict[str, object]:
    """The content of versions.json."""
    return {
        each.folder.project: {
            "version": str(each.version),
            "folder": each.folder.name,
            "changed": each.changed,
            "previous": str(each.previous) if each.previous else None,
            "bump": each.bump.name.lower(),
        }
        for each in sorted(nexts, key=lambda each: each.folder.project)
    }


def _folders(job: Job, git: Git) -> list[Folder]:
    names = git.folders(FUNCTIONS)
    if not names:
        raise NotFoundError(
            f"the repository has no folder below {FUNCTIONS}/",
            remedy=f"Each Lambda function lives in {FUNCTIONS}/<folder>/ with its .deployment file.",
            branch=Branch.VERSIONING,
        )
    folders = [_folder(job, git, name) for name in names]
    owners: dict[str, str] = {}
    for folder in folders:
        if folder.project in owners:
            raise ConfigurationError(
                f"{FUNCTIONS}/{folder.name} and {FUNCTIONS}/{owners[folder.project]} are both project {folder.project}",
                remedy="Give one of them another PROJECT in its .deployment.",
                branch=Branch.VERSIONING,
            )
        owners[folder.project] = folder.name
    return folders


def _folder(job: Job, git: Git, name: str) -> Folder:
    try:
        deployment = read_deployment(job.folder, name)
    except NotFoundError:  # it gets its version all the same; what deploys it says what is missing
        return Folder(name, name)
    if missing := [path for path in deployment.shared_paths if git.lacks(path)]:
        raise ConfigurationError(
            f"{FUNCTIONS}/{name}/.deployment: SHARED_PATHS names what is not there: {', '.join(missing)}",
            remedy="Correct the path, from the top of the repository: as it is, no change there would be released.",
            branch=Branch.VERSIONING,
        )
    return Folder(name, deployment.project or name, deployment.shared_paths)


def _releases(project: str, tags: dict[str, str]) -> dict[Version, str]:
    prefix = f"{project}-v"
    found = {
        version: commit
        for tag, commit in tags.items()
        if tag.startswith(prefix) and (version := parse_version(tag.removeprefix(prefix)))
    }
    return {version: commit for version, commit in found.items() if not version.prerelease}


def _bumps(folders: list[Folder], history: list[Commit], bases: dict[str, str]) -> dict[str, Bump]:
    """The largest bump of each folder since its project's base, for all folders in one walk.

    Each commit carries a bit per folder that says "released already"; a base sets its folder's bit and every commit
    hands its bits on to its parents, which the topological order visits later.
    """
    bit = {folder.name: 1 << index for index, folder in enumerate(folders)}
    released: dict[str, int] = {}
    for folder in folders:
        if folder.project in bases:
            base = bases[folder.project]
            released[base] = released.get(base, 0) | bit[folder.name]
    bumps = dict.fromkeys(bit, Bump.NONE)
    shared: dict[str, set[str]] = {}
    for folder in folders:
        for path in folder.shared_paths:
            shared.setdefault(path, set()).add(folder.name)
    for commit in history:
        bits = released.get(commit.id, 0)
        for parent in commit.parents:
            released[parent] = released.get(parent, 0) | bits
        touched = {name for path in commit.paths if (name := _folder_of(path)) in bit}
        if shared:
            touched.update(*(shared.get(above, ()) for path in commit.paths for above in _at_and_above(path)))
        if any(not bits & bit[name] for name in touched):
            bump = bump_of(commit.message)
            for name in touched:
                if not bits & bit[name]:
                    bumps[name] = max(bumps[name], bump)
    return bumps


def _folder_of(path: str) -> str:
    parent, _, rest = path.partition("/")
    return rest.partition("/")[0] if parent == FUNCTIONS and "/" in rest else ""


def _at_and_above(path: str) -> Iterator[str]:
    """The path and every folder that it lies in."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _summary(nexts: Iterable[Next]) -> Iterable[str]:
    rows = [
        (
            each.folder.project,
            str(each.previous or "-"),
            str(each.version),
            each.bump.name.lower() if each.changed else "unchanged",
        )
        for each in nexts
    ]
    return table(("project", "before", "now", "change"), rows)
