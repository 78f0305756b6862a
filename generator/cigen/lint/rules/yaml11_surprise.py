"""The rule `yaml11-surprise`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject
from cigen.lint.variables import definitions
from cigen.pipeline.node import Scalar


class Yaml11Surprise:
    """A value of a variable that YAML reads as something else than what is written.

    GitLab reads YAML 1.1: `no` and `off` are false, `010` is 8, `1.10` is 1.1 and `12:30` is 45000. The job gets
    that, not what you see.

    Fix: put the value in quotes.
    """

    code = "CG106"
    name = "yaml11-surprise"
    severity = Severity.WARNING
    bad = """\
build:
  script: make VERSION="$VERSION"
  variables:
    VERSION: 1.10
"""
    good = """\
build:
  script: make VERSION="$VERSION"
  variables:
    VERSION: "1.10"
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each value of a variable that changes when it is read."""
        for definition in definitions(subject):
            value = definition.value
            if not isinstance(value, Scalar) or value.is_quoted or isinstance(value.value, str) or value.value is None:
                continue
            read = str(value.value).lower() if isinstance(value.value, bool) else str(value.value)
            if value.text and read != value.text and value.text.lower() not in ("true", "false", "null", "~"):
                message = f"{definition.name} is {read} to GitLab, not {value.text}"
                hint = f'put it in quotes: {definition.name}: "{value.text}"'
                yield found(self, value.place, message, hint=hint, job=definition.job)

    def edits(self, source: str) -> Iterator[str]:
        """The value in quotes."""
        yield f'"{source}"'
