"""The rule `deploy-failure-ignored`."""

from collections import defaultdict
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.calls import calling_jobs
from cigen.lint.conditions import rules_of
from cigen.lint.overridden import overridden_places
from cigen.lint.production import is_telling
from cigen.lint.rule import and_more, found
from cigen.lint.subject import Job, Subject, text_of
from cigen.pipeline.node import Mapping, Node, Place


class DeployFailureIgnored:
    """A job on the way of a release with `allow_failure`.

    Its failure is passed over: what should have stopped a deployment lets the next job begin, and a promotion makes
    a release of what does not run. Only jobs that write tickets or tell the dashboard may fail.

    Fix: take `allow_failure` out, or say `false`.
    """

    code = "CG810"
    name = "deploy-failure-ignored"
    severity = Severity.ERROR
    bad = """\
versions:
  script: cigen-runtime semantic-versioning
  allow_failure: true
"""
    good = """\
versions:
  script: cigen-runtime semantic-versioning
  allow_failure: false
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place where such a job is allowed to fail."""
        by_place: dict[Place, list[str]] = defaultdict(list)
        for job, found_calls in calling_jobs(subject):
            if any(not is_telling(call.command) and not call.command.by_hand for call in found_calls):
                for place in _allowing(job):
                    by_place[place].append(job.name)
        for place in by_place.keys() - overridden_places(subject):
            names = by_place[place]
            message = f"a failure of {and_more(names)} stops nothing"
            yield found(self, place, message, hint="allow_failure: false", job=names[0])


def _allowing(job: Job) -> Iterator[Place]:
    if (written := job.get("allow_failure")) is not None and _allows(written):
        yield written.place
    for rule in rules_of(job):
        if (written := rule.get("allow_failure")) is not None and _allows(written):
            yield written.place


def _allows(written: Node) -> bool:
    return isinstance(written, Mapping) or text_of(written) == "true"
