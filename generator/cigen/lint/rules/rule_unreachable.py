"""The rule `rule-unreachable`."""

from collections.abc import Iterator

from cigen.findings import Finding, Related, Severity
from cigen.lint.conditions import all_rules
from cigen.lint.rule import found
from cigen.lint.subject import Subject, text_of
from cigen.pipeline.node import Mapping


class RuleUnreachable:
    """A rule behind one that always holds, or behind the same condition.

    GitLab takes the first rule that holds and looks at no further one.

    Fix: move it up, or take it out.
    """

    code = "CG506"
    name = "rule-unreachable"
    severity = Severity.WARNING
    bad = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_TAG
    - if: $CI_COMMIT_TAG
      when: manual
"""
    good = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_TAG
    - if: $CI_COMMIT_BRANCH
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each rule of a job or of the workflow that is never looked at."""
        for job, rules in all_rules(subject):
            seen: dict[str, Mapping] = {}
            always: Mapping | None = None
            for rule in rules:
                condition = " ".join(text_of(rule.get("if")).split())
                first = always or seen.get(condition)
                if first is not None:
                    why = "this rule always holds" if always else "the same condition stands here"
                    message = "no pipeline reaches this rule"
                    related = (Related(first.place.span, why),)
                    yield found(self, rule.place, message, hint="move it up or take it out", job=job, related=related)
                elif not any(rule.get(key) is not None for key in ("if", "changes", "exists")):
                    always = rule
                elif condition and rule.get("changes") is None and rule.get("exists") is None:
                    seen[condition] = rule
