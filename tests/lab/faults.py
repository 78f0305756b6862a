"""What can go wrong on the way to a system, scripted: an answer of our own, a delay, a lost connection."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

OWN_NUMBER = re.compile(r"/uploads/.*|~\d+$")
"""In a path: of an upload, and of the pipeline that recorded a deployment."""


@dataclass(frozen=True, slots=True)
class Status:
    """Answered by the gateway; the system behind never hears of it."""

    code: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delay:
    """Passed on after this many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class DropBeforeRead:
    """The connection is closed; the system behind never hears of it."""


@dataclass(frozen=True, slots=True)
class DropAfterCommit:
    """The system behind does what it was asked to; its answer is lost with the connection."""


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer at all, until the client hangs up; perhaps the system behind did what it was asked to."""

    after_commit: bool = False


@dataclass(frozen=True, slots=True)
class CutAfterCommit:
    """The system behind does what it was asked to; from then on no request of anybody gets through.

    `then` is called at that moment: it may look at what a process that ends right now would leave behind.
    """

    then: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Truncate:
    """The answer's body ends after this many bytes, though its Content-Length promised more."""

    bytes: int


class Meet:
    """Passed on once as many such requests are there at the same time, or after a while: the worst moment for each.

    Requests are such when they have the same method and path; what gives each its own number does not count.
    """

    def __init__(self, parties: int = 2, seconds: float = 5.0) -> None:
        self._parties = parties
        self._seconds = seconds
        self._lock = threading.Lock()
        self._barriers: dict[str, threading.Barrier] = {}

    def wait(self, method: str, path: str) -> None:
        """Wait for the others; when they do not come, or no longer, go on alone."""
        place = f"{method} {OWN_NUMBER.sub('', path)}"
        with self._lock:
            barrier = self._barriers.setdefault(place, threading.Barrier(self._parties))
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(self._seconds)


Action = Status | Delay | Meet | DropBeforeRead | DropAfterCommit | Silence | CutAfterCommit | Truncate


@dataclass(frozen=True, slots=True)
class Request:
    """One request that reached the gateway, and the status it was answered with (0: it was not answered)."""

    method: str
    host: str
    path: str
    status: int
    query: str = field(default="", compare=False)
    target: str = field(default="", compare=False)  # AWS: X-Amz-Target, or Action of a form
    carried_out: bool = field(default=False, compare=False)  # by the system behind, whoever heard of it


@dataclass(slots=True)
class Fault:
    """An action for the next `times` requests that match all of its regular expressions."""

    action: Action
    method: str
    host: str
    path: str
    target: str
    times: int
    skip: int = 0
    """How many matching requests come through first."""
    hits: int = 0

    def matches(self, method: str, host: str, path: str, target: str) -> bool:
        return (
            self.hits < self.skip + self.times
            and re.fullmatch(self.method, method) is not None
            and re.search(self.host, host) is not None
            and re.search(self.path, path) is not None
            and re.search(self.target, target) is not None
        )
