"""Entering questions and answers: a question is in the ledger before anything is sent, and only once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.answering.values import Answer
from bot.ledger.tables import RECEIVED, AnswerRow, Conversation, Learner, QuestionRow

# A channel is one conversation for months: what was asked before lunch may still be meant by "why?", what was asked last week is not.
LEANS_ON_FOR = dt.timedelta(hours=6)


def enter_question(
    session: Session, *, platform: str, message_id: str, place: str, author: str | None, text: str, now: dt.datetime
) -> QuestionRow | None:
    """Write a learner's message down; return None if this very message is there already."""
    seen = select(QuestionRow.id).where(QuestionRow.platform == platform, QuestionRow.message_id == message_id)
    if session.scalar(seen) is not None:
        return None
    conversation = conversation_at(session, platform, place, now)
    learner = None if author is None else learner_of(session, platform, author)
    row = QuestionRow(
        platform=platform,
        message_id=message_id,
        conversation_id=conversation.id,
        learner_id=None if learner is None else learner.id,
        text=text,
        asked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row


def unanswered(session: Session, *, platform: str, message_id: str) -> QuestionRow | None:
    """Return the row of a message that was entered and not answered: being answered now, or by a process that was killed."""
    return session.scalar(
        select(QuestionRow).where(QuestionRow.platform == platform, QuestionRow.message_id == message_id, QuestionRow.status == RECEIVED)
    )


def waits_for_answer(session: Session, question_id: int) -> bool:
    """Say whether a question has no answer yet, and let nobody else give it one before this transaction ends."""
    return session.get_one(QuestionRow, question_id, with_for_update=True).status == RECEIVED


def conversation_at(session: Session, platform: str, place: str, now: dt.datetime) -> Conversation:
    """Return the conversation at a place, begun now if there is none yet."""
    wanted = select(Conversation).where(Conversation.platform == platform, Conversation.place == place)
    row = session.scalar(wanted)
    if row is None:
        try:
            with session.begin_nested():
                row = Conversation(platform=platform, place=place, started_at=now)
                session.add(row)
        except IntegrityError:
            row = session.scalars(wanted).one()
    return row


def learner_of(session: Session, platform: str, platform_id: str) -> Learner:
    """Return the learner with this id, entered now if unknown."""
    wanted = select(Learner).where(Learner.platform == platform, Learner.platform_id == platform_id)
    row = session.scalar(wanted)
    if row is None:
        try:
            with session.begin_nested():
                row = Learner(platform=platform, platform_id=platform_id)
                session.add(row)
        except IntegrityError:
            row = session.scalars(wanted).one()
    return row


def turns_before(session: Session, question: QuestionRow, *, most: int) -> list[str]:
    """Return the learner's own messages of the hours before in the same conversation, oldest first.

    Another learner's messages in the thread are not turns of this one's question.
    """
    same_learner = QuestionRow.learner_id == question.learner_id if question.learner_id is not None else QuestionRow.learner_id.is_(None)
    rows = session.scalars(
        select(QuestionRow.text)
        .where(
            QuestionRow.conversation_id == question.conversation_id,
            QuestionRow.id < question.id,
            QuestionRow.asked_at >= question.asked_at - LEANS_ON_FOR,
            same_learner,
        )
        .order_by(QuestionRow.id.desc())
        .limit(most)
    )
    return list(rows)[::-1]


def enter_answer(session: Session, question_id: int, answer: Answer, *, index_name: str, now: dt.datetime) -> AnswerRow:
    """Write down what a question was answered with."""
    row = AnswerRow(
        question_id=question_id,
        text=answer.answer,
        status=answer.status.value,
        state=answer.state.value,
        composer=answer.composer.value,
        model=answer.model,
        confidence=answer.confidence,
        cards=[card.model_dump() for card in answer.cards],
        cited=list(answer.cited),
        checks=list(answer.checks),
        index_name=index_name,
        created_at=now,
    )
    session.add(row)
    question = session.get_one(QuestionRow, question_id)
    question.status = answer.status.value
    session.flush()
    return row


def note_sent(session: Session, question_id: int, sent_as: str) -> None:
    """Remember which message on the platform carries a question's newest answer."""
    newest = select(AnswerRow).where(AnswerRow.question_id == question_id).order_by(AnswerRow.id.desc()).limit(1)
    row = session.scalar(newest)
    if row is not None:
        row.sent_as = sent_as
