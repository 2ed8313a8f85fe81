"""Questions and answers in the ledger: a question is written before anything is sent, and only once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.ledger.database import get_or_create
from bot.ledger.tables import LARGEST, RECEIVED, AnswerRow, Conversation, Learner, Passing, QuestionRow, ReviewRow
from bot.values import TURNS_READ, Answer, Composer, State
from knowledge.errors import UsageError

# A channel is one conversation for months: "why?" may still mean what was asked before lunch, but not last week.
FOLLOW_UP_WITHIN = dt.timedelta(hours=6)


def enter_question(
    session: Session, *, platform: str, message_id: str, place: str, author: str | None, text: str, now: dt.datetime
) -> QuestionRow | None:
    """Write a learner's message down; return None if the ledger has it already."""
    seen = select(QuestionRow.id).where(QuestionRow.platform == platform, QuestionRow.message_id == message_id)
    if session.scalar(seen) is not None:
        return None
    conversation = get_or_create(session, Conversation, {"platform": platform, "place": place}, started_at=now)
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
        # Only if another process has just written it is it a repeat; anything else is an error.
        if session.scalar(seen) is None:
            raise
        return None
    return row


def find_unanswered(session: Session, *, platform: str, message_id: str) -> QuestionRow | None:
    """Return a message that was written down but not answered: a process is answering it now, or was killed while it did."""
    return session.scalar(
        select(QuestionRow).where(QuestionRow.platform == platform, QuestionRow.message_id == message_id, QuestionRow.status == RECEIVED)
    )


def question_numbered(session: Session, number: int, *, lock: bool = False) -> QuestionRow | None:
    """Return the question of this number, None if there is none; `lock` reads it afresh and keeps others from deciding on it."""
    if not 0 < number <= LARGEST:
        return None
    return session.get(QuestionRow, number, with_for_update={"key_share": True} if lock else None, populate_existing=lock)


def lock_unanswered(session: Session, question_id: int) -> bool:
    """Return whether a question has no answer yet, and keep others from answering it until this transaction ends."""
    # A missing question belonged to somebody who was forgotten while it was being answered.
    row = session.get(QuestionRow, question_id, with_for_update=True)
    return row is not None and row.status == RECEIVED


def learner_of(session: Session, platform: str, platform_id: str) -> Learner:
    """Return the learner with this id, added if unknown."""
    return get_or_create(session, Learner, {"platform": platform, "platform_id": platform_id})


def has_conversation(session: Session, platform: str, place: str) -> bool:
    """Return whether anybody has asked something in this thread or channel."""
    return session.scalar(select(Conversation.id).where(Conversation.platform == platform, Conversation.place == place)) is not None


def question_carried_by(session: Session, platform: str, sent_as: str) -> int | None:
    """Return the question whose answer a message on a platform carries."""
    carried = select(QuestionRow.id).join(AnswerRow, AnswerRow.question_id == QuestionRow.id)
    return session.scalar(carried.where(QuestionRow.platform == platform, AnswerRow.sent_as == sent_as).limit(1))


def question_asked_in(session: Session, platform: str, message_id: str) -> int | None:
    """Return the question that a learner's message asked."""
    return session.scalar(select(QuestionRow.id).where(QuestionRow.platform == platform, QuestionRow.message_id == message_id))


def newest_question_in(session: Session, platform: str, place: str) -> int | None:
    """Return the newest question of a thread or channel."""
    there = select(QuestionRow.id).join(Conversation, Conversation.id == QuestionRow.conversation_id).order_by(QuestionRow.id.desc())
    return session.scalar(
        there.where(Conversation.platform == platform, Conversation.place == place).order_by(QuestionRow.id.desc()).limit(1)
    )


def turns_before(session: Session, question: QuestionRow, *, most: int) -> list[str]:
    """Return the same learner's messages of the last hours in the conversation, oldest first."""
    same_learner = QuestionRow.learner_id == question.learner_id if question.learner_id is not None else QuestionRow.learner_id.is_(None)
    rows = session.scalars(
        select(QuestionRow.text)
        .where(
            QuestionRow.conversation_id == question.conversation_id,
            QuestionRow.id < question.id,
            QuestionRow.asked_at >= question.asked_at - FOLLOW_UP_WITHIN,
            same_learner,
        )
        .order_by(QuestionRow.id.desc())
        .limit(most)
    )
    return list(rows)[::-1]


def said_in_conversation(session: Session, question: QuestionRow, *, most: int) -> list[tuple[str, str]]:
    """Return what was said in a conversation before a question, oldest first: each message, and the last answer to it (empty for none)."""
    last = select(AnswerRow.question_id, func.max(AnswerRow.id).label("answer_id")).group_by(AnswerRow.question_id).subquery("last_answer")
    rows = session.execute(
        select(QuestionRow.text, AnswerRow.text)
        .outerjoin(last, last.c.question_id == QuestionRow.id)
        .outerjoin(AnswerRow, AnswerRow.id == last.c.answer_id)
        .where(QuestionRow.conversation_id == question.conversation_id, QuestionRow.id < question.id)
        .order_by(QuestionRow.id.desc())
        .limit(most)
    )
    return [(asked, said or "") for asked, said in rows][::-1]


def enter_answer(
    session: Session,
    question_id: int,
    answer: Answer,
    *,
    index_name: str,
    now: dt.datetime,
    review_id: int | None = None,
) -> AnswerRow:
    """Write an answer down with its evidence and its first state.

    A question keeps the vector of its first answer; `review_id` is the review that made the answer, if one did.
    """
    question = session.get_one(QuestionRow, question_id)
    question.status = answer.status.value
    question.vector = question.vector or answer.vector
    if any(row.get("check") in {"person", "care"} for row in answer.checks):
        question.wants_person = True
    row = AnswerRow(
        question_id=question_id,
        text=answer.answer,
        status=answer.status.value,
        composer=answer.composer.value,
        model=answer.model,
        confidence=answer.confidence,
        cards=[card.model_dump() for card in answer.cards],
        cited=list(answer.cited),
        checks=list(answer.checks),
        index_name=index_name,
        created_at=now,
        prompt=answer.prompt,
        examples=list(answer.examples),
        evidence=list(answer.evidence),
    )
    session.add(row)
    change_state(session, row, answer.state, review_id=review_id, now=now)
    return row


def change_state(session: Session, answer_row: AnswerRow, state: State, *, review_id: int | None = None, now: dt.datetime) -> Passing:
    """Put an answer into a state, and write down when and by which review."""
    answer_row.state = state.value
    session.flush()
    passing = Passing(answer_id=answer_row.id, state=state.value, review_id=review_id, at=now)
    session.add(passing)
    session.flush()
    return passing


def note_sent(session: Session, question_id: int, sent_as: str) -> None:
    """Note which message on the platform carries the assistant's newest answer; a mentor's answer has its own delivery."""
    mentors = select(ReviewRow.result_id).where(ReviewRow.question_id == question_id, ReviewRow.result_id.is_not(None))
    newest = select(AnswerRow).where(AnswerRow.question_id == question_id, AnswerRow.id.not_in(mentors))
    row = session.scalar(newest.order_by(AnswerRow.id.desc()).limit(1))
    if row is not None:
        row.sent_as = sent_as


def enter_worded(session: Session, question_id: int, answer: Answer, *, passed: bool, index_name: str, now: dt.datetime) -> bool:
    """Write down a model's answer in a curated answer's place; return whether it may replace that.

    A draft that did not pass leaves its checks with the curated answer. Once a mentor has decided, or another answer was given, the
    draft comes too late. The new answer belongs in the message that carries the old one.
    """
    session.get(QuestionRow, question_id, with_for_update=True)
    given = list(session.scalars(select(AnswerRow).where(AnswerRow.question_id == question_id).limit(2)))
    if len(given) != 1 or given[0].state != State.DRAFT.value or given[0].composer != Composer.CURATED.value:
        return False
    if not passed:
        given[0].checks, given[0].prompt, given[0].examples = list(answer.checks), answer.prompt, list(answer.examples)
        return False
    row = enter_answer(session, question_id, answer, index_name=index_name, now=now)
    row.sent_as = given[0].sent_as
    return True


def curated_text(session: Session, question_id: int) -> str:
    """Return the first answer that was put together for a question out of the mentors' words.

    Raises:
        UsageError: there is none.
    """
    curated = select(AnswerRow.text).where(AnswerRow.question_id == question_id, AnswerRow.composer == Composer.CURATED.value)
    text = session.scalar(curated.order_by(AnswerRow.id).limit(1)) if 0 < question_id <= LARGEST else None
    if text is None:
        raise UsageError(f"there is no question {question_id} with a curated answer")
    return text


def turns_of(session: Session, question_id: int, *, most: int = TURNS_READ) -> tuple[str, ...]:
    """Return the turns that a question is read with, oldest first; the question itself is the last.

    Raises:
        UsageError: there is no such question.
    """
    row = question_numbered(session, question_id)
    if row is None:
        raise UsageError(f"there is no question {question_id}")
    return (*turns_before(session, row, most=most - 1), row.text)
