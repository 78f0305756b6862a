"""How often in a second a system may be asked for something."""

import threading
from collections.abc import Callable

from cigen_runtime.clock import Clock


class Pace:
    """Lets no more than so many through in a second, from however many threads: one sleeps, the others queue."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        self._clock = clock
        self._gap = 1 / per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Until it is this caller's turn; False, and at once, when there is to be none any more."""
        with self._lock:
            if stopped():
                return False
            now = self._clock.now()
            wait = max(0.0, self._next - now)
            self._next = now + wait + self._gap
            if wait:
                self._clock.sleep(wait)
        return True
