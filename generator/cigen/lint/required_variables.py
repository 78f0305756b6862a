"""Which variables the commands of a job need, and which of them nobody sets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cigen.lint.calls import Call, calling_jobs
from cigen.lint.production import deploys_to_production
from cigen.lint.subject import Job, Subject
from cigen.lint.told import Told, told
from cigen.nearest import nearest
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.credentials import VAULT_AUTH, VAULT_SECRET_ID, VAULT_WRAPPED_SECRET_ID
from cigen_runtime.contract.identity import ENVIRONMENT_NAME
from cigen_runtime.contract.model import Command, Origin, Variable

OWN_PREFIX = "CIGEN_"
"""What the names of variables begin with that nobody but the runtime reads."""
OWN_NAMES = frozenset(
    variable.name for command in COMMANDS for variable in command.variables if variable.name.startswith(OWN_PREFIX)
)
CHECKLIST = frozenset(variable.name for command in COMMANDS for variable in command.variables_of(Origin.SETTINGS))
"""The variables to define in GitLab's settings."""

_OF_YAML = (Origin.COMPANY, Origin.REGION, Origin.ENVIRONMENT, Origin.JOB)
_IN_PLACE_OF = {VAULT_SECRET_ID: VAULT_WRAPPED_SECRET_ID}
"""Variables that another one makes unnecessary."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """A variable that a call needs and its job does not get."""

    job: Job
    call: Call
    variable: Variable


def lacking(subject: Subject) -> tuple[Lacking, ...]:
    """Every such variable, once for each job; none where a part of the pipeline is not known."""
    return subject.once(_lacking)


def misspelt(name: str, known: Told) -> str:
    """The name that stands where this one should, as far as one can tell; empty where none does."""
    wrong = [other for other in known.values if other.startswith(OWN_PREFIX) and other not in OWN_NAMES]
    return next((other for other in wrong if meant_by(other) == name), "")


def meant_by(name: str) -> str:
    """The variable of ours that a misspelt name probably means; empty where it is like none."""
    known = {other.removeprefix(OWN_PREFIX): other for other in OWN_NAMES}
    return known.get(nearest(name.removeprefix(OWN_PREFIX), known) or "", "")


def _lacking(subject: Subject) -> tuple[Lacking, ...]:
    if not subject.is_complete:
        return ()
    return tuple(each for job, calls in calling_jobs(subject) for each in _of_job(subject, job, calls))


def _of_job(subject: Subject, job: Job, calls: tuple[Call, ...]) -> Iterator[Lacking]:
    known = told(subject, job)
    if known.is_open:
        return
    seen: set[str] = set()
    for call in calls:
        for variable in _needed(call.command, known):
            if variable.name not in seen and not _is_given(variable, job, call.command, known, subject):
                seen.add(variable.name)
                yield Lacking(job, call, variable)


def _needed(command: Command, known: Told) -> Iterator[Variable]:
    """What the command cannot do without, when it is told what the job is told."""
    if command.starts_incomplete:
        return
    values: Mapping[str, str] = known.values
    auth = known.values.get(VAULT_AUTH.name) or VAULT_AUTH.default
    for variable in command.variables_under(values):
        if variable.required or (variable.login is not None and variable.login == auth):
            yield variable


def _is_given(variable: Variable, job: Job, command: Command, known: Told, subject: Subject) -> bool:
    names = {variable.name, *(other.name for one, other in _IN_PLACE_OF.items() if one == variable)}
    if any(known.has(name) or name in subject.settings_variables for name in names):
        return True
    match variable.origin:
        case Origin.SETTINGS:
            return not subject.settings_variables & CHECKLIST
        case Origin.GITLAB:
            return (
                variable != ENVIRONMENT_NAME
                or job.is_template
                or job.get("environment") is not None
                or deploys_to_production(subject, job)  # `prod-environment` tells of it
            )
        case Origin.PERSON:
            return True
        case _:
            return job.is_template and (variable.origin is not Origin.COMPANY or not _is_set_up(command, known))


def _is_set_up(command: Command, known: Told) -> bool:
    """Whether a template has any of what the company says once for all; a system that it has not is nobody's job."""
    return any(variable.required and known.has(variable.name) for variable in command.variables_of(Origin.COMPANY))
