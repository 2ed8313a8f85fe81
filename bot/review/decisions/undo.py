"""Undoing a decision before any learner has seen its result."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.ledger.mentors import checked_name
from bot.ledger.questions import change_state
from bot.ledger.tables import LARGEST, OWED, RECEIVED, AnswerRow, DeliveryRow, Mentor, QuestionRow, ReviewRow
from bot.review.outbox.delivery_rows import CANCELLED, NOT_REACHED_LATER, SENDING, SENT, DeliveryKind, queue_delivery, superseded_by
from bot.review.question_state import SETTLING, answer_in_force, last_settling, lock_questions, sent_answer, state_before
from bot.values import State
from knowledge.errors import Refused, UsageError

UNDONE = "undone"


def undo(session: Session, review_id: int, *, mentor: str, now: dt.datetime) -> ReviewRow:
    """Undo a decision and those made together with it: the states are as before, and none of its messages is sent.

    Only the mentor who made a decision can undo it; any mentor can make another.

    Raises:
        UsageError: there is no such decision.
        Refused: it was undone, or can't be, because of a delivery or a later decision.
    """
    review = session.get(ReviewRow, review_id) if 0 < review_id <= LARGEST else None
    if review is None:
        raise UsageError(f"there is no decision {review_id}")
    root = review.of_review_id or review.id
    together = select(ReviewRow).where(or_(ReviewRow.id == root, ReviewRow.of_review_id == root)).order_by(ReviewRow.id)
    questions = {row.id: row for row in lock_questions(session, session.scalars(together.with_only_columns(ReviewRow.question_id)))}
    reviews = session.scalars(together.execution_options(populate_existing=True)).all()
    if review.undone_at is not None:
        raise Refused(f"decision {review.id} was undone at {review.undone_at:%Y-%m-%d %H:%M} UTC: decide again")
    name = session.get_one(Mentor, review.mentor_id).name
    if checked_name(mentor) != name:
        raise Refused(f"decision {review.id} is {name}'s, and only {name} can undo it: make another decision")
    refused = [why for each in reviews if (why := obstacle(session, each)) is not None]
    if refused:
        raise Refused(f"decision {review_id} can't be undone: {'; '.join(refused)}")
    for each in reviews:
        undo_one(session, questions[each.question_id], each, now)
    return review


def obstacle(session: Session, review: ReviewRow) -> str | None:
    """Return why one question's decision can't be undone and what to do instead, None if it can."""
    question, again = f"question {review.question_id}", "so decide on that question again"
    deliveries = session.scalars(select(DeliveryRow).where(DeliveryRow.review_id == review.id)).all()
    states = {row.state for row in deliveries}
    if SENT in states:
        return f"the learner of {question} has seen it, {again}"
    if SENDING in states:
        return f"it's being sent to the learner of {question} at this moment, {again}"
    if any(row.state == OWED and row.attempts and row.kind != DeliveryKind.EDIT for row in deliveries):
        return f"a message to the learner of {question} was tried and may have arrived, {again}"
    later = last_settling(session, review.question_id, after=review.id) if review.decision in SETTLING else None
    if later is not None:
        return f"decision {later.id} on {question} came after it, so have that undone first, or decide again"
    return None


def undo_one(session: Session, question: QuestionRow, review: ReviewRow, now: dt.datetime) -> None:
    """Undo one question's decision: cancel its deliveries, queue those that it had cancelled, restore the states."""
    review.undone_at = now
    edit_was_tried = cancel_deliveries(session, review.id)
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
    if not requeue_superseded(session, review, now) and edit_was_tried:
        restore_message(session, question, review, now)
    session.flush()


def cancel_deliveries(session: Session, review_id: int) -> bool:
    """Cancel a decision's queued deliveries; return whether an edit among them was tried, which may have arrived despite its error."""
    rows = session.scalars(select(DeliveryRow).where(DeliveryRow.review_id == review_id, DeliveryRow.state == OWED)).all()
    edit_was_tried = any(row.attempts and row.kind == DeliveryKind.EDIT for row in rows)
    for row in rows:
        row.state, row.error = CANCELLED, UNDONE
    session.flush()
    return edit_was_tried


def requeue_superseded(session: Session, review: ReviewRow, now: dt.datetime) -> bool:
    """Queue the deliveries again that an undone decision had cancelled; return whether an edit is among them."""
    stopped = select(DeliveryRow).where(
        DeliveryRow.question_id == review.question_id, DeliveryRow.state == CANCELLED, DeliveryRow.error == superseded_by(review.id)
    )
    rows = session.scalars(stopped).all()
    for row in rows:
        row.state, row.error, row.due_at = OWED, "", max(row.due_at, now)
    session.flush()
    return any(row.kind == DeliveryKind.EDIT for row in rows)


def restore_message(session: Session, question: QuestionRow, review: ReviewRow, now: dt.datetime) -> None:
    """Queue an edit that restores the learner's message, since the undone edit may have arrived."""
    answer, sent = answer_in_force(session, question.id), sent_answer(session, question.id)
    if answer is not None and sent is not None and question.platform not in NOT_REACHED_LATER:
        named = f"restored after {review.id}"
        queue_delivery(session, question, DeliveryKind.EDIT, answer=answer, target=sent.sent_as, named=named, now=now)
