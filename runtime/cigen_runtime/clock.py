"""Time, as something that is handed in: waiting is tested without waiting."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in seconds since 1970, and ways to let time pass."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    at_most: Callable[[float], float] = float
    """How many seconds to wait for an answer that may never come, where this many would be reasonable."""
