"""What a process that was killed left behind: questions without an answer, and answers that no message carries."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.ledger.tables import RECEIVED, AnswerRow, DeliveryRow, QuestionRow
from bot.review.outbox.owing import CANCELLED, LIVE, NOT_REACHED_LATER, owe_under_first_key, reached
from bot.review.question.in_force import judged, lock
from bot.values import State

# An answer that nobody got for longer than this is not posted out of the blue; its question is still there for mentors.
STILL_WANTED = dt.timedelta(days=7)


def owe_answer(session: Session, question_id: int, now: dt.datetime) -> DeliveryRow | None:
    """Owe the newest answer of a question as a new message, unless a message carries it; None if there's nothing to owe.

    Raises:
        UsageError: there is no such question.
    """
    question = lock(session, [question_id])[0]
    answer = judged(session, question_id)
    if answer is None or answer.sent_as is not None or answer.state == State.WITHDRAWN or not reached(question):
        return None
    posted = select(DeliveryRow.id).where(
        DeliveryRow.question_id == question_id, DeliveryRow.answer_id == answer.id, DeliveryRow.state != CANCELLED
    )
    return None if session.scalar(posted.limit(1)) is not None else owe_under_first_key(session, question, answer, now=now)


def sweep(session: Session, *, older_than: dt.timedelta = LIVE, now: dt.datetime) -> list[int]:
    """Return the questions that were never answered, oldest first, and owe the answers that were never sent.

    What is younger than `older_than` may be in a live process's hands.
    """
    before = now - older_than
    waiting = select(QuestionRow.id).where(QuestionRow.status == RECEIVED, QuestionRow.asked_at <= before).order_by(QuestionRow.id)
    newest = select(func.max(AnswerRow.id)).group_by(AnswerRow.question_id)
    # One row of any kind is enough: a mentor's decision owes what the learner is to read.
    owed = exists().where(DeliveryRow.question_id == QuestionRow.id, DeliveryRow.state != CANCELLED)
    unsent = (
        select(QuestionRow.id)
        .join(AnswerRow, AnswerRow.question_id == QuestionRow.id)
        .where(
            AnswerRow.id.in_(newest),
            AnswerRow.sent_as.is_(None),
            AnswerRow.created_at.between(now - STILL_WANTED, before),
            QuestionRow.platform.not_in(NOT_REACHED_LATER),
            QuestionRow.learner_id.is_not(None),
            ~owed,
        )
        .order_by(QuestionRow.id)
    )
    for question_id in session.scalars(unsent).all():
        owe_answer(session, question_id, now)
    return list(session.scalars(waiting))
