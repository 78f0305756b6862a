"""The rule `extends-undefined`."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject
from cigen_runtime.contract import COMMANDS

_UNDEFINED = re.compile(r"extends '([^']+)', which is not defined")
_FILES = {f".{command.name}-template": f"jobs/{command.name}.yml" for command in COMMANDS if not command.by_hand}
"""Where the pipelines repo has the template of each command."""


class ExtendsUndefined:
    """`extends` names a job that the pipeline does not have.

    GitLab refuses the whole pipeline. The template was renamed, or the file that has it is not included.

    Fix: correct the name, or include the file.
    """

    code = "CG301"
    name = "extends-undefined"
    severity = Severity.ERROR
    bad = """\
.build:
  script: make

build:
  extends: .biuld
"""
    good = """\
.build:
  script: make

build:
  extends: .build
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason; of a template of cigen, the file that has it."""
        for finding in faults_named_like(self, subject):
            name = _UNDEFINED.search(finding.message)
            file = _FILES.get(name[1]) if name and subject.rendered else None
            yield replace(finding, hint=f"include {file} of the pipelines repo too") if file else finding
