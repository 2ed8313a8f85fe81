"""How long a delivery waits: before it's tried again, and before a process that has it counts as dead."""

from __future__ import annotations

import datetime as dt

FIRST = dt.timedelta(seconds=5)
LONGEST = dt.timedelta(hours=1)
# Doublings after which the longest wait is reached in any case.
DOUBLINGS = 10
# A process that took a delivery has it for this long. Longer than a platform's slowest reply, and short enough for the platform to
# know a repeat by its key: Discord checks a nonce against the past few minutes (its API, "create message", enforce_nonce).
CLAIMED_FOR = dt.timedelta(minutes=2)


def wait_after(attempts: int) -> dt.timedelta:
    """Return how long to wait after so many tries that failed: 5 s, doubled each time, an hour at most.

    >>> [int(wait_after(number).total_seconds()) for number in (1, 2, 3, 10, 11, 5000)]
    [5, 10, 20, 2560, 3600, 3600]
    """
    doubled: int = 2 ** min(attempts - 1, DOUBLINGS)
    return min(FIRST * doubled, LONGEST)
