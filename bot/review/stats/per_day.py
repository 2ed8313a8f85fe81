"""The questions of each day, by their outcome."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from bot.ledger.tables import QuestionRow
from bot.values import Status

# The days that are shown.
DAYS = 30


class DayCount(NamedTuple):
    """The questions that were asked on one day, in UTC, by status; small talk is none."""

    day: dt.date
    answered: int
    near: int
    handed_over: int


def questions_a_day(session: Session, now: dt.datetime, *, days: int = DAYS) -> Sequence[DayCount]:
    """Return the counts of the last days, the oldest first, days without a question too."""
    first = now.astimezone(dt.UTC).date() - dt.timedelta(days=days - 1)
    since = dt.datetime.combine(first, dt.time(), dt.UTC)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    moment = QuestionRow.asked_at
    day = func.date(moment) if is_sqlite else cast(func.timezone("UTC", moment), Date)
    rows = session.execute(
        select(day, QuestionRow.status, func.count()).where(QuestionRow.asked_at >= since).group_by(day, QuestionRow.status)
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for when, status, number in rows:
        counts[str(when)][status] = number
    every = [first + dt.timedelta(days=place) for place in range(days)]
    return [DayCount(each, *(counts[str(each)].get(status.value, 0) for status in SHOWN)) for each in every]


SHOWN = (Status.ANSWERED, Status.NEAR, Status.HANDED_OVER)
