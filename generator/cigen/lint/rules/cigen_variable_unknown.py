"""The rule `cigen-variable-unknown`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.required_variables import OWN_NAMES, OWN_PREFIX, lacking, meant_by
from cigen.lint.rule import found
from cigen.lint.subject import Subject
from cigen.lint.variables import definitions, mentioned_words


class CigenVariableUnknown:
    """A CIGEN_* variable that no command of `cigen-runtime` reads.

    Most often a misspelling: the command then does without it, or takes its default, and a deployment that should
    have rolled back stops halfway. Where a job lacks the variable that was meant, and cannot start without it, this
    is an error.

    Fix: correct the name, or give a variable of your own another prefix.
    """

    code = "CG607"
    name = "cigen-variable-unknown"
    severity = Severity.WARNING
    bad = """\
.eu:
  variables:
    CIGEN_ON_FALURE: rollback

build:
  extends: .eu
  script: make
"""
    good = """\
.eu:
  variables:
    CIGEN_ON_FAILURE: rollback

build:
  extends: .eu
  script: make
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each definition of such a name that no script mentions either."""
        wrong = [
            definition
            for definition in definitions(subject)
            if definition.name.startswith(OWN_PREFIX) and definition.name not in OWN_NAMES
        ]
        if not wrong or not subject.is_complete:
            return
        mentions, missing = mentioned_words(subject), {each.variable.name for each in lacking(subject)}
        for definition in wrong:
            if definition.name in mentions:
                continue
            meant = meant_by(definition.name)
            severity = Severity.ERROR if meant in missing else self.severity
            message = f"no command of cigen-runtime reads {definition.name}"
            hint = f"did you mean '{meant}'?" if meant else "correct it, or choose a name without CIGEN_"
            yield found(self, definition.key.place, message, hint=hint, job=definition.job, severity=severity)
