"""Who is at work on a question: one mentor at a time, and for no longer than a while."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.mentors import checked_name, mentor_named
from bot.ledger.tables import Claim, Mentor
from bot.review.question.standing import known_question
from knowledge.errors import Refused

# Long enough to look something up and write a few paragraphs, short enough that a mentor called away blocks nobody for the day.
CLAIM_LASTS = dt.timedelta(minutes=30)


class Held(NamedTuple):
    """A claim: whose, and until when."""

    mentor: str
    until: dt.datetime

    def __str__(self) -> str:
        """Say whose it is and until when."""
        return f"{self.mentor} until {self.until.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def claim(session: Session, question_id: int, mentor_name: str, *, now: dt.datetime) -> Claim:
    """Take a question for one mentor, or renew their claim on it; one that has lapsed is anybody's.

    Raises:
        UsageError: there is no such question, or that is no name.
        Refused: another mentor has it.
    """
    # The mentor first: whoever waits for a new name to be entered must not keep others from the question meanwhile.
    mentor = mentor_named(session, mentor_name)
    known_question(session, question_id, lock=True)
    held = held_by_other(session, question_id, mentor.name, now)
    if held is not None:
        raise Refused(f"question {question_id} is claimed by {held}: take another one, or let {held.mentor} release it")
    row = session.get(Claim, question_id, populate_existing=True)
    if row is None:
        row = Claim(question_id=question_id)
        session.add(row)
    row.mentor_id, row.until = mentor.id, now + CLAIM_LASTS
    session.flush()
    return row


def release(session: Session, question_id: int, mentor_name: str, *, now: dt.datetime) -> bool:
    """Give up a mentor's own claim, and sweep away a lapsed one; return whether there was one.

    Raises:
        UsageError: there is no such question.
        Refused: it's another mentor's.
    """
    known_question(session, question_id, lock=True)
    held = held_by_other(session, question_id, mentor_name, now)
    if held is not None:
        raise Refused(f"question {question_id} is claimed by {held}: only {held.mentor} can release it before")
    row = session.get(Claim, question_id, populate_existing=True)
    if row is not None:
        session.delete(row)
        session.flush()
    return row is not None


def held(session: Session, question_id: int, now: dt.datetime) -> Held | None:
    """Return the claim on a question that still counts, None if nobody is at work on it."""
    found = latest_claim(session, question_id)
    return found if found is not None and found.until > now else None


def latest_claim(session: Session, question_id: int) -> Held | None:
    """Return the claim on a question, which may be over."""
    found = session.execute(
        select(Mentor.name, Claim.until).join(Mentor, Mentor.id == Claim.mentor_id).where(Claim.question_id == question_id)
    ).one_or_none()
    return None if found is None else Held(*found)


def held_by_other(session: Session, question_id: int, mentor_name: str, now: dt.datetime) -> Held | None:
    """Return another mentor's claim on a question that still counts, None if this mentor may go on."""
    found = held(session, question_id, now)
    return None if found is None or found.mentor == checked_name(mentor_name) else found
