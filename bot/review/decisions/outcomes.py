"""The outcome of a decision, for the mentor who made it: the questions, and the messages queued for their learners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.ledger.tables import OWED, AnswerRow, DeliveryRow, Mentor, QuestionRow, ReviewRow
from bot.review.outbox.delivery_rows import DeliveryKind
from bot.review.question_state import last_settling
from bot.values import Composer, Status

CONFIRM = "confirm"
# After one of these decisions a learner hears nothing.
UNHEARD = ("second_opinion", "not_it")
# Each decision as a mentor reads it of a question.
DECIDED = {
    "confirm": "confirmed",
    "correct": "corrected",
    "answer": "answered",
    "decline": "declined",
    "withdraw": "withdrawn",
    "second_opinion": "left open for a second opinion",
    "not_it": "left open, since the nearest passage doesn't settle it,",
}


@dataclass(frozen=True)
class DecidedQuestion:
    """One question that a decision was made on; `replaced` says whose answer the decision put another in the place of, empty if none."""

    question_id: int
    text: str
    platform: str
    replaced: str = ""
    # The card whose nearest passage a mentor said is the answer; the question may become its phrasing.
    passage_of: str = ""


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
        select(QuestionRow.id, QuestionRow.text, QuestionRow.platform, ReviewRow.answer_id, ReviewRow.result_id)
        .join(ReviewRow, ReviewRow.question_id == QuestionRow.id)
        .where(or_(ReviewRow.id == root, ReviewRow.of_review_id == root))
        .order_by(ReviewRow.id)
    )
    questions = tuple(
        DecidedQuestion(
            row.id,
            row.text,
            row.platform,
            whose(session, row.answer_id) if row.result_id is not None else "",
            near_card(session, row.answer_id) if review.decision == CONFIRM and row.result_id is not None else "",
        )
        for row in rows.all()
    )
    mentor = session.get_one(Mentor, review.mentor_id).name
    return Outcome(review.id, mentor, review.decision, questions, queued_messages(session, [each.question_id for each in questions]))


def queued_messages(session: Session, question_ids: Iterable[int]) -> tuple[QueuedMessage, ...]:
    """Return the messages of some questions that are still to be sent, in the order of sending."""
    rows = session.scalars(
        select(DeliveryRow).where(DeliveryRow.question_id.in_(list(question_ids)), DeliveryRow.state == OWED).order_by(DeliveryRow.id)
    )
    return tuple(QueuedMessage(row.question_id, row.platform, DeliveryKind(row.kind), row.note, row.due_at) for row in rows)


def near_card(session: Session, answer_id: int | None) -> str:
    """Return the card of the nearest passage that an answer showed, empty if it showed none."""
    answer = None if answer_id is None else session.get(AnswerRow, answer_id)
    return str(answer.cited[0]) if answer is not None and answer.status == Status.NEAR and answer.cited else ""


def whose(session: Session, answer_id: int | None) -> str:
    """Return whose answer was in force: a mentor's, by name, or the assistant's; empty if it was no answer."""
    answer = None if answer_id is None else session.get(AnswerRow, answer_id)
    if answer is None or answer.status != Status.ANSWERED:
        return ""
    if answer.composer == Composer.MENTOR:
        return f"{answered_by(session, answer.id) or 'another mentor'}'s answer"
    return "the assistant's answer"


def decided_by(session: Session, question_id: int) -> str | None:
    """Return the mentor whose decision settles a question, None if none does."""
    review = last_settling(session, question_id)
    return None if review is None else session.get_one(Mentor, review.mentor_id).name


def answered_by(session: Session, answer_id: int) -> str | None:
    """Return the mentor whose decision made an answer, None if none did."""
    made = select(Mentor.name).join(ReviewRow, ReviewRow.mentor_id == Mentor.id).where(ReviewRow.result_id == answer_id)
    return session.scalar(made.order_by(ReviewRow.id.desc()).limit(1))
