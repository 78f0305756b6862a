"""What a probe is, and what probes share: one login each, however many of them look."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from cigen_runtime.contract.model import Variable
from cigen_runtime.diagnosis import Check
from cigen_runtime.errors import JobError
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws
from cigen_runtime.services.ecr import ecr_registry
from cigen_runtime.services.registry import Registry
from cigen_runtime.services.vault import Vault

_Made = TypeVar("_Made")


class CannotLookError(Exception):
    """There is nothing to look at, and that says neither yes nor no."""


class Surroundings:
    """The systems that probes look at, each entered once, at the first look."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._made: dict[str, Any] = {}
        self._locks = {name: threading.Lock() for name in ("vault", "aws", "ecr")}
        self._closing = ExitStack()

    def __enter__(self) -> "Surroundings":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def vault(self) -> Vault:
        """A login to Vault."""

        def make() -> Vault:
            vault = Vault(self.job)
            self._closing.callback(vault.close)
            vault.login()
            return vault

        return self._once("vault", make)

    def aws(self) -> Aws:
        """AWS, with credentials that Vault gave; whose they are has not been looked at."""
        vault = self.vault()
        return self._once("aws", lambda: Aws(self.job, vault))

    def ecr(self) -> Registry:
        """ECR, with a token."""
        aws = self.aws()
        return self._once("ecr", lambda: ecr_registry(self.job, aws))

    def _once(self, name: str, make: Callable[[], _Made]) -> _Made:
        """Make it at the first call; what went wrong then goes wrong at every call."""
        with self._locks[name]:
            if name not in self._made:
                try:
                    self._made[name] = make()
                except JobError as error:
                    self._made[name] = error
            made = self._made[name]
        if isinstance(made, JobError):
            raise made
        found: _Made = made
        return found


@dataclass(frozen=True, slots=True)
class Probe:
    """How a check is made live."""

    look: Callable[[Surroundings], str]
    """Says what was found; raises a JobError where the answer is no, CannotLookError where there is none."""
    needs: tuple[Variable, ...] = ()
    """What tells it where to look. Without those there is no answer; a missing secret, though, is a no."""
    after: tuple[Check, ...] = ()
    """The checks that must have passed before."""
