"""The rule `variable-undefined`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject
from cigen.lint.variables import undefined_uses


class VariableUndefined:
    """A variable that a script reads and that nothing defines.

    The shell puts nothing in its place: `rm -rf $FOLDER/cache` becomes `rm -rf /cache`. Where it is known which
    variables the settings of GitLab define (`lint.variables` in cigen.yaml), this is a warning, and else a note.

    Fix: define it, name it under `lint.variables` where the settings do, or say what holds without it:
    `${NAME:-default}`.
    """

    code = "CG601"
    name = "variable-undefined"
    severity = Severity.WARNING
    bad = """\
build:
  script: make VERSION="$RELEASE_NUMBER"
"""
    good = """\
build:
  script: make VERSION="$RELEASE_NUMBER"
  variables:
    RELEASE_NUMBER: "7"
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each variable of a job once, where it is read first."""
        severity = self.severity if subject.settings_variables or subject.is_pipelines_repo else Severity.INFO
        seen: set[tuple[str, str]] = set()
        for use in undefined_uses(subject):
            if use.meant or not use.is_in_script or (use.job, use.name) in seen:
                continue
            seen.add((use.job, use.name))
            hint = f"define it, name it under lint.variables in cigen.yaml, or write ${{{use.name}:-}}"
            yield found(self, use.span, f"nothing defines ${use.name}", hint=hint, job=use.job, severity=severity)
