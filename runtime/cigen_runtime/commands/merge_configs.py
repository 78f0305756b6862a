"""Merge the layers of each config, and write down which file gave which key."""

import hashlib
import shutil
from dataclasses import dataclass

from cigen_runtime.commands.find_versions import projects_of
from cigen_runtime.configs.documents import Node, Place, merges, parse, wrong
from cigen_runtime.configs.layers import Source, config_of, layers_of
from cigen_runtime.configs.merge import Rules, merge, origins, read_rules
from cigen_runtime.configs.sources import files_of
from cigen_runtime.configs.writing import dump
from cigen_runtime.contract.config_layers import ROOT, RULES_FILE
from cigen_runtime.contract.configs import CONFIG_VERSIONS, MERGED_FILES, PROVENANCE
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import JobError, NotFoundError, in_one
from cigen_runtime.job import Job
from cigen_runtime.log import counted, table
from cigen_runtime.services.git import Git
from cigen_runtime.strict_file import read_of_place


@dataclass(frozen=True, slots=True)
class Merged:
    """One file as it goes to S3, and what it was made of."""

    name: str
    config: str
    content: bytes
    sources: tuple[str, ...]
    keys: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """Its entry in provenance.json."""
        return {
            "config": self.config,
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "size": len(self.content),
            "sources": list(self.sources),
            "keys": self.keys,
        }


def run(job: Job) -> None:
    """Read every layer, merge, tell all that is wrong, and write only when nothing is."""
    versions = read_of_place(job, CONFIG_VERSIONS, "It is written by find-versions; this job `needs` that.", Branch.S3)
    projects = projects_of(job)
    git = Git(job)
    problems: list[JobError] = []
    merged: list[Merged] = []
    trees: dict[tuple[str, str], tuple[dict[str, list[Source]], Rules]] = {}
    for config, pin in versions["configs"].items():
        origin = (pin["source"], pin["commit"])
        if origin not in trees:
            files = files_of(job.folder, git, pin)
            trees[origin] = layers_of(job, files), read_rules(files.get(RULES_FILE))
        sources, rules = trees[origin]
        for name, layers in sources.items():
            if config_of(name, projects) == config:
                try:
                    _refuse_secrets(job, layers)
                    merged.append(merge_file(name, config, layers, rules))
                except JobError as error:
                    problems.append(error)
    if problems:
        raise in_one("the configs cannot be merged, so nothing was written", problems)
    if not merged:
        raise NotFoundError(
            f"there is nothing to merge for {job.place}",
            remedy=f"Put files into {ROOT}/base/, {ROOT}/{job.value(ENVIRONMENT)}/ or {ROOT}/{job.place}/.",
            leaf=checks.MERGED_FILES,
        )
    merged.sort(key=lambda one: one.name)
    for line in table(("file", "config", "made of"), [(one.name, one.config, _made_of(one)) for one in merged]):
        job.log.line(line)
    _write(job, merged)
    job.write(
        PROVENANCE,
        {
            "schema": 1,
            "environment": job.value(ENVIRONMENT),
            "region": job.value(REGION),
            "complete": versions["complete"],
            "configs": versions["configs"],
            "files": {one.name: one.as_json() for one in merged},
        },
    )


def _refuse_secrets(job: Job, layers: list[Source]) -> None:
    """A secret in a config would be in an artifact, then in the bucket; raises ConfigurationError with its place."""
    problems: list[JobError] = []
    for source in layers:
        text = source.content.decode(errors="replace")
        if job.redactor.holds(text):
            lines = [number for number, line in enumerate(text.splitlines(), 1) if job.redactor.holds(line)]
            what = "a secret of this job stands in it"
            problems.append(wrong(Place(source.path, (lines or [1])[0]), what, "Take it out, and make a new secret."))
    if problems:
        raise in_one("secrets are no configs", problems)


def merge_file(name: str, config: str, layers: list[Source], rules: Rules) -> Merged:
    """The layers of one file as one; a file of a single layer stays as it is, with its comments.

    Raises ConfigurationError with everything that is wrong in it.
    """
    sources = tuple(source.path for source in layers)
    if not merges(name):
        return Merged(name, config, layers[-1].content, sources[-1:], {"": sources[-1]})
    parsed = [(source, parse(source.path, source.content)) for source in layers]
    trees: list[Node] = [tree for _, tree in parsed if tree is not None]
    if not trees:
        return Merged(name, config, layers[-1].content, sources[-1:], {})
    root, problems = merge(name, trees, rules)
    if problems:
        raise in_one(f"the layers of {name} contradict each other", problems)
    content = [source.content for source, tree in parsed if tree is not None]
    text = content[0] if len(content) == 1 else dump(name, root)
    return Merged(name, config, text, sources, dict(origins(root)))


def _made_of(one: Merged) -> str:
    return " <- ".join(path.removeprefix(f"{ROOT}/").removesuffix(one.name).rstrip("/") for path in one.sources)


def _write(job: Job, merged: list[Merged]) -> None:
    """Replace the folder as a whole: nothing of an earlier run stays in it."""
    target = job.folder / job.path(MERGED_FILES)
    part = target.with_name(target.name + ".part")
    for folder in (part, target):
        shutil.rmtree(folder, ignore_errors=True)
    for one in merged:
        path = part / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.content)
    part.replace(target)
    job.log.line(f"wrote {counted(len(merged), 'file')} into {job.path(MERGED_FILES)}")
