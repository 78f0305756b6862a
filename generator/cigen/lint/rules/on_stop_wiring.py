"""The rule `on-stop-wiring`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.fault_rules import faults_named_like
from cigen.lint.subject import Subject


class OnStopWiring:
    """`on_stop` of a job that does not stop this environment.

    The job must exist, have the same environment name and `action: stop`. Otherwise GitLab refuses the whole pipeline.

    Fix: give the stopping job the same `environment:name` and `action: stop`.
    """

    code = "CG405"
    name = "on-stop-wiring"
    severity = Severity.ERROR
    bad = """\
review:
  script: ./review
  environment: {name: review, on_stop: stop-review}

stop-review:
  script: ./stop
  environment: {name: review}
  when: manual
  allow_failure: true
"""
    good = """\
review:
  script: ./review
  environment: {name: review, on_stop: stop-review}

stop-review:
  script: ./stop
  environment: {name: review, action: stop}
  when: manual
  allow_failure: true
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each place that GitLab would refuse for this reason."""
        return faults_named_like(self, subject)
