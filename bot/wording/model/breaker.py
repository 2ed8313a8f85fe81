"""A circuit breaker: a server that failed several times in a row is left alone for a while, then tried once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 4
PAUSE_S = 30.0


class Breaker:
    """Knows whether calls may be made; closed at first, open after failures in a row, half open after a pause. Safe in threads.

    Units: clock returns seconds that only grow.
    """

    def __init__(self, *, failures: int = FAILURES, pause_s: float = PAUSE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._opened_at: float | None = None
        self._on_trial = False

    def admits(self) -> bool:
        """Say whether a call may be made now; who is admitted must say how it ended."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._on_trial or self._clock() - self._opened_at < self._pause_s:
                return False
            self._on_trial = True
            return True

    def succeeded(self) -> None:
        """Close after a call that the server answered."""
        with self._lock:
            self._failed = 0
            self._opened_at = None
            self._on_trial = False

    def failed(self) -> None:
        """Count a failure; open after too many in a row, and again after a failed trial."""
        with self._lock:
            self._failed += 1
            if self._on_trial or self._failed >= self._limit:
                self._opened_at = self._clock()
            self._on_trial = False
