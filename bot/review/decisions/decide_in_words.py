"""A decision that comes as a word and a text, as in a post: it's carried out once, however often it's read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import ReviewRow
from bot.review.decisions import decide
from bot.review.decisions.decide import Decision
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.question_state import last_settling
from knowledge.errors import Refused


def decide_once(
    session: Session, question_id: int, decision: Decision, text: str, *, mentor: str, source: str, written_at: dt.datetime
) -> ReviewRow | None:
    """Carry a decision out as of when it was written; return its review, None if that was done before.

    Raises:
        UsageError: there is no such question, or a text is missing.
        Refused: it can't be decided so, or somebody has decided since it was written.
    """
    at = written_at.astimezone(dt.UTC)
    done = select(ReviewRow.id).where(ReviewRow.question_id == question_id, ReviewRow.at == at, ReviewRow.source == source)
    if session.scalar(done.limit(1)) is not None:
        return None
    last = last_settling(session, question_id)
    if last is not None and last.at >= at:
        raise Refused(f"question {question_id} was decided after this was written: write it once more if it still holds")
    match decision:
        case Decision.CONFIRM:
            return decide.confirm(session, question_id, mentor=mentor, source=source, now=at)
        case Decision.CORRECT:
            return decide.correct(session, question_id, mentor=mentor, source=source, now=at, replacement=mentor_answer(text))
        case Decision.ANSWER:
            return decide.answer(session, question_id, mentor=mentor, source=source, now=at, text=text)
        case Decision.DECLINE:
            return decide.decline(session, question_id, mentor=mentor, source=source, now=at, reason=text)
        case Decision.WITHDRAW:
            return decide.withdraw(session, question_id, mentor=mentor, source=source, now=at, reason=text)
        case Decision.SECOND_OPINION:
            return decide.second_opinion(session, question_id, mentor=mentor, source=source, now=at, reason=text)
        case Decision.NOT_IT:
            return decide.not_it(session, question_id, mentor=mentor, source=source, now=at)
