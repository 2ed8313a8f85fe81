"""Failed attempts to get in, counted by address: after some, an address waits."""

from __future__ import annotations

import datetime as dt
import threading

WITHIN = dt.timedelta(minutes=5)
MOST_FAILED = 10
MOST_ADDRESSES = 10_000


class FailedAttempts:
    """The failed attempts of the last minutes."""

    def __init__(self) -> None:
        self._failed: dict[str, list[dt.datetime]] = {}
        self._lock = threading.Lock()

    def may_try(self, address: str, now: dt.datetime) -> bool:
        """Return whether an address has not failed too often lately."""
        with self._lock:
            return sum(now - at < WITHIN for at in self._failed.get(address, ())) < MOST_FAILED

    def note(self, address: str, now: dt.datetime) -> None:
        """Count a failed attempt."""
        with self._lock:
            if len(self._failed) >= MOST_ADDRESSES:
                self._failed = {key: times for key, times in self._failed.items() if now - times[-1] < WITHIN}
            recent = [at for at in self._failed.get(address, ()) if now - at < WITHIN]
            self._failed[address] = [*recent, now][-MOST_FAILED:]
