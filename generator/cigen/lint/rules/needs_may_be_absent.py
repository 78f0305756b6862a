"""The rule `needs-may-be-absent`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.conditions import read_variables, rules_of
from cigen.lint.kinds import KINDS
from cigen.lint.rule import found
from cigen.lint.subject import Subject, text_of
from cigen.lint.variables import definitions
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Place
from cigen.pipeline.predefined import PREDEFINED
from cigen.pipeline.simulation import simulate


class NeedsMayBeAbsent:
    """A job that is in pipelines which a job in its `needs` is not in.

    GitLab then makes no pipeline at all: "job needs … but it was not added". It passes GitLab's own check and shows
    when the first such pipeline is due: on a tag, in a schedule, when a person starts production.

    Fix: give both the same rules, or write `optional: true` at the need.
    """

    code = "CG406"
    name = "needs-may-be-absent"
    severity = Severity.WARNING
    bad = """\
build:
  stage: build
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH

test:
  stage: test
  script: make test
  needs: [build]
  rules:
    - if: $CI_COMMIT_BRANCH
    - if: $CI_COMMIT_TAG
"""
    good = """\
build:
  stage: build
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH

test:
  stage: test
  script: make test
  needs: [{job: build, optional: true}]
  rules:
    - if: $CI_COMMIT_BRANCH
    - if: $CI_COMMIT_TAG
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each need once, with the kinds of pipeline in which it is not there."""
        if not subject.is_complete or subject.pipeline is None or subject.has_errors:
            return
        absent: dict[Place, tuple[Fault, list[str]]] = {}
        for context in KINDS.values():
            for fault in simulate(subject.pipeline, context).faults:
                if fault.kind is FaultKind.NEEDS_ABSENT:
                    absent.setdefault(fault.place, (fault, []))[1].append(context.title)
        for place, (fault, titles) in absent.items():
            if not _depends_on_settings(subject, text_at(subject, place)):
                more = f" and {len(titles) - 1} other kinds" if len(titles) > 1 else ""
                message = f"{fault.job} needs {text_at(subject, place)}, which is not there in {titles[0]}{more}"
                hint = "give both the same rules, or write optional: true"
                yield found(self, place, message, hint=hint, job=fault.job)


def text_at(subject: Subject, place: Place) -> str:
    """The name of the need that stands at a place."""
    source = subject.line(place.path, place.line)[place.column :]
    text = source[: place.end_column - place.column] if place.line == place.end_line else source
    return text.strip("\"' ")


def _depends_on_settings(subject: Subject, needed: str) -> bool:
    """Whether something that only the settings of GitLab know decides about the needed job."""
    job = subject.jobs.get(needed)
    defined = {definition.name for definition in definitions(subject)}
    asked = {name for rule in (rules_of(job) if job else ()) for name, _, _ in read_variables(text_of(rule.get("if")))}
    return any(name not in PREDEFINED and name not in defined for name in asked)
