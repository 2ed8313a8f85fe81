"""The questions that wait for mentors, counted for an operator's figures, and how long learners waited for a mentor's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.retention_and_forgetting import waits_for_mentor
from bot.ledger.tables import QuestionRow

# The bounds between which waiting times are counted together. Units: hours.
BOUNDS = (0.0, 1.0, 4.0, 12.0, 24.0, 48.0, 168.0, float("inf"))
NAMES = ("under 1 hour", "1 to 4 hours", "4 to 12 hours", "12 to 24 hours", "1 to 2 days", "2 to 7 days", "over a week")


class WaitCount(NamedTuple):
    """The questions whose learners waited that long for a mentor's first decision, and those that have waited that long and still do."""

    name: str
    decided: int
    waiting: int


def waiting(session: Session, now: dt.datetime) -> tuple[int, float]:
    """Return how many questions wait for a mentor, and for how many seconds the oldest does."""
    number, oldest = session.execute(select(func.count(), func.min(QuestionRow.asked_at)).where(waits_for_mentor())).one()
    return number, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def waits(session: Session, now: dt.datetime, hours_to_decision: Iterable[float]) -> tuple[WaitCount, ...]:
    """Count waiting times, those that are over and those that go on."""
    since = session.scalars(select(QuestionRow.asked_at).where(waits_for_mentor()))
    decided, open_ = in_spans(hours_to_decision), in_spans(max(0.0, (now - at) / dt.timedelta(hours=1)) for at in since)
    return tuple(map(WaitCount, NAMES, decided, open_))


def in_spans(hours: Iterable[float]) -> Sequence[int]:
    """Count numbers of hours by the spans between the bounds.

    >>> in_spans([0.5, 1.0, 30.0, 999.0])
    [1, 1, 0, 0, 1, 0, 1]
    """
    given = list(hours)
    return [sum(low <= each < high for each in given) for low, high in pairwise(BOUNDS)]
