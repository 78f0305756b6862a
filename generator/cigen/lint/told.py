"""What a job is told: the variables that it gets from YAML, and those that something in YAML sets while it runs."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cigen.lint.data_flow import fetched_jobs
from cigen.lint.script import scripts
from cigen.lint.subject import Job, Subject, items_of
from cigen.pipeline import node
from cigen.pipeline.expand import expand
from cigen.pipeline.node import Place
from cigen.pipeline.variables import variables_of
from cigen_runtime.contract.identity import REGIONS
from cigen_runtime.contract.model import Variable

_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Told:
    """The variables of one job."""

    values: Mapping[str, str]
    """What YAML says, with the variables in it filled in."""
    places: Mapping[str, Place]
    """Where each stands."""
    others: frozenset[str]
    """The names that get a value in another way: from a rule, the matrix, a token, a secret, the script itself."""
    is_open: bool
    """Whether the job gets more variables, whose names nobody knows: from a dotenv report, from a sourced file."""

    def has(self, name: str) -> bool:
        """Whether anything in YAML gives the variable a value."""
        return bool(self.values.get(name)) or name in self.others

    def value(self, variable: Variable) -> str:
        """The value of a variable of the contract; empty where it has none, or none that YAML tells."""
        value = self.values.get(variable.name, "")
        return "" if "$" in value or variable.name in self.others else value

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the regions that a job for all of them is told; none where that cannot be read."""
        return tuple(entry["region"] for entry in self.listed_regions if "region" in entry)

    @property
    def listed_regions(self) -> tuple[Mapping[str, str], ...]:
        """What a job for all regions is told of each; nothing where that cannot be read."""
        try:
            entries = [dict(entry) for entry in json.loads(self.value(REGIONS) or "[]")]
        except (ValueError, TypeError):
            return ()
        return tuple({key: value for key, value in entry.items() if isinstance(value, str)} for entry in entries)

    def place(self, variable: Variable, job: Job) -> Place:
        """Where the variable stands, or else the job."""
        return self.places.get(variable.name, job.place)


def told(subject: Subject, job: Job) -> Told:
    """What a job is told."""
    return subject.once(_of_all_jobs)[job.name]


def _of_all_jobs(subject: Subject) -> dict[str, Told]:
    dotenv = {job.name for job in subject.jobs.values() if job.get("artifacts", "reports", "dotenv") is not None}
    return {job.name: _of_job(subject, job, dotenv) for job in subject.jobs.values()}


def _of_job(subject: Subject, job: Job, dotenv: set[str]) -> Told:
    known = subject.pipeline.job(job.name) if subject.pipeline else None
    written = known.variables if known else job.get("variables")
    values = variables_of(written)
    entries = tuple(written) if isinstance(written, node.Mapping) else ()
    places = {str(entry.key.value): entry.value.place for entry in entries}
    fetched = fetched_jobs(subject, job)
    return Told(
        {name: expand(value, values) if "$" in value else value for name, value in values.items()},
        places,
        frozenset(_set_otherwise(subject, job)),
        is_open=(bool(dotenv) and (fetched is None or bool(fetched & dotenv)))
        or any(script.words.is_opaque for script in scripts(subject, job)),
    )


def _set_otherwise(subject: Subject, job: Job) -> Iterator[str]:
    mappings = [job.get("id_tokens"), job.get("secrets"), *items_of(job.get("parallel", "matrix"))]
    mappings += [rule.get("variables") for rule in items_of(job.get("rules")) if isinstance(rule, node.Mapping)]
    for mapping in mappings:
        if isinstance(mapping, node.Mapping):
            yield from (str(entry.key.value) for entry in mapping)
    for script in scripts(subject, job):
        yield from (name for name in script.words.assigned if _NAME.fullmatch(name))
