"""Who decided what, newest first: the audit list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import LARGEST, Mentor, PromotionRow, QuestionRow, ReviewRow

LISTED = 100


class LoggedDecision(NamedTuple):
    """One decision with its question."""

    review_id: int
    at: dt.datetime
    mentor: str
    decision: str
    source: str
    reason: str
    undone_at: dt.datetime | None
    question_id: int
    text: str


class LoggedPromotion(NamedTuple):
    """One change of a card."""

    promotion_id: int
    at: dt.datetime
    mentor: str
    kind: str
    slug: str
    state: str
    commit: str | None
    note: str
    question_id: int | None


def decisions_before(session: Session, review_id: int | None = None, *, mentor: str = "", most: int = LISTED) -> Sequence[LoggedDecision]:
    """Return the newest decisions, or those before one of them, of all mentors or of one."""
    wanted = (
        select(
            ReviewRow.id,
            ReviewRow.at,
            Mentor.name,
            ReviewRow.decision,
            ReviewRow.source,
            ReviewRow.reason,
            ReviewRow.undone_at,
            QuestionRow.id.label("question_id"),
            QuestionRow.text,
        )
        .join(Mentor, Mentor.id == ReviewRow.mentor_id)
        .join(QuestionRow, QuestionRow.id == ReviewRow.question_id)
        .order_by(ReviewRow.id.desc())
        .limit(most)
    )
    if review_id is not None:
        wanted = wanted.where(ReviewRow.id < min(review_id, LARGEST))
    if mentor:
        wanted = wanted.where(Mentor.name == mentor)
    return [LoggedDecision(*row) for row in session.execute(wanted)]


def newest_promotions(session: Session, *, mentor: str = "", most: int = LISTED) -> Sequence[LoggedPromotion]:
    """Return the newest changes of cards, by all mentors or by one."""
    wanted = (
        select(
            PromotionRow.id,
            PromotionRow.at,
            Mentor.name,
            PromotionRow.kind,
            PromotionRow.slug,
            PromotionRow.state,
            PromotionRow.commit,
            PromotionRow.note,
            PromotionRow.question_id,
        )
        .join(Mentor, Mentor.id == PromotionRow.mentor_id)
        .order_by(PromotionRow.id.desc())
        .limit(most)
    )
    if mentor:
        wanted = wanted.where(Mentor.name == mentor)
    return [LoggedPromotion(*row) for row in session.execute(wanted)]
