"""What a rule is: a small class that knows one thing which goes wrong, and explains it."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from cigen.findings import Finding, Related, Severity, Span
from cigen.lint.subject import Subject
from cigen.pipeline.node import Place

Example = str | Mapping[str, str]
"""A pipeline that shows a rule: one file, or several by path, the first of which includes the others."""

MAIN = ".gitlab-ci.yml"
"""The path of an example that is one file."""


class Rule(Protocol):
    """One thing that can be wrong with a pipeline.

    The docstring of a rule says what it finds in one line, then why that is bad, then how to fix it.
    """

    @property
    def code(self) -> str:
        """Short and stable; the first digit is the area."""
        ...

    @property
    def name(self) -> str:
        """The bad thing in words; the name of the rule's file has underscores where this has dashes."""
        ...

    @property
    def severity(self) -> Severity:
        """How bad it is where nobody has configured otherwise."""
        ...

    @property
    def bad(self) -> Example:
        """A pipeline that this rule, and no other, finds fault with."""
        ...

    @property
    def good(self) -> Example:
        """The same pipeline put right: no rule finds fault with it."""
        ...

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place where the pipeline has the fault."""
        ...


def found(
    rule: Rule,
    place: Place | Span,
    message: str,
    *,
    hint: str = "",
    job: str = "",
    related: tuple[Related, ...] = (),
    severity: Severity | None = None,
) -> Finding:
    """A finding of this rule."""
    span = place.span if isinstance(place, Place) else place
    return Finding(rule.code, rule.name, severity or rule.severity, span, message, hint, job, related)


def and_more(names: Sequence[str]) -> str:
    """Several jobs by the name of the first: `deploy-eu and 2 more jobs`."""
    more = len(dict.fromkeys(names)) - 1
    return names[0] + (f" and {more} more job{'s' if more > 1 else ''}" if more else "")


def files_of(example: Example) -> dict[str, str]:
    """The files of an example by path."""
    return {MAIN: example} if isinstance(example, str) else dict(example)


def explanation(rule: Rule) -> str:
    """What the rule's docstring says, without its indentation."""
    return inspect.cleandoc(type(rule).__doc__ or "")


def summary(rule: Rule) -> str:
    """The first line of the explanation."""
    return explanation(rule).partition("\n")[0]
