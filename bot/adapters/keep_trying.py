"""Patience with a platform: what failed is tried again by a process that stays up, so that nobody has to start it again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from knowledge.errors import PlatformError, TurnedAway

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Waits:
    """The waits after failures in a row, each twice the one before, in seconds; tests shorten them.

    A refusal needs a person, and platforms count logins (Discord allows a thousand a day): from a minute on, at most six tries an hour.
    What can't be reached is back by itself, and is tried again within the minute.
    """

    refused_s: float = 60.0
    refused_most_s: float = 3600.0
    away_s: float = 5.0
    away_most_s: float = 45.0

    def after(self, error: PlatformError, failures: int) -> float:
        """Return how long to wait after so many failures in a row."""
        first, most = (self.refused_s, self.refused_most_s) if isinstance(error, TurnedAway) else (self.away_s, self.away_most_s)
        return float(min(first * 2 ** min(failures - 1, 30), most))


WAITS = Waits()


async def keep_trying(attempt: Callable[[], Awaitable[T]], waits: Waits = WAITS) -> T:
    """Return what an attempt returns; after one that fails, wait and try again, with one line in the log for each."""
    failures = 0
    kind: type[PlatformError] | None = None
    while True:
        began = time.monotonic()
        try:
            return await attempt()
        except PlatformError as error:
            # One that held for a long time before it failed begins a new row.
            lasted = time.monotonic() - began > waits.refused_most_s
            failures = 1 if lasted or type(error) is not kind else failures + 1
            kind = type(error)
            wait_s = waits.after(error, failures)
            log.error("%s; the next try is in %s", error, in_words(wait_s))
        await asyncio.sleep(wait_s)


def in_words(seconds: float) -> str:
    """Return a span of time as a person says it.

    >>> in_words(45), in_words(120)
    ('45 s', '2 min')
    """
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
