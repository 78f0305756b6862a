"""The rule `required-variable-missing`."""

from collections.abc import Iterator
from itertools import groupby

from cigen.findings import Finding, Related, Severity
from cigen.lint.required_variables import OWN_PREFIX, Lacking, lacking, misspelt
from cigen.lint.rule import found
from cigen.lint.subject import Subject
from cigen.lint.told import told
from cigen_runtime.contract.identity import ENVIRONMENT_NAME
from cigen_runtime.contract.model import Origin

_SHOWN = 4


class RequiredVariableMissing:
    """A job calls a command of `cigen-runtime` without a variable that the command needs.

    The command declares what it reads, and refuses to start without it. CIGEN_* variables, the ID token and the
    job's environment come from the file alone: there it is an error. Others may come from the settings of GitLab,
    of which the linter knows what `lint.variables` in cigen.yaml names; once that names one variable of the
    checklist, it has to name all that the jobs need.

    Fix: extend the template of the command and set what the message names; define what belongs to the settings
    there, masked and protected where it is a secret, and name it under `lint.variables`.
    """

    code = "CG606"
    name = "required-variable-missing"
    severity = Severity.ERROR
    bad = """\
find-versions-staging-eu:
  script: cigen-runtime find-versions
  environment: {name: staging/eu, action: prepare}
  variables:
    CIGEN_ENVIRONMENT: staging
    CIGEN_REGION: eu
"""
    good = """\
find-versions-staging-eu:
  script: cigen-runtime find-versions
  environment: {name: staging/eu, action: prepare}
  variables:
    CIGEN_ENVIRONMENT: staging
    CIGEN_REGION: eu
    CIGEN_ENVIRONMENTS: '{"staging": ["eu", "us"]}'
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """What each job lacks: one finding for the file, one for GitLab's settings."""
        told_elsewhere = [
            each for each in lacking(subject) if not misspelt(each.variable.name, told(subject, each.job))
        ]
        for _, group in groupby(sorted(told_elsewhere, key=_group), _group):
            missing = list(group)
            first = missing[0]
            names = _listed([each.variable.name for each in missing])
            message = (
                f"{first.job.name} runs {first.call.command.name}, which needs {names}: nothing sets {_it(missing)}"
            )
            related = (Related(first.call.span, "called here"),)
            yield found(
                self,
                first.job.place,
                message,
                hint=_hint(missing),
                job=first.job.name,
                related=related,
                severity=_kind(first),
            )


def _group(each: Lacking) -> tuple[str, Severity]:
    return each.job.name, _kind(each)


def _kind(each: Lacking) -> Severity:
    """How sure it is that the job fails: what only the file can set is an error."""
    variable = each.variable
    of_file = variable.origin in (Origin.ID_TOKEN, Origin.GITLAB) or variable.name.startswith(OWN_PREFIX)
    return Severity.ERROR if of_file else Severity.WARNING


def _hint(missing: list[Lacking]) -> str:
    parts: dict[str, None] = {}
    for each in missing:
        variable, job = each.variable, each.job
        match variable.origin:
            case Origin.SETTINGS:
                kind = "masked and protected" if variable.secret else "protected"
                scope = job.text("environment", "name") or job.text("environment")
                bound = f", for the environment {scope}" if scope and "$" not in scope else ""
                parts[f"define {variable.name} in the CI/CD settings of the project or group, {kind}{bound}"] = None
            case Origin.ID_TOKEN:
                parts[f"id_tokens: {{{variable.name}: {{aud: <address of Vault>}}}}"] = None
            case Origin.GITLAB if variable == ENVIRONMENT_NAME:
                parts["environment: {name: <environment>/<region>}, from which GitLab sets it"] = None
            case Origin.JOB:
                parts[f"variables: {{{variable.name}: …}}"] = None
            case _:
                parts[f"extend .{each.call.command.name}-template and the variables of the region"] = None
    if any(each.variable.origin is Origin.SETTINGS for each in missing):
        parts["name it under lint.variables in cigen.yaml"] = None
    return "; ".join(parts)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _it(missing: list[Lacking]) -> str:
    return "it" if len(missing) == 1 else "them"
