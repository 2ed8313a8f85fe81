"""The deliveries that follow from a mentor's decision: the learner's message is changed, and the learner is told if there is news."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.feedback import FeedbackKind
from bot.ledger.tables import OWED, AnswerRow, DeliveryRow, Feedback, QuestionRow, ReviewRow
from bot.review.outbox import notices
from bot.review.outbox.delivery_rows import (
    FAILED,
    LIVE,
    NOT_REACHED_LATER,
    SENDING,
    SENT,
    DeliveryKind,
    can_be_reached,
    cancel_superseded,
    may_have_been_posted,
    queue_delivery,
    queue_first_post,
)
from bot.review.question_state import sent_answer
from bot.values import WAITING, State, Status


def queue_answer_update(
    session: Session, question: QuestionRow, review: ReviewRow, answer: AnswerRow, *, change: str, now: dt.datetime
) -> None:
    """Queue the deliveries that make the learner's message show an answer's present state, and tell the learner if that is news."""
    cancel_superseded(session, question.id, review.id)
    if question.platform in NOT_REACHED_LATER:
        return
    sent = sent_answer(session, question.id)
    if sent is not None or may_have_been_posted(session, question.id, Status.ANSWERED):
        # Without a target it's the message that the earlier delivery is posting.
        target = None if sent is None else sent.sent_as
        queue_delivery(session, question, DeliveryKind.EDIT, answer=answer, review_id=review.id, target=target, note=change, now=now)
        if is_news(session, question.id, answer):
            queue_notice(session, question, review, answer, target=target, now=now)
        else:
            queue_notice_if_mentor_awaited(session, question, review, answer, now=now)
    elif answer.state != State.WITHDRAWN and can_be_reached(question):
        queue_first_message(session, question, review, answer, change=change, now=now)


def queue_first_message(
    session: Session, question: QuestionRow, review: ReviewRow, answer: AnswerRow, *, change: str, now: dt.datetime
) -> None:
    """Queue an answer that is in no message yet; the message that said that a mentor was asked then points to it."""
    before = None if review.answer_id is None else session.get(AnswerRow, review.answer_id)
    note = "" if answer is before else notices.ANSWERED
    if before is not None and before.status == Status.ANSWERED:
        # The process that made it may be posting it at this moment. Once that has been noted, this becomes an edit of its message.
        due_at = max(now, before.created_at + LIVE)
        if queue_first_post(session, question, answer, review_id=review.id, note=note, due_at=due_at, now=now) is not None:
            # If that process was killed before it noted the message, the post finds that message by its key, and this edits it.
            queue_delivery(session, question, DeliveryKind.EDIT, answer=answer, review_id=review.id, note=change, due_at=due_at, now=now)
            return
    queue_delivery(session, question, DeliveryKind.POST, answer=answer, review_id=review.id, note=note, now=now)
    handed_over = before is not None and before.status in WAITING
    if before is not None and handed_over and (before.sent_as or may_have_been_posted(session, question.id, Status(before.status))):
        # Without a target it's the message that is being posted, which says that a mentor was asked.
        target, note = before.sent_as, notices.SEE_BELOW
        queue_delivery(session, question, DeliveryKind.EDIT, answer=before, review_id=review.id, target=target, note=note, now=now)


def queue_notice(
    session: Session, question: QuestionRow, review: ReviewRow, answer: AnswerRow, *, target: str | None, now: dt.datetime
) -> None:
    """Queue one message that tells the learner that their answer was corrected, confirmed or withdrawn."""
    if can_be_reached(question):
        words = {State.WITHDRAWN.value: notices.WITHDRAWN_TOLD, State.CORRECTED.value: notices.CORRECTED}
        note = words.get(answer.state, notices.CONFIRMED)
        queue_delivery(session, question, DeliveryKind.TELL, answer=answer, review_id=review.id, target=target, note=note, now=now)


def queue_notice_if_mentor_awaited(
    session: Session, question: QuestionRow, review: ReviewRow, answer: AnswerRow, *, now: dt.datetime
) -> None:
    """Queue a notice if the learner asked for a person and no message from one has been queued for them since."""
    sent = sent_answer(session, question.id)
    if not question.wants_person or sent is None:
        return
    asked_at = select(func.max(Feedback.at)).where(Feedback.question_id == question.id, Feedback.kind == FeedbackKind.PERSON.value)
    since = session.scalar(asked_at) or question.asked_at
    told = select(DeliveryRow.id).where(
        DeliveryRow.question_id == question.id,
        DeliveryRow.kind.in_((DeliveryKind.TELL.value, DeliveryKind.POST.value)),
        DeliveryRow.state.in_((OWED, SENDING, SENT)),
        DeliveryRow.review_id.is_not(None),
        DeliveryRow.created_at >= since,
    )
    if session.scalar(told.limit(1)) is None:
        queue_notice(session, question, review, answer, target=sent.sent_as, now=now)


def queue_decline(session: Session, question: QuestionRow, review: ReviewRow, *, now: dt.datetime) -> None:
    """Queue the message that tells the learner why no mentor will answer."""
    cancel_superseded(session, question.id, review.id)
    if can_be_reached(question):
        before = None if review.answer_id is None else session.get(AnswerRow, review.answer_id)
        target = None if before is None else before.sent_as
        note = notices.declined(review.reason)
        queue_delivery(session, question, DeliveryKind.TELL, review_id=review.id, target=target, note=note, now=now)


def is_news(session: Session, question_id: int, answer: AnswerRow) -> bool:
    """Return whether the learner should be told that their answer changed, was withdrawn, or is valid again."""
    is_now = (answer.id, answer.state == State.WITHDRAWN)
    return any(each != is_now for each in known_to_learner(session, question_id))


def known_to_learner(session: Session, question_id: int) -> list[tuple[int, bool]]:
    """Return which answers the learner may take for the last one, each with whether it was withdrawn.

    They are the answer that they were last told of, and any later one in a message that is being sent or may have arrived; before the
    first such message, the answer that was sent first. An edit counts for nothing here, since nobody is notified of it.
    """
    rows = session.execute(
        select(DeliveryRow.answer_id, DeliveryRow.state, ReviewRow.decision)
        .outerjoin(ReviewRow, ReviewRow.id == DeliveryRow.review_id)
        .where(
            DeliveryRow.question_id == question_id,
            DeliveryRow.kind.in_((DeliveryKind.TELL.value, DeliveryKind.POST.value)),
            DeliveryRow.attempts > 0,
            DeliveryRow.state != FAILED,
            DeliveryRow.answer_id.is_not(None),
        )
        .order_by(DeliveryRow.id)
    ).all()
    told: list[tuple[int, bool]] = []
    for answer_id, state, decision in rows:
        each = (int(answer_id or 0), decision == "withdraw")
        told = [each] if state == SENT else [*told, each]
    if any(state == SENT for _, state, _ in rows):
        return told
    sent_first = session.scalar(
        select(func.min(AnswerRow.id)).where(
            AnswerRow.question_id == question_id, AnswerRow.status == Status.ANSWERED.value, AnswerRow.sent_as.is_not(None)
        )
    )
    return told if sent_first is None else [(sent_first, False), *told]
