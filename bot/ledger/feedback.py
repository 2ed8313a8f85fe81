"""Learners' feedback on answers: a thumb up or down with a reason, or the wish for a person."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.door.clean_text import clean_text
from bot.ledger.questions import question_numbered
from bot.ledger.tables import AnswerRow, Feedback, Learner
from knowledge.errors import UsageError

# Platforms have limits near this; the beginning of a longer reason says enough.
REASON_MAX_CHARS = 4_000


class FeedbackKind(StrEnum):
    """What a learner can say about an answer."""

    UP = "up"
    DOWN = "down"
    PERSON = "person"


OPPOSITE = {FeedbackKind.UP: FeedbackKind.DOWN, FeedbackKind.DOWN: FeedbackKind.UP}


def note_feedback(session: Session, question_id: int, *, learner_id: int | None, kind: str, reason: str = "", now: dt.datetime) -> Feedback:
    """Write down what a learner says about a question's newest answer.

    Repeating it renews its time and keeps an earlier reason unless there is a new one. Up and down replace each other. Addresses,
    telephone numbers and keys in the reason are masked.

    Raises:
        UsageError: there is no such question or learner, or no such kind of feedback.
    """
    if kind not in set(FeedbackKind):
        raise UsageError(f"feedback is one of {', '.join(FeedbackKind)}, not {kind!r}")
    # Locked, so that the second of two clicks at once sees the first.
    question = question_numbered(session, question_id, lock=True)
    if question is None:
        raise UsageError(f"there is no question {question_id}")
    if learner_id is not None and session.get(Learner, learner_id) is None:
        raise UsageError(f"there is no learner {learner_id}")
    given = FeedbackKind(kind)
    if given is FeedbackKind.PERSON:
        question.wants_person = True
    if given in OPPOSITE and (other := feedback_of(session, question_id, learner_id, OPPOSITE[given])) is not None:
        session.delete(other)
    newest = session.scalar(select(AnswerRow.id).where(AnswerRow.question_id == question_id).order_by(AnswerRow.id.desc()).limit(1))
    row = feedback_of(session, question_id, learner_id, given)
    if row is None:
        row = Feedback(question_id=question_id, learner_id=learner_id, kind=given.value, reason="")
    row.answer_id, row.at = newest, now
    row.reason = clean_text(reason)[:REASON_MAX_CHARS] or row.reason
    session.add(row)
    session.flush()
    return row


def feedback_of(session: Session, question_id: int, learner_id: int | None, kind: FeedbackKind) -> Feedback | None:
    """Return a learner's feedback of one kind on a question."""
    same_learner = Feedback.learner_id.is_(None) if learner_id is None else Feedback.learner_id == learner_id
    return session.scalar(select(Feedback).where(Feedback.question_id == question_id, Feedback.kind == kind.value, same_learner))
