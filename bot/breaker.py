"""A circuit breaker: what failed several times in a row is left alone for a while, then tried by one caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 4
PAUSE_S = 30.0


class Breaker:
    """Knows whether calls may be made: closed at first, open after failures in a row, half open after a pause. Safe in threads.

    Units: clock returns seconds that only grow.
    """

    def __init__(self, *, failures: int = FAILURES, pause_s: float = PAUSE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._opened_at: float | None = None

    @property
    def closed(self) -> bool:
        """Return whether the last calls worked."""
        with self._lock:
            return self._opened_at is None

    def admits(self) -> bool:
        """Return whether a call may be made now; whoever is admitted must report how it ended."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._clock() - self._opened_at < self._pause_s:
                return False
            # A trial that never reports back keeps the others waiting for one more pause, and no longer.
            self._opened_at = self._clock()
            return True

    def succeeded(self) -> None:
        """Close after a call that worked."""
        with self._lock:
            self._failed = 0
            self._opened_at = None

    def undecided(self) -> None:
        """Let the next caller try in the place of one whose call showed nothing."""
        with self._lock:
            if self._opened_at is not None:
                self._opened_at = self._clock() - self._pause_s

    def failed(self) -> bool:
        """Count a failure, and open after too many in a row or a failed trial; return whether it was closed before and is open now."""
        with self._lock:
            was_closed = self._opened_at is None
            self._failed += 1
            if self._failed >= self._limit:
                self._opened_at = self._clock()
            return was_closed and self._opened_at is not None
