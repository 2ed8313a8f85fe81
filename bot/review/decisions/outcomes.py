"""What a decision came to, for the mentor who made it: the questions that it settled, and what their learners are owed now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.ledger.tables import OWED, DeliveryRow, Mentor, QuestionRow, ReviewRow
from bot.review.outbox.owing import Kind


@dataclass(frozen=True)
class Settled:
    """One question that a decision was made on."""

    question_id: int
    text: str
    platform: str


@dataclass(frozen=True)
class Owed:
    """One message that is still to be sent; `note` is what it says besides an answer."""

    question_id: int
    platform: str
    kind: Kind
    note: str
    due_at: dt.datetime


@dataclass(frozen=True)
class Outcome:
    """One decision with its questions, the first of them first, and all that is owed to their learners."""

    review_id: int
    mentor: str
    decision: str
    questions: tuple[Settled, ...]
    owed: tuple[Owed, ...]


def outcome(session: Session, review: ReviewRow) -> Outcome:
    """Return what a decision came to, with those that were made together with it."""
    root = review.of_review_id or review.id
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text, QuestionRow.platform)
        .join(ReviewRow, ReviewRow.question_id == QuestionRow.id)
        .where(or_(ReviewRow.id == root, ReviewRow.of_review_id == root))
        .order_by(ReviewRow.id)
    )
    questions = tuple(Settled(*row) for row in rows)
    mentor = session.get_one(Mentor, review.mentor_id).name
    return Outcome(review.id, mentor, review.decision, questions, owed(session, [each.question_id for each in questions]))


def owed(session: Session, question_ids: Iterable[int]) -> tuple[Owed, ...]:
    """Return what is still to be sent of some questions, in the order in which it will be."""
    rows = session.scalars(
        select(DeliveryRow).where(DeliveryRow.question_id.in_(list(question_ids)), DeliveryRow.state == OWED).order_by(DeliveryRow.id)
    )
    return tuple(Owed(row.question_id, row.platform, Kind(row.kind), row.note, row.due_at) for row in rows)


def answered_by(session: Session, answer_id: int) -> str | None:
    """Return the mentor whose decision made an answer, None if none did."""
    made = select(Mentor.name).join(ReviewRow, ReviewRow.mentor_id == Mentor.id).where(ReviewRow.result_id == answer_id)
    return session.scalar(made.order_by(ReviewRow.id.desc()).limit(1))
