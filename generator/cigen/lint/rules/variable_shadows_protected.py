"""The rule `variable-shadows-protected`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.calls import calling_jobs, calls
from cigen.lint.overrides import jobs_of_pipelines, value_there
from cigen.lint.rule import Example, found
from cigen.lint.subject import Subject, text_of
from cigen.lint.variables import Definition, definitions
from cigen.pipeline.node import Mapping
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import Origin

_RENDERED = (Origin.COMPANY, Origin.REGION, Origin.ENVIRONMENT)
_VARIABLES = {variable.name: variable for command in COMMANDS for variable in command.variables}
_PREFIX = "CIGEN_"
_NO_FILES = {"GIT_STRATEGY": ("none", "empty"), "GIT_CHECKOUT": ("false",)}
"""Values after which a job finds no files of the repository."""
_PIPELINES = """\
# Rendered by cigen 0.1.0 from cigen.yaml, template aws/staging.yml.

.semantic-versioning-template:
  image: registry.example.com/cigen-runtime:0.1.0
  script:
    - cigen-runtime semantic-versioning
"""
_INCLUDE = """\
include:
  - project: platform/pipelines
    ref: v1.4.0
    file: aws/staging.yml

"""


class VariableShadowsProtected:
    """A variable of the service's YAML has a name that something else decides about.

    What a job of the pipelines repo is for comes in `CIGEN_*` variables that are rendered from `cigen.yaml`: another
    value sends a deployment somewhere else. A variable that the settings of the GitLab project or group define wins
    over YAML, so the value here never counts. And without the files of the repository no command of cigen can work.

    Fix: take the variable out, or give one of your own another name.
    """

    code = "CG856"
    name = "variable-shadows-protected"
    severity = Severity.WARNING
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": (
            f"{_INCLUDE}variables:\n  VERSIONING_TOKEN: $CI_JOB_TOKEN\n\n"
            "versions:\n  extends: .semantic-versioning-template\n"
        ),
        "platform/pipelines:aws/staging.yml": _PIPELINES,
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}versions:\n  extends: .semantic-versioning-template\n",
        "platform/pipelines:aws/staging.yml": _PIPELINES,
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such variable of the service's own files."""
        if subject.is_pipelines_repo:
            return
        for definition in definitions(subject):
            if definition.key.place.path not in subject.of_others:
                for told in (_overruled, _rendered, _without_files):
                    if (shadow := told(definition, subject)) is not None:
                        message, hint, severity = shadow
                        place = definition.key.place
                        yield found(self, place, message, hint=hint, job=definition.job, severity=severity)
                        break


_Told = tuple[str, str, Severity] | None


def _overruled(definition: Definition, subject: Subject) -> _Told:
    """The settings define it."""
    name = definition.name
    if name not in subject.settings_variables and name not in subject.once(_set_for_commands):
        return None
    message = f"the settings of the GitLab project or group define {name}, and win over the value here"
    return message, "take it out", Severity.WARNING


def _set_for_commands(subject: Subject) -> frozenset[str]:
    """What the settings have to define for the commands that jobs of the pipelines repo call."""
    if not jobs_of_pipelines(subject):
        return frozenset()
    commands = {call.command for _, found in calling_jobs(subject) for call in found}
    return frozenset(variable.name for command in commands for variable in command.variables_of(Origin.SETTINGS))


def _rendered(definition: Definition, subject: Subject) -> _Told:
    """It comes from cigen.yaml."""
    theirs = jobs_of_pipelines(subject)
    variable = _VARIABLES.get(definition.name)
    if not theirs or variable is None or variable.origin not in _RENDERED:
        return None
    if definition.job in theirs:
        message = f"{definition.job} is a job of the pipelines repo, and {definition.name} says what it works with"
        return message, "take it out", Severity.ERROR
    if definition.name.startswith(_PREFIX) and not _is_for_a_call_of_its_own(definition, subject):
        message = f"{definition.name} is rendered from cigen.yaml of the pipelines repo"
        return message, "take it out, or give one of your own another name", Severity.WARNING
    return None


def _is_for_a_call_of_its_own(definition: Definition, subject: Subject) -> bool:
    """Whether a job of the service calls a command and no template says what it works for: then it has to itself."""
    job = subject.pipeline.job(definition.job) if subject.pipeline and definition.job else None
    if job is None or not calls(subject, subject.jobs[job.name]):
        return False
    given = (value_there(subject, base.name, "variables") for base in job.bases)
    return not any(isinstance(variables, Mapping) and definition.name in variables for variables in given)


def _without_files(definition: Definition, subject: Subject) -> _Told:
    """For all jobs, nothing is checked out."""
    value = text_of(definition.value)
    if definition.job or value not in _NO_FILES.get(definition.name, ()) or not jobs_of_pipelines(subject):
        return None
    message = f"with {definition.name}: {value}, the jobs of the pipelines repo find no files of this repository"
    return message, "set it in the jobs that need it", Severity.ERROR
