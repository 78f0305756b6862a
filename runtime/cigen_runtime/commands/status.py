"""Which version of each project runs where. Lambda is the truth: what files say was deployed does not count."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cigen_runtime.contract.credentials import VAULT_ADDR, VAULT_ROLE
from cigen_runtime.contract.identity import AWS_ACCOUNT, ENVIRONMENT
from cigen_runtime.contract.overview import STATUS_FILE
from cigen_runtime.errors import ConfigurationError, JobError, NotFoundError, in_one
from cigen_runtime.files import read_deployment
from cigen_runtime.job import Job
from cigen_runtime.log import counted, table
from cigen_runtime.regions import jobs_by_region
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.lambda_ import Functions
from cigen_runtime.services.lambda_function import Function
from cigen_runtime.side_by_side import look_at_each
from cigen_runtime.target_versions import project_folders
from cigen_runtime.whereabouts import KnownVersions, version_of


@dataclass(frozen=True, slots=True)
class Running:
    """What a project's function runs in one region."""

    function: Function | None
    """None where there is no function."""
    version: str | None = None
    blind: JobError | None = None
    """What kept us from telling the version, where something did."""

    @property
    def state(self) -> str:
        """Whether calls run what it shows."""
        function = self.function
        if function is None:
            return "missing"
        if function.failed:
            return f"failed ({function.reason_code})" if function.reason_code else "failed"
        return function.state if function.update in {"", "Successful"} else function.update

    def as_json(self) -> dict[str, object]:
        """Its entry in the file."""
        if self.function is None:
            return {"state": self.state}
        return {
            "state": self.state,
            "version": self.version,
            "image": self.function.given,
            "digest": self.function.digest,
            "modified": self.function.modified,
        }


Found = Mapping[tuple[str, str], Running | JobError]
"""What was found, or what kept us from looking, by project and region."""


def run(job: Job) -> None:
    """Look at every function in every region, show and record it, say where regions drift.

    Raises what kept us from looking, after all that could be seen is shown.
    """
    if lacking := job.lacks(ENVIRONMENT, AWS_ACCOUNT, VAULT_ADDR, VAULT_ROLE):
        raise ConfigurationError("status cannot log in to AWS", answer="\n".join(lacking), remedy="Set them.")
    job = replace(job, clock=job.clock.for_people())
    names = _lambda_names(job)
    known = KnownVersions(job)
    jobs = jobs_by_region(job)
    found: dict[tuple[str, str], Running | JobError] = {}
    for number, (region, regional) in enumerate(jobs.items(), start=1):
        seen = _in_region(regional, region, names, known)
        found |= seen
        unseen = sum(isinstance(entry, JobError) for entry in seen.values())
        could = f"could not look at {unseen} of" if unseen else "looked at"
        job.log.line(f"[{number}/{len(jobs)}] {could} {counted(len(names), 'function')} in {region}")
    job.write(STATUS_FILE, _document(job, names, found))
    for line in _shown(names, found):
        job.log.line(line)
    if problems := [problem for entry in found.values() if (problem := _problem(entry))]:
        raise in_one("not everything could be looked at", list({str(each): each for each in problems}.values()))


def _problem(entry: Running | JobError) -> JobError | None:
    """What could not be looked at."""
    return entry if isinstance(entry, JobError) else entry.blind


def _lambda_names(job: Job) -> dict[str, str]:
    """The function of each project, or of the one that was asked for."""
    folders = project_folders(job.folder)
    wanted = job.options["project"]
    if wanted:
        if wanted not in folders:
            near = difflib.get_close_matches(wanted, folders, n=3, cutoff=0.5) or list(folders)[:20]
            raise NotFoundError(f"there is no project {wanted!r}", remedy=f"Did you mean {' or '.join(near)}?")
        folders = {wanted: folders[wanted]}
    environment = job.value(ENVIRONMENT)
    return {project: read_deployment(job.folder, each, environment).lambda_name for project, each in folders.items()}


def _in_region(job: Job, region: str, names: Mapping[str, str], known: KnownVersions) -> Found:
    """What every function runs in one region; a region that does not let us in is told for each of them."""

    def look(project: str) -> Running:
        function = functions.find(names[project])
        if function is None:
            return Running(None)
        try:
            return Running(function, version_of(job, aws, function, known.of(project)))
        except JobError as error:  # what it runs is seen all the same
            return Running(function, blind=error)

    try:
        with aws_of(job) as aws:
            functions = Functions(job, aws)
            seen = look_at_each(names, look)
    except JobError as error:
        return {(project, region): error for project in names}
    return {(project, region): entry for project, entry in zip(names, seen, strict=True)}


def _document(job: Job, names: Mapping[str, str], found: Found) -> dict[str, object]:
    return {
        "schema": 1,
        "environment": job.value(ENVIRONMENT),
        "projects": {
            project: {
                "lambda": name,
                "drifts": len(_contents(project, found)) > 1,
                "regions": {
                    region: entry.as_json()
                    for (each, region), entry in found.items()
                    if each == project and isinstance(entry, Running)
                },
            }
            for project, name in names.items()
        },
    }


def _shown(names: Mapping[str, str], found: Found) -> Iterator[str]:
    heads = ("project", "function", "region", "version", "digest", "changed", "state")
    rows = [
        (project, names[project], region, *_cells(entry))
        for project in names
        for (each, region), entry in found.items()
        if each == project
    ]
    yield from ("", *table(heads, rows), "")
    drifting = [project for project in names if len(_contents(project, found)) > 1]
    for project in drifting:
        there = ", ".join(each for places in _contents(project, found).values() for each in places)
        yield f"drift: {project} is not the same everywhere: {there}"
    blind = any(isinstance(entry, JobError) for entry in found.values())
    if not drifting and not blind:
        yield "every region runs the same"


def _cells(entry: Running | JobError) -> tuple[str, str, str, str]:
    if isinstance(entry, JobError):
        return ("", "", "", f"could not be looked at ({entry.kind})")
    if entry.function is None:
        return ("", "", "", entry.state)
    version = entry.version or ("not looked at" if entry.blind else "unknown")
    return (version, entry.function.digest[:19], entry.function.changed_at, entry.state)


def _contents(project: str, found: Found) -> dict[str, list[str]]:
    """The different contents of a project's functions by digest, each with where it runs."""
    contents: dict[str, list[str]] = {}
    for (each, region), entry in found.items():
        if each == project and isinstance(entry, Running):
            digest = entry.function.digest if entry.function else ""
            what = (entry.version or digest[:19]) if entry.function else "no function"
            contents.setdefault(digest, []).append(f"{what} in {region}")
    return contents
