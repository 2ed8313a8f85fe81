"""How a decision is undone before anybody has seen what came of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.ledger.mentors import checked_name
from bot.ledger.questions import change_state
from bot.ledger.tables import LARGEST, OWED, RECEIVED, AnswerRow, DeliveryRow, Mentor, QuestionRow, ReviewRow
from bot.review.outbox.owing import CANCELLED, NOT_REACHED_LATER, SENDING, SENT, Kind, owe, superseded_by
from bot.review.question.in_force import carrier, in_force, last_settling, lock, state_before
from bot.review.question.standing import SETTLING
from bot.values import State
from knowledge.errors import Refused, UsageError

UNDONE = "undone"


def undo(session: Session, review_id: int, *, mentor: str, now: dt.datetime) -> ReviewRow:
    """Take a decision back, and with it all that were made together with it: what it changed is as before, and nothing of it is sent.

    Only the mentor who decided may; all others can decide anew.

    Raises:
        UsageError: there is no such decision.
        Refused: it was undone, or can't be, because of a delivery or a later decision.
    """
    review = session.get(ReviewRow, review_id) if 0 < review_id <= LARGEST else None
    if review is None:
        raise UsageError(f"there is no decision {review_id}")
    root = review.of_review_id or review.id
    together = select(ReviewRow).where(or_(ReviewRow.id == root, ReviewRow.of_review_id == root)).order_by(ReviewRow.id)
    questions = {row.id: row for row in lock(session, session.scalars(together.with_only_columns(ReviewRow.question_id)))}
    reviews = session.scalars(together.execution_options(populate_existing=True)).all()
    refuse_if_not_theirs(session, review, mentor)
    refused = [why for each in reviews if (why := hindrance(session, each)) is not None]
    if refused:
        raise Refused(f"decision {review_id} can't be undone: {'; '.join(refused)}")
    for each in reviews:
        take_back(session, questions[each.question_id], each, now)
    return review


def refuse_if_not_theirs(session: Session, review: ReviewRow, mentor: str) -> None:
    """Let nobody undo twice, or what another mentor decided."""
    if review.undone_at is not None:
        raise Refused(f"decision {review.id} was undone at {review.undone_at:%Y-%m-%d %H:%M} UTC: decide anew")
    name = session.get_one(Mentor, review.mentor_id).name
    if checked_name(mentor) != name:
        raise Refused(f"decision {review.id} is {name}'s, and only {name} can undo it: decide anew")


def hindrance(session: Session, review: ReviewRow) -> str | None:
    """Return why one question's decision can't be undone and what to do instead, None if it can."""
    deliveries = session.scalars(select(DeliveryRow).where(DeliveryRow.review_id == review.id)).all()
    states = {row.state for row in deliveries}
    if SENT in states:
        return f"the learner of question {review.question_id} has seen it, so decide anew on that question"
    if SENDING in states:
        return f"it's being sent to the learner of question {review.question_id} at this moment, so decide anew on that question"
    if any(row.state == OWED and row.attempts and row.kind != Kind.EDIT for row in deliveries):
        return f"a message to the learner of question {review.question_id} was tried and may have arrived, so decide anew on that question"
    later = last_settling(session, review.question_id, after=review.id) if review.decision in SETTLING else None
    if later is not None:
        return f"decision {later.id} on question {review.question_id} came after it, so have that undone first, or decide anew"
    return None


def take_back(session: Session, question: QuestionRow, review: ReviewRow, now: dt.datetime) -> None:
    """Undo one question's decision: its deliveries cancelled, those that it had cancelled owed again, states as they were."""
    review.undone_at = now
    tried = cancel(session, review.id)
    if review.decision not in SETTLING:
        session.flush()
        return
    result = None if review.result_id is None else session.get(AnswerRow, review.result_id)
    if result is not None:
        change_state(session, result, State.WITHDRAWN, review_id=review.id, now=now)
    before = None if review.answer_id is None else session.get(AnswerRow, review.answer_id)
    state = None if before is None else state_before(session, before.id, review.id)
    if before is not None and state is not None:
        change_state(session, before, state, review_id=review.id, now=now)
    question.status = RECEIVED if before is None else before.status
    if not revive(session, review, now) and tried:
        restore_message(session, question, review, now)
    session.flush()


def cancel(session: Session, review_id: int) -> bool:
    """Cancel what is owed for a decision; return whether a change of a message was tried, and may have arrived in spite of its error."""
    rows = session.scalars(select(DeliveryRow).where(DeliveryRow.review_id == review_id, DeliveryRow.state == OWED)).all()
    tried = any(row.attempts and row.kind == Kind.EDIT for row in rows)
    for row in rows:
        row.state, row.error = CANCELLED, UNDONE
    session.flush()
    return tried


def revive(session: Session, review: ReviewRow, now: dt.datetime) -> bool:
    """Owe again what a decision had cancelled, now that it's undone; return whether a change of a message is among it."""
    stopped = select(DeliveryRow).where(
        DeliveryRow.question_id == review.question_id, DeliveryRow.state == CANCELLED, DeliveryRow.error == superseded_by(review.id)
    )
    rows = session.scalars(stopped).all()
    for row in rows:
        row.state, row.error, row.due_at = OWED, "", max(row.due_at, now)
    session.flush()
    return any(row.kind == Kind.EDIT for row in rows)


def restore_message(session: Session, question: QuestionRow, review: ReviewRow, now: dt.datetime) -> None:
    """Owe the learner's message as it was, since a change of it may have arrived."""
    answer, carried = in_force(session, question.id), carrier(session, question.id)
    if answer is not None and carried is not None and question.platform not in NOT_REACHED_LATER:
        owe(session, question, Kind.EDIT, answer=answer, target=carried.sent_as, named=f"restored after {review.id}", now=now)
