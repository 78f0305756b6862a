"""The rule `required-variable-missing`."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from cigen.findings import Finding, Related, Severity, Span
from cigen.lint.required_variables import OWN_PREFIX, Lacking, lacking, misspelt
from cigen.lint.rule import and_more, found
from cigen.lint.subject import Subject
from cigen.lint.told import told
from cigen_runtime.contract.model import Origin, Variable

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
        here = list(_here(subject))
        yield from self._of_file([each for each in here if each.variable.origin is not Origin.SETTINGS])
        yield from self._of_settings([each for each in here if each.variable.origin is Origin.SETTINGS])

    def _of_file(self, here: list[Lacking]) -> Iterator[Finding]:
        by_fault: dict[tuple[Span, Severity, tuple[str, ...]], list[list[Lacking]]] = defaultdict(list)
        for _, group in groupby(sorted(here, key=_group), _group):
            missing = list(group)
            names = tuple(each.variable.name for each in missing)
            by_fault[missing[0].call.span, _kind(missing[0]), names].append(missing)
        for (span, severity, names), groups in by_fault.items():
            first = groups[0][0]
            jobs = and_more([missing[0].job.name for missing in groups])
            message = f"{first.call.command.name} needs {_listed(names)}, and nothing sets {_it(names)} for {jobs}"
            yield found(
                self,
                first.job.place,
                message,
                hint=_hint(groups[0]),
                job=first.job.name,
                related=(Related(span, "called here"),),
                severity=severity,
            )

    def _of_settings(self, here: list[Lacking]) -> Iterator[Finding]:
        by_variable: dict[Variable, list[Lacking]] = defaultdict(list)
        for each in here:
            by_variable[each.variable].append(each)
        for variable, those in by_variable.items():
            first, jobs = those[0], and_more([each.job.name for each in those])
            message = (
                f"{jobs} need{'s' if len(those) == 1 else ''} {variable.name}, and lint.variables does not name it"
            )
            related = (Related(first.call.span, f"{first.call.command.name} reads it"),)
            yield found(
                self,
                first.job.place,
                message,
                hint=_settings_hint(variable, those),
                job=first.job.name,
                related=related,
                severity=Severity.WARNING,
            )


def _here(subject: Subject) -> Iterator[Lacking]:
    """What no misspelt name explains, which another rule tells of."""
    for each in lacking(subject):
        if not misspelt(each.variable.name, told(subject, each.job)):
            yield each


def _group(each: Lacking) -> tuple[str, str, Severity]:
    return each.job.name, each.call.command.name, _kind(each)


def _kind(each: Lacking) -> Severity:
    """How sure it is that the job fails: what only the file can set is an error."""
    variable = each.variable
    of_file = variable.origin in (Origin.ID_TOKEN, Origin.GITLAB) or variable.name.startswith(OWN_PREFIX)
    return Severity.ERROR if of_file else Severity.WARNING


def _hint(missing: list[Lacking]) -> str:
    parts: dict[str, None] = {}
    for each in missing:
        variable = each.variable
        match variable.origin:
            case Origin.ID_TOKEN:
                parts[f"id_tokens: {{{variable.name}: {{aud: <address of Vault>}}}}"] = None
            case Origin.GITLAB:
                parts["environment: {name: <environment>/<region>}, from which GitLab sets it"] = None
            case Origin.JOB:
                parts[f"variables: {{{variable.name}: …}}"] = None
            case Origin.COMPANY:
                parts[f"extend .{each.call.command.name}-template"] = None
            case _:
                parts["extend the hidden job with the variables of the region, such as .cigen-staging-eu"] = None
    return "; ".join(parts)


def _settings_hint(variable: Variable, those: list[Lacking]) -> str:
    """Where the variable is to be defined, and how."""
    kind = "masked and protected" if variable.secret else "protected"
    names = dict.fromkeys(each.job.text("environment", "name") or each.job.text("environment") for each in those)
    environments = [name for name in names if name and "$" not in name]
    bound = f", for {' and '.join(environments)}" if environments and len(environments) == len(names) else ""
    where = f"define it in the CI/CD settings of the project or group, {kind}{bound}"
    return f"{where}, and name it under lint.variables in cigen.yaml"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _it(names: tuple[str, ...]) -> str:
    return "it" if len(names) == 1 else "them"
