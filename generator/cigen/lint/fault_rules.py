"""How a rule finds what GitLab would refuse: the judgement is made once, a rule picks the faults of its name."""

from collections.abc import Iterator

from cigen.findings import Finding, Related
from cigen.lint.rule import Rule, found
from cigen.lint.subject import Subject


def faults_named_like(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The faults of the kind that the rule explains."""
    for fault in subject.faults:
        if fault.kind.value == rule.name:
            related = tuple(Related(place.span, why) for place, why in fault.related)
            yield found(rule, fault.place, fault.message, hint=fault.hint, job=fault.job, related=related)
