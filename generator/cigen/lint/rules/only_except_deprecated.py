"""The rule `only-except-deprecated`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject
from cigen.pipeline.node import Scalar


class OnlyExceptDeprecated:
    """`only` and `except` in the place of `rules`.

    GitLab has stopped developing them, and they cannot be combined with `rules` of a template.

    Fix: say the same with `rules`: `only: [main]` is `rules: [{if: $CI_COMMIT_BRANCH == "main"}]`.
    """

    code = "CG504"
    name = "only-except-deprecated"
    severity = Severity.WARNING
    bad = """\
build:
  script: make
  only: [main]
"""
    good = """\
build:
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each job that has one of the two."""
        for job in subject.jobs.values():
            for key in ("only", "except"):
                node = job.get(key)
                if (
                    node is not None
                    and not (isinstance(node, Scalar) and node.value is None)
                    and job.get("rules") is None
                ):
                    message = f"{job.name} says with '{key}' when it runs, which GitLab no longer develops"
                    yield found(self, node.place, message, hint="say it with rules", job=job.name)
