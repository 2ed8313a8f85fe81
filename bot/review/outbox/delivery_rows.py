"""The outbox's rows: the kinds and states of a delivery, the key that makes a repeat harmless, and how a row is queued or cancelled."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import OWED, AnswerRow, Conversation, DeliveryRow, QuestionRow
from bot.values import Status

# The states of a DeliveryRow besides OWED, which means that it's still to be sent.
SENDING = "sending"
SENT = "sent"
CANCELLED = "cancelled"
FAILED = "failed"

# Platforms on which nobody can be reached later: a terminal is closed by then, and a mentor reads their own trial at the desk.
NOT_REACHED_LATER = frozenset({"console", "desk"})
# A process that gave an answer has this long to note the message that carries it; after that it counts as dead.
LIVE = dt.timedelta(minutes=2)


class DeliveryKind(StrEnum):
    """The change that a delivery makes on the platform."""

    EDIT = "edit"
    POST = "post"
    TELL = "tell"


def delivery_key(platform: str, message_id: str, review_id: int | None, kind: str) -> str:
    """Return the key by which a platform recognises a repeat: the same for the same message of a learner, review and kind.

    It has 25 characters, the most that Discord's nonce takes (its API, "create message").
    """
    named = "\n".join((platform, message_id, str(review_id), kind))
    return "a" + hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def queue_delivery(
    session: Session,
    question: QuestionRow,
    kind: DeliveryKind,
    *,
    now: dt.datetime,
    answer: AnswerRow | None = None,
    review_id: int | None = None,
    target: str | None = None,
    note: str = "",
    due_at: dt.datetime | None = None,
    named: str = "",
) -> DeliveryRow:
    """Write a delivery into the outbox; `named` distinguishes its key from that of another of the same kind and review."""
    place = session.scalars(select(Conversation.place).where(Conversation.id == question.conversation_id)).one()
    row = DeliveryRow(
        key=delivery_key(question.platform, question.message_id, review_id, named or kind.value),
        platform=question.platform,
        place=place,
        kind=kind.value,
        target=target,
        question_id=question.id,
        answer_id=None if answer is None else answer.id,
        review_id=review_id,
        note=note,
        due_at=due_at or now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def queue_first_post(
    session: Session,
    question: QuestionRow,
    answer: AnswerRow,
    *,
    now: dt.datetime,
    review_id: int | None = None,
    note: str = "",
    due_at: dt.datetime | None = None,
) -> DeliveryRow | None:
    """Queue an answer under the key of the question's first post, so that the platform recognises it if it was posted already.

    None if the delivery under that key is on its way, has arrived, or never will.
    """
    key = delivery_key(question.platform, question.message_id, None, DeliveryKind.POST)
    row = session.scalar(select(DeliveryRow).where(DeliveryRow.key == key))
    if row is None:
        row = queue_delivery(session, question, DeliveryKind.POST, answer=answer, note=note, due_at=due_at, now=now)
    elif row.state != CANCELLED:
        return None
    row.state, row.error, row.kind, row.target = OWED, "", DeliveryKind.POST.value, None
    row.answer_id, row.review_id, row.note, row.due_at = answer.id, review_id, note, due_at or now
    session.flush()
    return row


def can_be_reached(question: QuestionRow) -> bool:
    """Return whether a new message can reach the learner: they are known, and the platform can be written to later."""
    return question.learner_id is not None and question.platform not in NOT_REACHED_LATER


def cancel_superseded(session: Session, question_id: int, review_id: int) -> None:
    """Cancel the queued deliveries of a question because a newer decision replaces them.

    A delivery that is being sent goes on. So does a new message that was tried and may have arrived: only its repeat can find out.
    """
    for row in session.scalars(select(DeliveryRow).where(DeliveryRow.question_id == question_id, DeliveryRow.state == OWED)):
        if not (row.kind == DeliveryKind.POST and row.attempts):
            row.state, row.error = CANCELLED, superseded_by(review_id)
    session.flush()


def superseded_by(review_id: int | None) -> str:
    """Return the error of a cancelled delivery, by which it's found again if the newer decision is undone."""
    return f"superseded by review {review_id}"


def may_have_been_posted(session: Session, question_id: int, status: Status) -> bool:
    """Return whether a new message with an answer of this status is being sent, or was tried and may have arrived."""
    tried = (
        select(DeliveryRow.id)
        .join(AnswerRow, AnswerRow.id == DeliveryRow.answer_id)
        .where(
            AnswerRow.status == status.value,
            DeliveryRow.question_id == question_id,
            DeliveryRow.kind == DeliveryKind.POST.value,
            DeliveryRow.state.in_((OWED, SENDING)),
            DeliveryRow.attempts > 0,
        )
    )
    return session.scalar(tried.limit(1)) is not None
