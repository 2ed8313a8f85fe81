"""The questions that wait for mentors, counted for an operator's figures."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.retention_and_forgetting import waits_for_mentor
from bot.ledger.tables import QuestionRow


def waiting(session: Session, now: dt.datetime) -> tuple[int, float]:
    """Return how many questions wait for a mentor, and for how many seconds the oldest does."""
    number, oldest = session.execute(select(func.count(), func.min(QuestionRow.asked_at)).where(waits_for_mentor())).one()
    return number, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
