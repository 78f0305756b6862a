"""The rule `protected-key-overridden`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.overrides import command_there, overrides
from cigen.lint.production import is_telling
from cigen.lint.rule import Example, found
from cigen.lint.rules.reserved_name import is_a_job_of_its_own
from cigen.lint.subject import Subject

_PROTECTED = (
    "extends",
    "script",
    "run",
    "before_script",
    "after_script",
    "rules",
    "only",
    "except",
    "when",
    "allow_failure",
    "environment",
    "resource_group",
    "interruptible",
    "inherit",
    "id_tokens",
    "secrets",
)
_PIPELINES = """\
# Rendered by cigen 0.1.0 from cigen.yaml, template aws/staging.yml.

semantic-versioning:
  script:
    - cigen-runtime semantic-versioning
  resource_group: versions
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
"""
_INCLUDE = """\
include:
  - project: platform/pipelines
    ref: v1.4.0
    file: aws/staging.yml

"""


class ProtectedKeyOverridden:
    """A service changes when, where or how a job of the pipelines repo works.

    Its rules, its environment, what it runs and whether it may fail make a deployment safe, and the pipelines repo
    tests them together. A service that writes one of them in a job of the same name takes that away, for itself and
    without anybody noticing. For a job that only writes tickets or tells the dashboard, it is a warning.

    Fix: take the key out. What a service may decide is a setting: ask for one in `cigen.yaml` of the pipelines repo.
    """

    code = "CG851"
    name = "protected-key-overridden"
    severity = Severity.ERROR
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}semantic-versioning:\n  resource_group: ours\n",
        "platform/pipelines:aws/staging.yml": _PIPELINES,
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}semantic-versioning:\n  tags: [large]\n",
        "platform/pipelines:aws/staging.yml": _PIPELINES,
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such key, at its place in the service."""
        for override in overrides(subject):
            if is_a_job_of_its_own(override):
                continue
            command = command_there(subject, override.name)
            severity = Severity.WARNING if command is not None and is_telling(command) else self.severity
            job = override.name if override.name in subject.jobs else ""
            for entry in override.own:
                key = entry.key.value
                if key in _PROTECTED:
                    message = f"{override.name} is a job of the pipelines repo, and this changes its {key}"
                    yield found(self, entry.key.place, message, hint=f"take {key} out", job=job, severity=severity)
