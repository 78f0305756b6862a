"""The rule `file-too-large`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class FileTooLarge:
    """A file that is larger, or that YAML makes larger, than GitLab reads.

    Aliases are copies: a few lines of them can stand for millions of values. GitLab counts them all and gives up.

    Fix: split the file with `include`, and use `extends` in the place of aliases of aliases.
    """

    code = "CG104"
    name = "file-too-large"
    severity = Severity.ERROR
    bad = """\
.a: &a [x, x, x, x, x, x, x, x, x, x]
.b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
.c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
.d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
.e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
.f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
.g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
build:
  script: make
"""
    good = """\
build:
  script: make
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
