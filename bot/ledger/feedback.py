"""What learners say of answers: a thumb up or down and why, or that they want a person."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.door.clean_text import clean_text
from bot.ledger.questions import question_numbered
from bot.ledger.tables import AnswerRow, Feedback, Learner
from knowledge.errors import UsageError

# A platform's own limits are near this; what is longer is no reason but an essay, and its beginning says enough.
REASON_MAX_CHARS = 4_000


class Said(StrEnum):
    """What a learner can say of an answer."""

    UP = "up"
    DOWN = "down"
    PERSON = "person"


OPPOSITE = {Said.UP: Said.DOWN, Said.DOWN: Said.UP}


def note_feedback(session: Session, question_id: int, *, learner_id: int | None, kind: str, reason: str = "", now: dt.datetime) -> Feedback:
    """Write down what a learner says of a question's newest answer.

    Saying it again moves it to now, and a reason given before stays unless there is a new one. Up and down replace each other.
    Addresses, telephone numbers and keys in the reason are masked.

    Raises:
        UsageError: there is no such question or learner, or it's none of the three things that can be said.
    """
    if kind not in set(Said):
        raise UsageError(f"feedback is one of {', '.join(Said)}, not {kind!r}")
    # Two clicks at once would both find nothing there; locking the question lets the second see the first.
    question = question_numbered(session, question_id, lock=True)
    if question is None:
        raise UsageError(f"there is no question {question_id}")
    if learner_id is not None and session.get(Learner, learner_id) is None:
        raise UsageError(f"there is no learner {learner_id}")
    said = Said(kind)
    if said is Said.PERSON:
        question.wants_person = True
    if said in OPPOSITE and (other := feedback_of(session, question_id, learner_id, OPPOSITE[said])) is not None:
        session.delete(other)
    newest = session.scalar(select(AnswerRow.id).where(AnswerRow.question_id == question_id).order_by(AnswerRow.id.desc()).limit(1))
    row = feedback_of(session, question_id, learner_id, said)
    if row is None:
        row = Feedback(question_id=question_id, learner_id=learner_id, kind=said.value, reason="")
    row.answer_id, row.at = newest, now
    row.reason = clean_text(reason)[:REASON_MAX_CHARS] or row.reason
    session.add(row)
    session.flush()
    return row


def feedback_of(session: Session, question_id: int, learner_id: int | None, kind: Said) -> Feedback | None:
    """Return what a learner has said of a question, None if they have not said it."""
    same_learner = Feedback.learner_id.is_(None) if learner_id is None else Feedback.learner_id == learner_id
    return session.scalar(select(Feedback).where(Feedback.question_id == question_id, Feedback.kind == kind.value, same_learner))
