"""The rules of jobs and of the workflow, one after the other, and the conditions in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cigen.lint.subject import Job, Subject, items_of, text_of
from cigen.pipeline.fault import FaultKind
from cigen.pipeline.node import Mapping, Scalar

_LITERAL = re.compile(r"\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?<=~)\s*/(?:\\.|[^/\\])*/")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")


@dataclass(frozen=True, slots=True)
class Condition:
    """One `if`."""

    scalar: Scalar
    job: str
    """Empty for one of the workflow."""


def rules_of(job: Job) -> tuple[Mapping, ...]:
    """The rules of a job, in order."""
    return tuple(rule for rule in items_of(job.get("rules")) if isinstance(rule, Mapping))


def all_rules(subject: Subject) -> Iterator[tuple[str, tuple[Mapping, ...]]]:
    """The rules of every job by its name, and those of the workflow without one."""
    workflow = subject.section("workflow")
    if isinstance(workflow, Mapping):
        yield "", tuple(rule for rule in items_of(workflow.get("rules")) if isinstance(rule, Mapping))
    for job in subject.jobs.values():
        yield job.name, rules_of(job)


def conditions(subject: Subject) -> Iterator[Condition]:
    """Every `if`."""
    for job, rules in all_rules(subject):
        for rule in rules:
            condition = rule.get("if")
            if isinstance(condition, Scalar) and text_of(condition):
                yield Condition(condition, job)


def quoted_variables(condition: str) -> Iterator[tuple[str, int, int]]:
    """The variables that stand in quotes: name, offset and length."""
    for literal in _LITERAL.finditer(condition):
        for group in ("double", "single"):
            for variable in _VARIABLE.finditer(literal[group] or ""):
                yield variable[1], literal.start(group) + variable.start(), len(variable[0])


def read_variables(condition: str) -> Iterator[tuple[str, int, int]]:
    """The variables that GitLab fills in: name, offset and length."""
    quoted = {offset for _, offset, _ in quoted_variables(condition)}
    for variable in _VARIABLE.finditer(condition):
        if variable.start() not in quoted:
            yield variable[1], variable.start(), len(variable[0])


def stage_of(subject: Subject, job: Job) -> int:
    """The position of a job's stage."""
    name = job.text("stage") or "test"
    return subject.stages.index(name) if name in subject.stages else -1


def has_fault_in_rules(subject: Subject, job: Job) -> bool:
    """Whether GitLab would refuse one of a job's conditions, so that nothing can be said about it."""
    kinds = (FaultKind.IF_SYNTAX, FaultKind.REGEX_NOT_RE2, FaultKind.REFERENCE_UNDEFINED)
    return any(fault.job == job.name and fault.kind in kinds for fault in subject.faults)
