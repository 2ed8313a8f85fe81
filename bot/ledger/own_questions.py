"""A learner's own questions in the ledger: who asked first in a thread, what its author took back, what was answered within the hour."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.ledger.retention_and_forgetting import remove_questions
from bot.ledger.tables import RECEIVED, AnswerRow, Conversation, Feedback, Learner, QuestionRow, ReviewRow
from bot.values import Status

HOUR = dt.timedelta(hours=1)


def question_of_message(session: Session, platform: str, message_id: str, *, lock: bool = False) -> QuestionRow | None:
    """Return the question that a message asked, None if the ledger doesn't have it; `lock` keeps others from deciding on it."""
    wanted = select(QuestionRow).where(QuestionRow.platform == platform, QuestionRow.message_id == message_id)
    return session.scalar(wanted.with_for_update(key_share=True).execution_options(populate_existing=True) if lock else wanted)


def first_asker(session: Session, platform: str, place: str) -> str | None:
    """Return the platform's id of whoever asked first in a thread; None if nobody did, or they were forgotten."""
    return session.scalar(
        select(Learner.platform_id)
        .join(QuestionRow, QuestionRow.learner_id == Learner.id)
        .join(Conversation, Conversation.id == QuestionRow.conversation_id)
        .where(Conversation.platform == platform, Conversation.place == place)
        .order_by(QuestionRow.id)
        .limit(1)
    )


def retract_question(session: Session, platform: str, message_id: str) -> bool:
    """Remove a question whose message its author deleted before any answer was sent; return whether there was one.

    Once an answer was sent or a mentor has decided, the question stays: others may have read the answer.
    """
    row = question_of_message(session, platform, message_id, lock=True)
    if row is None:
        return False
    sent = exists().where(AnswerRow.question_id == row.id, AnswerRow.sent_as.is_not(None))
    if session.scalar(select(sent | exists().where(ReviewRow.question_id == row.id))):
        return False
    remove_questions(session, [row.id])
    return True


def questions_of(session: Session, platform: str, person: str) -> list[tuple[QuestionRow, list[AnswerRow]]]:
    """Return a person's questions on a platform, newest first, each with its answers, oldest first."""
    asked = select(QuestionRow).join(Learner, Learner.id == QuestionRow.learner_id)
    rows = session.scalars(asked.where(Learner.platform == platform, Learner.platform_id == person).order_by(QuestionRow.id.desc())).all()
    answers: dict[int, list[AnswerRow]] = {row.id: [] for row in rows}
    for answer in session.scalars(
        select(AnswerRow)
        .join(QuestionRow, QuestionRow.id == AnswerRow.question_id)
        .join(Learner, Learner.id == QuestionRow.learner_id)
        .where(Learner.platform == platform, Learner.platform_id == person)
        .order_by(AnswerRow.id)
    ):
        answers.setdefault(answer.question_id, []).append(answer)
    return [(row, answers[row.id]) for row in rows]


def feedback_of_person(session: Session, platform: str, person: str) -> list[Feedback]:
    """Return what a person said of answers, oldest first."""
    said = select(Feedback).join(Learner, Learner.id == Feedback.learner_id)
    return list(session.scalars(said.where(Learner.platform == platform, Learner.platform_id == person).order_by(Feedback.id)))


def newest_in(session: Session, platform: str, place: str, *, before: int) -> QuestionRow | None:
    """Return the newest question of a thread that was asked before a message, by their ids, which grow with time; None if there is none."""
    asked = select(QuestionRow).join(Conversation, Conversation.id == QuestionRow.conversation_id)
    wanted = asked.where(Conversation.platform == platform, Conversation.place == place).order_by(QuestionRow.id.desc())
    # A rewritten question has the time of its edit after its message's id.
    return next((row for row in session.scalars(wanted) if int(row.message_id.partition("@")[0] or 0) < before), None)


def find_learner(session: Session, platform: str, platform_id: str) -> int | None:
    """Return the number of a learner; None if they have asked nothing yet."""
    return session.scalar(select(Learner.id).where(Learner.platform == platform, Learner.platform_id == platform_id))


def lately_answered(session: Session, learner_id: int, now: dt.datetime) -> list[dt.datetime]:
    """Return when a learner's questions were answered within the last hour, the oldest first; what was only asked back doesn't count."""
    first = func.min(AnswerRow.created_at)
    asked = select(first).join(QuestionRow, QuestionRow.id == AnswerRow.question_id)
    counted = asked.where(QuestionRow.learner_id == learner_id, AnswerRow.status != Status.ASKED_BACK.value)
    return list(session.scalars(counted.group_by(QuestionRow.id).having(first > now - HOUR).order_by(first)))


def waiting_before(session: Session, learner_id: int, question_id: int) -> int:
    """Return how many unanswered questions of a learner come before one."""
    waiting = select(func.count()).where(QuestionRow.learner_id == learner_id, QuestionRow.status == RECEIVED, QuestionRow.id < question_id)
    return session.scalar(waiting) or 0
