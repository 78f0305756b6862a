"""The rule `needless-credentials`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.calls import Call, calls, runs_nothing_else
from cigen.lint.contract_files import suppliers
from cigen.lint.credentials import is_blind, keepers, reads
from cigen.lint.rule import found
from cigen.lint.secrets import is_secret_name
from cigen.lint.subject import Job, Subject
from cigen.lint.told import told
from cigen.pipeline.needs import read_needs
from cigen.pipeline.node import Mapping, Place

_SOURCES = {"id_tokens": "the ID token", "secrets": "the secret", "variables": "the secret"}


class NeedlessCredentials:
    """A job gets credentials that nothing in it uses.

    A token, a secret or a file with credentials in a job that talks to no system which takes them is one more place
    to steal them from, and a deployment works without it. The commands of `cigen-runtime` log in for themselves:
    none reads the credentials of another job.

    Fix: take the token, the secret or the variable out; write `artifacts: false` at the need.
    """

    code = "CG808"
    name = "needless-credentials"
    severity = Severity.WARNING
    bad = """\
versions:
  script: cigen-runtime semantic-versioning
  id_tokens:
    VAULT_ID_TOKEN: {aud: https://vault.example.com}
"""
    good = """\
versions:
  script: cigen-runtime semantic-versioning
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each token, secret and file with credentials of a job whose commands make nothing of it."""
        for job in subject.jobs.values():
            found_calls = calls(subject, job)
            if found_calls and runs_nothing_else(subject, job):
                yield from self._of_calls(subject, job, found_calls)
            if not job.is_template:
                yield from self._fetched(subject, job, calls_only=bool(found_calls) and runs_nothing_else(subject, job))

    def _of_calls(self, subject: Subject, job: Job, found_calls: tuple[Call, ...]) -> Iterator[Finding]:
        read = reads(found_calls, told(subject, job))
        names = " and ".join(dict.fromkeys(call.command.name for call in found_calls))
        for keyword, kind in _SOURCES.items():
            for entry in _entries(job, keyword):
                if entry[0] not in read and (keyword != "variables" or is_secret_name(entry[0])):
                    message = f"{job.name} gets {kind} {entry[0]}, and {names} does not read it"
                    yield found(self, entry[1], message, hint=f"take it out of {keyword}", job=job.name)

    def _fetched(self, subject: Subject, job: Job, *, calls_only: bool) -> Iterator[Finding]:
        kept = keepers(subject)
        givers = {giver.name for giver in suppliers(subject, job) or ()} if kept else set()
        for name in sorted(givers & kept.keys()):
            if calls_only or is_blind(subject, job, kept[name]):
                place, hint = _place_of_need(job, name)
                message = f"{job.name} fetches {kept[name][0]} of {name}, and has no use for credentials"
                yield found(self, place, message, hint=hint, job=job.name)


def _entries(job: Job, keyword: str) -> Iterator[tuple[str, Place]]:
    node = job.get(keyword)
    for entry in node if isinstance(node, Mapping) else ():
        yield str(entry.key.value), entry.key.place


def _place_of_need(job: Job, name: str) -> tuple[Place, str]:
    for need in read_needs(job.get("needs")):
        if need.job == name:
            return need.place, f"{{job: {name}, artifacts: false}}"
    return job.place, "needs, or dependencies: [], so that it does not fetch the artifacts of every job before it"
