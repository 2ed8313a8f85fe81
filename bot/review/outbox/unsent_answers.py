"""Answers that the learner's message doesn't show: those never sent, and those sent without their end or reworded by a model since."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.ledger.tables import OWED, RECEIVED, AnswerRow, DeliveryRow, QuestionRow
from bot.review.outbox.delivery_rows import (
    CANCELLED,
    LIVE,
    NOT_REACHED_LATER,
    DeliveryKind,
    can_be_reached,
    delivery_key,
    queue_delivery,
    queue_first_post,
)
from bot.review.outbox.send_and_retry import mark_sent
from bot.review.question_state import lock_questions, newest_answer
from bot.values import State

# An answer that has been unsent for longer than this is not posted out of the blue; mentors still find its question.
STILL_WANTED = dt.timedelta(days=7)
# These name the edits in their keys.
WORDED, REST = "worded", "rest"


def unanswered_questions(session: Session, *, older_than: dt.timedelta = LIVE, now: dt.datetime) -> list[int]:
    """Return the questions that were never answered, oldest first; a younger one may be in a live process's hands."""
    waiting = select(QuestionRow.id).where(QuestionRow.status == RECEIVED, QuestionRow.asked_at <= now - older_than)
    return list(session.scalars(waiting.order_by(QuestionRow.id)))


def unsent_questions(session: Session, *, older_than: dt.timedelta = LIVE, now: dt.datetime) -> list[int]:
    """Return the questions whose answers were never sent, by number; a younger answer may be in a live process's hands."""
    newest = select(func.max(AnswerRow.id)).group_by(AnswerRow.question_id)
    # One row of any kind is enough: a mentor's decision queues what the learner is to read.
    queued = exists().where(DeliveryRow.question_id == QuestionRow.id, DeliveryRow.state != CANCELLED)
    unsent = (
        select(QuestionRow.id)
        .join(AnswerRow, AnswerRow.question_id == QuestionRow.id)
        .where(
            AnswerRow.id.in_(newest),
            AnswerRow.sent_as.is_(None),
            AnswerRow.created_at.between(now - STILL_WANTED, now - older_than),
            QuestionRow.platform.not_in(NOT_REACHED_LATER),
            QuestionRow.learner_id.is_not(None),
            ~queued,
        )
        .order_by(QuestionRow.id)
    )
    return list(session.scalars(unsent))


def queue_unsent_answers(session: Session, *, older_than: dt.timedelta = LIVE, now: dt.datetime) -> None:
    """Queue the answers that were never sent."""
    for question_id in unsent_questions(session, older_than=older_than, now=now):
        queue_answer(session, question_id, now)


def queue_answer(session: Session, question_id: int, now: dt.datetime) -> DeliveryRow | None:
    """Queue the newest answer of a question as a new message; None if a message has it, or will have it, or nobody can be reached.

    Raises:
        UsageError: there is no such question.
    """
    question = lock_questions(session, [question_id])[0]
    answer = newest_answer(session, question_id)
    if answer is None or answer.sent_as is not None or answer.state == State.WITHDRAWN or not can_be_reached(question):
        return None
    queued = select(DeliveryRow.id).where(
        DeliveryRow.question_id == question_id, DeliveryRow.answer_id == answer.id, DeliveryRow.state != CANCELLED
    )
    return None if session.scalar(queued.limit(1)) is not None else queue_first_post(session, question, answer, now=now)


def queue_shown_edit(session: Session, question_id: int, now: dt.datetime) -> DeliveryRow | None:
    """Queue the edit that puts the newest answer, which a process is about to show, into the message that has the earlier text.

    It's due once that process counts as dead: until then it edits the message itself. None if no message is known or it can't be edited.
    A mentor's decision cancels this like any other queued delivery.
    """
    answer = newest_answer(session, question_id)
    named = WORDED if answer is None else f"{WORDED} {answer.id}"
    return queue_edit(session, question_id, named=named, due_at=now + LIVE, now=now)


def queue_rest_edit(session: Session, question_id: int, now: dt.datetime) -> DeliveryRow | None:
    """Queue the edit that completes messages which have only an answer's beginning; None if a mentor has decided since."""
    answer = newest_answer(session, question_id)
    return queue_edit(session, question_id, named=REST, due_at=now, now=now) if answer is not None and answer.state == State.DRAFT else None


def queue_edit(session: Session, question_id: int, *, named: str, due_at: dt.datetime, now: dt.datetime) -> DeliveryRow | None:
    """Queue an edit that puts a question's newest answer into its message; None if there is no message that can be edited."""
    question, answer = session.get_one(QuestionRow, question_id), newest_answer(session, question_id)
    if answer is None or answer.sent_as is None or question.platform in NOT_REACHED_LATER:
        return None
    return queue_delivery(session, question, DeliveryKind.EDIT, answer=answer, target=answer.sent_as, due_at=due_at, named=named, now=now)


def mark_shown_edit_sent(session: Session, question_id: int, sent_as: str, now: dt.datetime) -> None:
    """Note that the process that made the newest answer has edited the message itself, so that the queued edit isn't sent."""
    question, answer = session.get(QuestionRow, question_id), newest_answer(session, question_id)
    if question is None or answer is None:
        return
    key = delivery_key(question.platform, question.message_id, None, f"{WORDED} {answer.id}")
    row = session.scalar(select(DeliveryRow).where(DeliveryRow.key == key, DeliveryRow.state == OWED))
    if row is not None:
        mark_sent(session, row.id, sent_as, now)
