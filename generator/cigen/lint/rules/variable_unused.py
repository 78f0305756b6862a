"""The rule `variable-unused`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.known_variables import is_read_by_tools
from cigen.lint.rule import found
from cigen.lint.subject import Subject
from cigen.lint.variables import definitions, mentioned_words


class VariableUnused:
    """A variable that no script and no condition of the pipeline mentions.

    A program that the script starts may read it all the same; the linter knows those of common tools. What nobody
    reads misleads whoever changes it and waits for an effect.

    Fix: take it out.
    """

    code = "CG603"
    name = "variable-unused"
    severity = Severity.INFO
    bad = """\
build:
  script: make
  variables:
    RELEASE_CHANNEL: stable
"""
    good = """\
build:
  script: make CHANNEL="$RELEASE_CHANNEL"
  variables:
    RELEASE_CHANNEL: stable
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each definition of a name that stands nowhere else."""
        if (
            not subject.is_complete
            or subject.is_pipelines_repo
            or any(job.get("trigger") for job in subject.jobs.values())
        ):
            return
        mentions = mentioned_words(subject)
        for definition in definitions(subject):
            if (
                not is_read_by_tools(definition.name)
                and not definition.is_for_people
                and definition.name not in mentions
            ):
                message = f"nothing in the pipeline mentions {definition.name}"
                yield found(self, definition.key.place, message, hint="take it out", job=definition.job)
