"""The rule `script-parsed-as-map`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class ScriptParsedAsMap:
    """A line of a script that YAML reads as a mapping.

    A colon with a space behind it makes a key and a value of an unquoted line, and GitLab refuses a script that is not
    text.

    Fix: put the whole line in single quotes, or write it below `- |`.
    """

    code = "CG107"
    name = "script-parsed-as-map"
    severity = Severity.ERROR
    bad = """\
build:
  script:
    - echo "result": passed
"""
    good = """\
build:
  script:
    - 'echo "result": passed'
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)

    def edits(self, source: str) -> Iterator[str]:
        """The line in single quotes, where it is one line and has no comment."""
        line = source.rstrip()
        if "\n" not in line and " #" not in line:
            quoted = line.replace("'", "''")
            yield f"'{quoted}'{source[len(line) :]}"
