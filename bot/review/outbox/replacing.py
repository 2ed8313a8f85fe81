"""What is owed where the messages that carry an answer don't show it as it is: a model has worded it since, or its end is missing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import OWED, DeliveryRow, QuestionRow
from bot.review.outbox.deliveries import sent
from bot.review.outbox.owing import LIVE, NOT_REACHED_LATER, Kind, key_of, owe
from bot.review.question.in_force import judged
from bot.values import State

WORDED, REST = "worded", "rest"


def owe_worded(session: Session, question_id: int, now: dt.datetime) -> DeliveryRow | None:
    """Owe the change of the message that carries a question's answer into the newest one, which a model worded.

    It's due when the process that has it counts as dead: until then it changes the message itself. None if no message is known, or none
    can be changed. A mentor's decision takes the place of this like that of anything else that is owed.
    """
    return owe_change(session, question_id, named=WORDED, due_at=now + LIVE, now=now)


def owe_rest(session: Session, question_id: int, now: dt.datetime) -> DeliveryRow | None:
    """Owe the newest answer once more to the messages that carry only its beginning; None if none does, or a mentor has decided since."""
    answer = judged(session, question_id)
    return owe_change(session, question_id, named=REST, due_at=now, now=now) if answer is not None and answer.state == State.DRAFT else None


def owe_change(session: Session, question_id: int, *, named: str, due_at: dt.datetime, now: dt.datetime) -> DeliveryRow | None:
    """Owe the change of the messages that carry a question's newest answer into that answer; None if there are none to change."""
    question, answer = session.get_one(QuestionRow, question_id), judged(session, question_id)
    if answer is None or answer.sent_as is None or question.platform in NOT_REACHED_LATER:
        return None
    return owe(session, question, Kind.EDIT, answer=answer, target=answer.sent_as, due_at=due_at, named=named, now=now)


def note_worded_shown(session: Session, question_id: int, sent_as: str, now: dt.datetime) -> None:
    """Note that the message was changed at once, so that nothing is left to send; without such a delivery there's nothing to note."""
    question = session.get(QuestionRow, question_id)
    if question is None:
        return
    key = key_of(question.platform, question.message_id, None, WORDED)
    row = session.scalar(select(DeliveryRow).where(DeliveryRow.key == key, DeliveryRow.state == OWED))
    if row is not None:
        sent(session, row.id, sent_as, now)
