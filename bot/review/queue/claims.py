"""Claims: one mentor at a time works on a question, for half an hour at most."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.mentors import checked_name, mentor_named
from bot.ledger.tables import Claim, Mentor
from bot.review.question_state import known_question
from knowledge.errors import Refused

# Long enough to look something up and write a few paragraphs, short enough that a mentor who is called away blocks nobody for the day.
CLAIM_LASTS = dt.timedelta(minutes=30)


class HeldClaim(NamedTuple):
    """A mentor's claim on a question."""

    mentor: str
    until: dt.datetime

    def __str__(self) -> str:
        return f"{self.mentor} until {self.until.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def claim(session: Session, question_id: int, mentor_name: str, *, now: dt.datetime) -> Claim:
    """Claim a question for one mentor, or renew their claim; a claim that has lapsed blocks nobody.

    Raises:
        UsageError: there is no such question, or the name is no name.
        Refused: another mentor has claimed it.
    """
    # The mentor comes first, so that the question isn't locked while a new name waits to be entered.
    mentor = mentor_named(session, mentor_name)
    known_question(session, question_id, lock=True)
    held = claim_of_another(session, question_id, mentor.name, now)
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
    """Remove a mentor's own claim, or anybody's that has lapsed; return whether there was one.

    Raises:
        UsageError: there is no such question.
        Refused: the claim is another mentor's.
    """
    known_question(session, question_id, lock=True)
    held = claim_of_another(session, question_id, mentor_name, now)
    if held is not None:
        raise Refused(f"question {question_id} is claimed by {held}: only {held.mentor} can release it before")
    row = session.get(Claim, question_id, populate_existing=True)
    if row is not None:
        session.delete(row)
        session.flush()
    return row is not None


def open_claim(session: Session, question_id: int, now: dt.datetime) -> HeldClaim | None:
    """Return the claim on a question, None if there is none or it has lapsed."""
    found = latest_claim(session, question_id)
    return found if found is not None and found.until > now else None


def latest_claim(session: Session, question_id: int) -> HeldClaim | None:
    """Return the last claim on a question, which may have lapsed."""
    found = session.execute(
        select(Mentor.name, Claim.until).join(Mentor, Mentor.id == Claim.mentor_id).where(Claim.question_id == question_id)
    ).one_or_none()
    return None if found is None else HeldClaim(*found)


def claim_of_another(session: Session, question_id: int, mentor_name: str, now: dt.datetime) -> HeldClaim | None:
    """Return another mentor's claim on a question, None if there is none or it has lapsed."""
    found = open_claim(session, question_id, now)
    return None if found is None or found.mentor == checked_name(mentor_name) else found
