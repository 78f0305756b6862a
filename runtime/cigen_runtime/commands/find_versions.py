"""Find which commit each config is taken from, and which version of its project that is."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cigen_runtime.configs.layers import SHARED, config_of, layers_of
from cigen_runtime.configs.sources import checkout
from cigen_runtime.contract.config_layers import ROOT
from cigen_runtime.contract.configs import CONFIG_VERSIONS, CONFIG_VERSIONS_ASKED
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.contract.requested_versions import kind, shown
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError, JobError, NotFoundError, in_one
from cigen_runtime.job import Job
from cigen_runtime.log import table
from cigen_runtime.person_input import PersonInput
from cigen_runtime.services.git import Git
from cigen_runtime.target_versions import project_folders
from cigen_runtime.versions import Version, parse_version

INPUT = PersonInput(CONFIG_VERSIONS_ASKED, Branch.S3)
NAME = CONFIG_VERSIONS_ASKED.name


@dataclass(frozen=True, slots=True)
class Pin:
    """Where one config is taken from."""

    config: str
    version: str | None
    commit: str
    source: str
    """tag, commit or checkout."""


def run(job: Job) -> None:
    """Resolve what was asked for, or take all configs of the pipeline's commit; write only when nothing is wrong."""
    git = Git(job)
    with job.log.section("Fetch history and tags"):
        git.require_whole_history()
    projects = projects_of(job)
    text = INPUT.text(job)
    pins = _all_of_the_checkout(job, git, projects) if text is None else _asked(job, git, projects, text)
    rows = [(pin.config, pin.version or "-", pin.commit[:8], pin.source) for pin in pins]
    for line in table(("config", "version", "commit", "from"), rows):
        job.log.line(line)
    job.write(
        CONFIG_VERSIONS,
        {
            "schema": 1,
            "environment": job.value(ENVIRONMENT),
            "region": job.value(REGION),
            "complete": text is None,
            "configs": {
                pin.config: {"version": pin.version, "commit": pin.commit, "source": pin.source} for pin in pins
            },
        },
    )


def projects_of(job: Job) -> list[str]:
    """The names of the projects in the service repo; none in a repository of configs alone."""
    try:
        return list(project_folders(job.folder))
    except NotFoundError:
        return []


def _all_of_the_checkout(job: Job, git: Git, projects: list[str]) -> list[Pin]:
    configs = _configs(job, checkout(job.folder), projects)
    if not configs:
        raise NotFoundError(
            f"there is no config for {job.place} below {ROOT}/",
            remedy=f"Put files into {ROOT}/base/, {ROOT}/{job.value(ENVIRONMENT)}/ or {ROOT}/{job.place}/.",
            branch=Branch.S3,
        )
    head, released = git.head(), git.released()
    return [Pin(config, _highest(config, released), head, "checkout") for config in configs]


def _configs(job: Job, files: Mapping[str, bytes], projects: list[str]) -> list[str]:
    return sorted({config_of(name, projects) for name in layers_of(job, files)})


def _highest(config: str, tags: Iterable[str]) -> str | None:
    versions = _versions(config, tags)
    return str(max(versions)) if versions else None


def _versions(config: str, tags: Iterable[str]) -> list[Version]:
    """The versions of a project that tags name."""
    texts = (tag.removeprefix(f"{config}-v") for tag in tags if tag.startswith(f"{config}-v"))
    return [version for text in texts if (version := parse_version(text))]


def _asked(job: Job, git: Git, projects: list[str], text: str) -> list[Pin]:
    known = [*projects, SHARED]
    entries = INPUT.entries(text, json.dumps({known[0]: "1.4.0" if projects else "3f2a91c"}))
    problems: list[JobError] = []
    pins: list[Pin] = []
    tags = git.tags()
    for name, entry in entries.items():
        try:
            if name not in known:
                raise INPUT.unknown(name, "config", known)
            pin = _pin(git, tags, name, entry)
            if name in _configs(job, git.files_at(pin.commit, ROOT), projects):
                pins.append(pin)
                _tell_of_later_changes(job, git, pin, alone=len(projects) == 1)
            else:
                job.log.line(f"{name} has no configs for {job.place} in {pin.commit[:8]}: there is nothing to sync")
        except JobError as error:
            problems.append(error)
    if not pins and not problems:
        raise NotFoundError(
            f"nothing that {NAME} names has configs for {job.place}",
            remedy=f"A project's configs lie in folders of its name, such as {ROOT}/base/{known[0]}/.",
            branch=Branch.S3,
        )
    if problems:
        raise in_one(f"{NAME} cannot be used", problems)
    return pins


def _pin(git: Git, tags: Mapping[str, str], name: str, entry: object) -> Pin:
    wanted = entry.get("version") if isinstance(entry, dict) else entry
    remedy = f'Paste "{name}": "1.4.0" with the version you mean, or a commit such as "3f2a91c".'
    if name == SHARED:
        remedy = f'Paste "{SHARED}": "3f2a91c" with a commit: what no project owns has no version.'
    if not isinstance(wanted, str):
        raise INPUT.wrong(f"{NAME}: the version of {name} is {kind(wanted)}, not a text in quotes", remedy)
    if re.fullmatch("[0-9a-f]{7,64}", wanted):
        return Pin(name, None, _commit(git, name, wanted), "commit")
    if name == SHARED or parse_version(wanted) is None:
        bare = wanted.strip().removeprefix("v")
        if name != SHARED and parse_version(bare):
            remedy = f'Paste "{name}": "{bare}".'
        raise INPUT.wrong(f"{NAME}: {name} has {shown(wanted)}, which is no version and no commit", remedy)
    tag = f"{name}-v{wanted}"
    if tag not in tags:
        raise _no_tag(name, wanted, tags)
    return Pin(name, wanted, tags[tag], "tag")


def _commit(git: Git, name: str, prefix: str) -> str:
    commit = git.commit(prefix)
    if commit is None:
        raise NotFoundError(
            f"{NAME}: there is no commit {prefix} for {name}",
            remedy="Copy it from the commit's page in GitLab.",
            branch=Branch.S3,
        )
    if not git.contains(commit):
        raise ConfigurationError(
            f"{NAME}: commit {prefix} for {name} is not part of the branch that this pipeline runs on",
            remedy="Merge it first: only what was reviewed is synced.",
            branch=Branch.S3,
        )
    return commit


def _no_tag(name: str, version: str, tags: Iterable[str]) -> NotFoundError:
    wanted = parse_version(version)
    ordered = sorted(_versions(name, tags))
    below = sum(1 for one in ordered if wanted and one < wanted)
    near = [f"{name}-v{one}" for one in ordered[max(0, below - 2) : below + 2]]
    return NotFoundError(
        f"{NAME}: there is no tag {name}-v{version}",
        answer=f"nearest: {', '.join(near)}" if near else f"{name} has no tag at all",
        remedy=f'Paste "{name}" with a version that was released.',
        branch=Branch.S3,
    )


def _tell_of_later_changes(job: Job, git: Git, pin: Pin, *, alone: bool) -> None:
    """A change of configs alone makes no version: who names a version may not know of it."""
    paths = [ROOT] if alone else [f":(glob){ROOT}/**/{pin.config}/**"]
    later = git.last_change(pin.commit, paths) if pin.source == "tag" else None
    if later:
        job.log.line(
            f"{pin.config}: its configs changed after {pin.version}, last in {later}; to sync those, name that commit"
        )
