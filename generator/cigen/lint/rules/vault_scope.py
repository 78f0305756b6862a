"""The rule `vault-scope`."""

from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from cigen.findings import Finding, Severity
from cigen.lint.calls import calling_jobs
from cigen.lint.credentials import reads
from cigen.lint.rule import and_more, found
from cigen.lint.subject import Job, Subject, text_of, texts_of
from cigen.lint.target_mismatches import Mismatch, grouped
from cigen.lint.told import told
from cigen.lint.whereabouts import (
    Worker,
    environments_in,
    known_regions,
    misplaced,
    other_environment,
    other_region,
    workers,
)
from cigen.pipeline.node import Mapping, Node
from cigen_runtime.contract.credentials import VAULT_ADDR, VAULT_AUTH_ROLE, VAULT_ID_TOKEN, VAULT_ROLE, VAULT_ROLE_ARN
from cigen_runtime.contract.model import Variable

_ROLES = (VAULT_ROLE, VAULT_AUTH_ROLE, VAULT_ROLE_ARN)


class VaultScope:
    """A job that asks Vault for what belongs to another environment or region, or by a token for another Vault.

    A staging job with a role or a secret of production can do in production what it was never tried for. The names
    of roles and paths say whom they are for.

    Fix: give the job the role and the paths of its own environment; let `aud` be the address of Vault.
    """

    code = "CG815"
    name = "vault-scope"
    severity = Severity.ERROR
    bad = """\
test:
  script: make test
  environment: {name: staging/eu}
  secrets:
    DATABASE_PASSWORD: {vault: production/database/password@kv}
"""
    good = """\
test:
  script: make test
  environment: {name: staging/eu}
  secrets:
    DATABASE_PASSWORD: {vault: staging/database/password@kv}
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each role, path and audience that is not the job's own."""
        regions = known_regions(subject)
        settled = [worker for worker in workers(subject) if worker.job.name not in misplaced(subject)]
        shared = _shared_roles(settled)
        for group in grouped(each for worker in settled for each in _roles(worker, regions, shared)):
            first, jobs = group[0], and_more([each.job.name for each in group])
            message = f"{first.what} is of {first.says}, and {jobs} should work for {first.expected}"
            hint = f"name the role of {first.expected}"
            yield found(self, first.place, message, hint=hint, job=first.job.name)
        for job in subject.jobs.values():
            yield from self._secrets(job)
        yield from self._audiences(subject)

    def _secrets(self, job: Job) -> Iterator[Finding]:
        named = environments_in((job.text("environment", "name") or job.text("environment")).partition("/")[0])
        secrets = job.get("secrets")
        for entry in secrets if isinstance(secrets, Mapping) and len(named) == 1 else ():
            node = entry.value.get("vault") if isinstance(entry.value, Mapping) else None
            own = min(named)
            if node is not None and (other := other_environment(_vault_path(node), own)):
                severity = self.severity if other == "prod" else Severity.WARNING
                message = f"{job.name} works for {own} and reads a secret of {other}"
                hint = f"name the path of {own}"
                yield found(self, node.place, message, hint=hint, job=job.name, severity=severity)

    def _audiences(self, subject: Subject) -> Iterator[Finding]:
        """A token that the job's Vault is not the audience of; where Vault takes that too, it is none of ours."""
        for job, calls in calling_jobs(subject):
            node = job.get("id_tokens", VAULT_ID_TOKEN.name, "aud")
            address = told(subject, job).value(VAULT_ADDR)
            if node is None or not address or VAULT_ID_TOKEN.name not in reads(calls, told(subject, job)):
                continue
            audiences = texts_of(node)
            if not any("$" in each or _host(each) == _host(address) for each in audiences):
                message = f"{job.name} logs in to {address} with a token for {' and '.join(audiences)}"
                hint = f"aud: {address}"
                yield found(self, node.place, message, hint=hint, job=job.name, severity=Severity.WARNING)


def _shared_roles(looked_at: list[Worker]) -> frozenset[tuple[str, str]]:
    """The roles that all regions of an environment have: what their names say besides is no region."""
    names: dict[tuple[str, Variable], set[str]] = defaultdict(set)
    for worker in looked_at:
        for variable in _ROLES if worker.region else ():
            names[worker.environment, variable].add(_name(worker.told.value(variable)))
    return frozenset((environment, min(values)) for (environment, _), values in names.items() if len(values) == 1)


def _name(role: str) -> str:
    """The name of a role, without the account of its ARN."""
    return role.rpartition("/")[2]


def _roles(worker: Worker, regions: frozenset[str], shared: frozenset[tuple[str, str]]) -> Iterator[Mismatch]:
    for variable in _ROLES:
        value, place = _name(worker.told.value(variable)), worker.told.place(variable, worker.job)
        if other := other_environment(value, worker.environment):
            yield Mismatch(place, variable.name, other, worker.environment, worker.job)
        is_shared = (worker.environment, value) in shared
        if not is_shared and (other := other_region(value, worker.region, regions)):
            yield Mismatch(place, variable.name, other, worker.region, worker.job)


def _vault_path(node: Node) -> str:
    if isinstance(node, Mapping):
        return text_of(node.get("path"))
    return text_of(node)


def _host(address: str) -> str:
    return urlsplit(address).netloc or address
