"""The outcome of a decision, for the mentor who made it: the questions, and the messages queued for their learners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.ledger.tables import OWED, DeliveryRow, Mentor, QuestionRow, ReviewRow
from bot.review.outbox.delivery_rows import DeliveryKind
from bot.review.question_state import last_settling


@dataclass(frozen=True)
class DecidedQuestion:
    """One question that a decision was made on."""

    question_id: int
    text: str
    platform: str


@dataclass(frozen=True)
class QueuedMessage:
    """One message that is still to be sent; `note` is its text besides an answer."""

    question_id: int
    platform: str
    kind: DeliveryKind
    note: str
    due_at: dt.datetime


@dataclass(frozen=True)
class Outcome:
    """One decision with its questions, in the order in which it was applied to them, and the messages queued for their learners."""

    review_id: int
    mentor: str
    decision: str
    questions: tuple[DecidedQuestion, ...]
    queued: tuple[QueuedMessage, ...]


def outcome(session: Session, review: ReviewRow) -> Outcome:
    """Return the outcome of a decision, including the questions that were decided with it."""
    root = review.of_review_id or review.id
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text, QuestionRow.platform)
        .join(ReviewRow, ReviewRow.question_id == QuestionRow.id)
        .where(or_(ReviewRow.id == root, ReviewRow.of_review_id == root))
        .order_by(ReviewRow.id)
    )
    questions = tuple(DecidedQuestion(*row) for row in rows)
    mentor = session.get_one(Mentor, review.mentor_id).name
    return Outcome(review.id, mentor, review.decision, questions, queued_messages(session, [each.question_id for each in questions]))


def queued_messages(session: Session, question_ids: Iterable[int]) -> tuple[QueuedMessage, ...]:
    """Return the messages of some questions that are still to be sent, in the order of sending."""
    rows = session.scalars(
        select(DeliveryRow).where(DeliveryRow.question_id.in_(list(question_ids)), DeliveryRow.state == OWED).order_by(DeliveryRow.id)
    )
    return tuple(QueuedMessage(row.question_id, row.platform, DeliveryKind(row.kind), row.note, row.due_at) for row in rows)


def decided_by(session: Session, question_id: int) -> str | None:
    """Return the mentor whose decision settles a question, None if none does."""
    review = last_settling(session, question_id)
    return None if review is None else session.get_one(Mentor, review.mentor_id).name


def answered_by(session: Session, answer_id: int) -> str | None:
    """Return the mentor whose decision made an answer, None if none did."""
    made = select(Mentor.name).join(ReviewRow, ReviewRow.mentor_id == Mentor.id).where(ReviewRow.result_id == answer_id)
    return session.scalar(made.order_by(ReviewRow.id.desc()).limit(1))
