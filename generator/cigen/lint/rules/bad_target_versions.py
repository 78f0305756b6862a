"""The rule `bad-target-versions`."""

import json
from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.overrides import jobs_of_pipelines
from cigen.lint.rule import Example, found
from cigen.lint.service_files import folders, name_of_folder, reads
from cigen.lint.subject import Subject, text_of
from cigen.lint.variables import Definition, definitions
from cigen_runtime.contract.mistake import Wrong
from cigen_runtime.contract.requested_versions import read_entries, requested_version
from cigen_runtime.contract.versions import DEPLOYMENT, TARGET_VERSIONS

_NAME = TARGET_VERSIONS.name


class BadTargetVersions:
    """A value of `TARGET_VERSIONS_JSON` in YAML that a production start would refuse.

    It names versions to deploy: one JSON object of projects, each with its version. A job or a trigger that hands on
    what cannot be read stops only when somebody starts it, which may be at night. At the top of the file a value that
    is not empty makes every push look like a production start, so that nothing is deployed to staging any more.

    Fix: `'{"orders-api": "1.4.0"}'`, with projects that there are; at the top of the file the empty text.
    """

    code = "CG859"
    name = "bad-target-versions"
    severity = Severity.ERROR
    bad: ClassVar[Example] = """\
start-production:
  variables:
    TARGET_VERSIONS_JSON: '{"orders-api": "v1.4.0"}'
  trigger:
    project: team/orders
"""
    good: ClassVar[Example] = """\
start-production:
  variables:
    TARGET_VERSIONS_JSON: '{"orders-api": "1.4.0"}'
  trigger:
    project: team/orders
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each value that is written out, at its place."""
        for definition in definitions(subject):
            text = text_of(definition.value).strip()
            if definition.name != _NAME or not text or definition.key.place.path in subject.of_others:
                continue
            place = definition.value.place if definition.value is not None else definition.key.place
            if not definition.job and jobs_of_pipelines(subject):
                message = f"with a value for {_NAME} here, no push deploys to staging"
                yield found(self, place, message, hint=f'{_NAME}: ""')
            if "$" not in text and not text.startswith("@"):
                for mistake in _mistakes(definition, text, subject):
                    yield found(self, place, mistake.message, hint=mistake.remedy, job=definition.job)


def _mistakes(definition: Definition, text: str, subject: Subject) -> Iterator[Wrong]:
    known = name_of_folder(folders(subject)) if reads(subject, DEPLOYMENT) else {}
    entries = read_entries(_NAME, text, json.dumps({next(iter(known), "orders-api"): "1.4.0"}))
    if isinstance(entries, Wrong):
        yield entries
        return
    is_for_others = _is_for_another_project(definition, subject)
    for project, entry in entries.items():
        folder = entry.get("folder", project) if isinstance(entry, dict) else project
        version = requested_version(_NAME, project, entry, {project: folder} if is_for_others or not known else known)
        if isinstance(version, Wrong):
            yield version


def _is_for_another_project(definition: Definition, subject: Subject) -> bool:
    """Whether a trigger hands it to a pipeline of another project, whose functions are not known here."""
    job = subject.jobs.get(definition.job)
    return job is not None and job.get("trigger") is not None
