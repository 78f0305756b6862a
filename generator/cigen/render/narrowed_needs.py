"""Families that are left out of a pipeline under a condition, while a job stays that needs them: GitLab refuses it."""

from collections.abc import Callable, Iterable, Iterator

from cigen.config.model import Config
from cigen.errors import Problem
from cigen.pipeline.judge import jobs_of
from cigen.pipeline.keywords.where import flat, text_of
from cigen.pipeline.node import Mapping, Node

File = tuple[Mapping, Callable[[int, str, str], Problem]]
"""What stands in a rendered file, and how a problem with one of its lines is told."""


def needed_jobs_left_out(config: Config, files: Iterable[File]) -> Iterator[Problem]:
    """Each job that stays when one is left out that it needs."""
    conditions = {rule.if_ for family in config.jobs.families.values() for rule in family.rules}
    if not conditions:
        return
    jobs = [
        (str(entry.key.value), entry.value, problem)
        for root, problem in files
        for entry in jobs_of(root)
        if isinstance(entry.value, Mapping)
    ]
    left_out = {name: conditions.intersection(_conditions(job)) for name, job, _ in jobs}
    for name, job, problem in jobs:
        told: set[str] = set()
        for needed, node in _needs(job):
            for condition in sorted(left_out.get(needed, set()) - left_out[name] - told):
                told.add(condition)  # one region stands for all
                yield problem(
                    node.place.line,
                    f"'{name}' needs '{needed}', which the rules of its family leave out if {condition}",
                    "GitLab refuses a pipeline that lacks a needed job: give both families the same rule",
                )


def _conditions(job: Mapping) -> Iterator[str]:
    """Under which conditions the job's own rules leave it out."""
    rules = job.get("rules")
    for rule in flat(rules) if rules is not None else ():
        if isinstance(rule, Mapping) and text_of(rule.get("when")) == "never" and "changes" not in rule:
            yield text_of(rule.get("if"))


def _needs(job: Mapping) -> Iterator[tuple[str, Node]]:
    """The jobs that must be there for this one."""
    needs = job.get("needs")
    for need in flat(needs) if needs is not None else ():
        name = need.get("job") if isinstance(need, Mapping) else need
        optional = need.get("optional") if isinstance(need, Mapping) else None
        if name is not None and getattr(optional, "value", None) is not True:
            yield text_of(name), name
