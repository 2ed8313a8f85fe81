"""Which answer of a question a decision is about, and what has to stand still while it's made."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.tables import AnswerRow, DeliveryRow, Passing, QuestionRow, ReviewRow
from bot.review.question.standing import SETTLING, known_question
from bot.values import State, Status


def lock(session: Session, question_ids: Iterable[int]) -> list[QuestionRow]:
    """Return questions, and let nobody else decide on them or send of theirs before this transaction ends.

    Always in the order of their numbers, questions before deliveries before answers, so that two who lock never wait for each other.

    Raises:
        UsageError: one of them is not there.
    """
    wanted = sorted(set(question_ids))
    rows = [known_question(session, number, lock=True) for number in wanted]
    # Refreshed, since a row that was read before the lock may be older than what another process did meanwhile.
    deliveries = select(DeliveryRow).where(DeliveryRow.question_id.in_(wanted)).order_by(DeliveryRow.id)
    session.scalars(deliveries.with_for_update().execution_options(populate_existing=True)).all()
    answers = select(AnswerRow).where(AnswerRow.question_id.in_(wanted)).order_by(AnswerRow.id)
    session.scalars(answers.execution_options(populate_existing=True)).all()
    return rows


def judged(session: Session, question_id: int) -> AnswerRow | None:
    """Return the answer that a decision made now is about: the newest that was not made by an undone decision."""
    undone = select(ReviewRow.result_id).where(
        ReviewRow.question_id == question_id, ReviewRow.undone_at.is_not(None), ReviewRow.result_id.is_not(None)
    )
    newest = select(AnswerRow).where(AnswerRow.question_id == question_id, AnswerRow.id.not_in(undone))
    return session.scalar(newest.order_by(AnswerRow.id.desc()).limit(1))


def stands(answer: AnswerRow | None) -> bool:
    """Say whether an answer is in force: it answers, and was not withdrawn."""
    return answer is not None and answer.status == Status.ANSWERED and answer.state != State.WITHDRAWN


def in_force(session: Session, question_id: int) -> AnswerRow | None:
    """Return the one answer of a question that is in force, None if it has none."""
    answer = judged(session, question_id)
    return answer if stands(answer) else None


def carrier(session: Session, question_id: int) -> AnswerRow | None:
    """Return the answer that the learner's message carries, as far as the platform has told; a handover carries none."""
    sent = select(AnswerRow).where(
        AnswerRow.question_id == question_id, AnswerRow.status == Status.ANSWERED.value, AnswerRow.sent_as.is_not(None)
    )
    return session.scalar(sent.order_by(AnswerRow.id.desc()).limit(1))


def state_before(session: Session, answer_id: int, review_id: int) -> State | None:
    """Return the state that a review took an answer out of, None if it left the answer's state alone."""
    first = session.scalar(select(func.min(Passing.id)).where(Passing.answer_id == answer_id, Passing.review_id == review_id))
    if first is None:
        return None
    earlier = select(Passing.state).where(Passing.answer_id == answer_id, Passing.id < first).order_by(Passing.id.desc()).limit(1)
    return State(session.scalar(earlier) or State.DRAFT.value)


def last_settling(session: Session, question_id: int, *, after: int = 0) -> ReviewRow | None:
    """Return the newest decision that settles a question and was not undone, among those after a certain one."""
    wanted = select(ReviewRow).where(
        ReviewRow.question_id == question_id, ReviewRow.id > after, ReviewRow.undone_at.is_(None), ReviewRow.decision.in_(SETTLING)
    )
    return session.scalar(wanted.order_by(ReviewRow.id.desc()).limit(1))
