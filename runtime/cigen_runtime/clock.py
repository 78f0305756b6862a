"""Time, as something that is handed in: waiting is tested without waiting."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

FOR_PEOPLE = 10.0
"""Seconds of patience for somebody who looks: that a system is busy is what they want to know."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in seconds since 1970, ways to let time pass, and how much of it to spend on waiting."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    at_most: Callable[[float], float] = float
    """How many seconds to wait for an answer that may never come, where this many would be reasonable."""
    patience: float = 60.0
    """Seconds after which a system that does not recover is given up on."""

    def for_people(self) -> "Clock":
        """The same time with less patience, for commands that only look, while somebody waits."""
        return replace(self, patience=min(self.patience, FOR_PEOPLE))
