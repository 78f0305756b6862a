"""Time, as something that is handed in: waiting is tested without waiting."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in seconds since 1970, and a way to let time pass."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
