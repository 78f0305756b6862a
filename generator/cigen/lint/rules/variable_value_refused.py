"""The rule `variable-value-refused`."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.calls import calling_jobs
from cigen.lint.overridden import overridden_places
from cigen.lint.rule import and_more, found
from cigen.lint.subject import Subject
from cigen.lint.told import told
from cigen.pipeline.node import Place
from cigen_runtime.contract.configs import ENVIRONMENTS
from cigen_runtime.contract.identity import REGIONS
from cigen_runtime.contract.jira import JIRA_STATUSES
from cigen_runtime.contract.model import Variable

_JSON = (REGIONS, ENVIRONMENTS, JIRA_STATUSES)
_LONGEST = 60


class VariableValueRefused:
    """A value that the command which reads the variable does not take.

    The command declares what the value must look like, and refuses to start with another: an account without its
    leading zero, which YAML took for a number; a word that it does not know; an address without `https://`.

    Fix: write a value as the variable's meaning says, in quotes where it is a number.
    """

    code = "CG608"
    name = "variable-value-refused"
    severity = Severity.ERROR
    bad = """\
find-versions-staging-eu:
  script: cigen-runtime find-versions
  environment: {name: staging/eu, action: prepare}
  variables:
    CIGEN_ENVIRONMENT: staging
    CIGEN_REGION: eu
    CIGEN_ENVIRONMENTS: '{"staging": ["eu", "us"]'
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
        """Each value once, however many jobs get it from one place."""
        by_value: dict[tuple[Place, Variable, str], list[str]] = defaultdict(list)
        for job, calls in calling_jobs(subject):
            known = told(subject, job)
            read = dict.fromkeys(v for call in calls for v in call.command.variables_under(known.values))
            for variable in read:
                value = known.value(variable)
                place = known.place(variable, job)
                if value and place not in overridden_places(subject) and (wanted := _wanted(variable, value)):
                    by_value[place, variable, wanted].append(job.name)
        for (place, variable, wanted), jobs in by_value.items():
            verb = "refuse" if len(set(jobs)) > 1 else "refuses"
            value = told(subject, subject.jobs[jobs[0]]).value(variable)
            shown = "its value" if variable.secret else repr(value[:_LONGEST])
            message = f"{and_more(jobs)} {verb} {variable.name}: {shown} {wanted}"
            yield found(self, place, message, hint=variable.meaning, job=jobs[0])


def _wanted(variable: Variable, value: str) -> str:
    """What is wrong with a value; empty where the command takes it."""
    if variable.pattern is not None and not re.fullmatch(variable.pattern, value):
        return f"does not match {variable.pattern}"
    if variable in _JSON:
        try:
            json.loads(value)
        except ValueError:
            return "is not JSON"
    return ""
