"""Where two mentors decided the opposite: both stand, the later one is in force."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import Mentor, ReviewRow
from bot.review.question.standing import OPPOSITE, SETTLING


class Said(NamedTuple):
    """What one mentor decided, and why."""

    review_id: int
    mentor: str
    decision: str
    reason: str
    at: dt.datetime


class Disagreement(NamedTuple):
    """Two mentors' opposite decisions on one question, neither undone."""

    earlier: Said
    later: Said


def disagreements(session: Session, question_id: int) -> list[Disagreement]:
    """Return where a mentor's decision stands against the one that another had made before it, oldest first."""
    rows = session.execute(
        select(ReviewRow.id, Mentor.name, ReviewRow.decision, ReviewRow.reason, ReviewRow.at)
        .join(Mentor, Mentor.id == ReviewRow.mentor_id)
        .where(ReviewRow.question_id == question_id, ReviewRow.undone_at.is_(None), ReviewRow.decision.in_(SETTLING))
        .order_by(ReviewRow.id)
    )
    said = [Said(*row) for row in rows]
    return [
        Disagreement(earlier, later)
        for earlier, later in pairwise(said)
        if earlier.mentor != later.mentor and (earlier.decision, later.decision) in OPPOSITE
    ]
