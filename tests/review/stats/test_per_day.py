"""The questions of each day, counted by the database."""

from __future__ import annotations

import datetime as dt

from bot.ledger.database import Ledger
from bot.review.stats.per_day import questions_a_day
from bot.values import Status
from tests.review.asked import NOW, asked


def test_each_day_is_counted_by_outcome_and_a_day_without_questions_is_there(ledger: Ledger) -> None:
    for status, days, times in ((Status.ANSWERED, 0, 2), (Status.NEAR, 1, 1), (Status.HANDED_OVER, 1, 3), (Status.ANSWERED, 40, 1)):
        for _ in range(times):
            asked(ledger, status=status, at=NOW - dt.timedelta(days=days))
    with ledger.transaction() as session:
        found = questions_a_day(session, NOW)
    assert len(found) == 30
    assert [tuple(each)[1:] for each in found[-3:]] == [(0, 0, 0), (0, 1, 3), (2, 0, 0)]
    assert sum(each.answered for each in found) == 2


def test_a_day_begins_at_midnight_in_utc(ledger: Ledger) -> None:
    midnight = dt.datetime(2026, 2, 3, tzinfo=dt.UTC)
    asked(ledger, at=midnight - dt.timedelta(seconds=1))
    asked(ledger, at=midnight)
    with ledger.transaction() as session:
        assert [each.answered for each in questions_a_day(session, NOW)[-2:]] == [1, 1]
