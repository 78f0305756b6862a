"""The rule `regex-not-re2`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class RegexNotRe2:
    """A regular expression that RE2 does not understand.

    GitLab's expressions have no look-ahead and no back-references. It refuses the whole pipeline.

    Fix: say it with two conditions, as in `$X =~ /a/ && $X !~ /b/`.
    """

    code = "CG503"
    name = "regex-not-re2"
    severity = Severity.ERROR
    bad = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH =~ /^(?!main)/
"""
    good = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH !~ /^main/
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
