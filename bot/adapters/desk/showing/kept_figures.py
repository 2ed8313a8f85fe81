"""The figures of the page Insight, as they were last counted: in the visit that asks for them, or behind it where that takes long."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.ledger.database import Ledger
from bot.review.stats.per_day import DayCount, questions_a_day
from bot.review.stats.statistics import Stats, stats
from bot.wording.judge.exam_book import KeptGrade, kept_grades
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

COUNTED_FOR = dt.timedelta(minutes=1)
# Over a year's questions counting takes seconds, over so many a moment.
QUICKLY_COUNTED = 2_000


@dataclass(frozen=True)
class Figures:
    """All that the charts are drawn from."""

    stats: Stats
    days: Sequence[DayCount]
    grades: Sequence[KeptGrade]


def count(ledger: Ledger, home: Path, now: dt.datetime) -> Figures:
    """Count everything.

    Raises:
        LedgerUnavailable: the ledger can't be read.
    """
    with ledger.transaction(only_reads=True) as session:
        return Figures(stats(session, now=now), questions_a_day(session, now), kept_grades(home))


class KeptFigures:
    """The figures of a running desk."""

    def __init__(self, quickly_counted: int = QUICKLY_COUNTED) -> None:
        self.quickly_counted = quickly_counted
        self._kept: Figures | None = None
        self._lock = threading.Lock()
        self._counting: threading.Thread | None = None

    def as_of(self, now: dt.datetime, count_now: Callable[[], Figures]) -> Figures:
        """Return the figures; those of a large ledger may be older than a minute, and are counted again for the next visit.

        Raises:
            LedgerUnavailable: there are none yet, and the ledger can't be read.
        """
        with self._lock:
            kept = self._kept
            is_new = kept is not None and dt.timedelta(0) <= now - kept.stats.at < COUNTED_FOR
            if kept is not None and is_new:
                return kept
            if kept is None or kept.stats.questions <= self.quickly_counted:
                self._kept = count_now()
                return self._kept
        self.begin(count_now)
        return kept

    def begin(self, count_now: Callable[[], Figures]) -> None:
        """Count in the background, unless that is under way."""
        with self._lock:
            if self._counting is None or not self._counting.is_alive():
                self._counting = threading.Thread(target=self._count, args=(count_now,), name="askwell-figures", daemon=True)
                self._counting.start()

    def wait(self) -> None:
        """Wait until what is being counted is counted."""
        if self._counting is not None:
            self._counting.join()

    def _count(self, count_now: Callable[[], Figures]) -> None:
        try:
            self._kept = count_now()
        except AskwellError as error:
            log.warning("the figures can't be counted now: %s", error)
