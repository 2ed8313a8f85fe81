"""Questions that wait for mentors, each with its answer and its vector, for the tests of triage and of what mentors learn."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from bot.ledger.mentors import mentor_named
from bot.ledger.questions import enter_answer, enter_question
from bot.ledger.tables import QuestionRow, ReviewRow
from bot.values import Answer, Composer, FoundCard, State, Status
from knowledge.reading.card import Slug

NOW = dt.datetime(2026, 2, 3, 12, tzinfo=dt.UTC)
JUST_NOW = NOW - dt.timedelta(minutes=5)

numbers = itertools.count(1)


def at_angle(cosine: float) -> bytes:
    """Return a vector that has this cosine with `at_angle(1.0)`."""
    return np.array([cosine, np.sqrt(1 - cosine**2), 0.0], dtype="<f4").tobytes()


def lone() -> bytes:
    """Return a vector that no other is near to."""
    return np.random.default_rng(next(numbers)).normal(size=384).astype("<f4").tobytes()


def line_up(
    session: Session,
    text: str = "why?",
    *,
    status: Status | None = Status.ANSWERED,
    confidence: float = 0.95,
    card: str | None = "labels",
    vector: bytes | None = None,
    at: dt.datetime = JUST_NOW,
    evidence: tuple[dict[str, Any], ...] = (),
    cited: tuple[str, ...] = (),
    place: str = "here",
    author: str = "ann",
) -> int:
    """Enter a question and its answer, `status` None for none, and return its number."""
    row = enter_question(session, platform="p", message_id=f"m{next(numbers)}", place=place, author=author, text=text, now=at)
    assert row is not None
    if status is not None:
        cards = () if card is None else (FoundCard(slug=Slug(card), title=card.title(), score=0.9),)
        said = Answer(question=text, status=status, answer="So.", confidence=confidence, cards=cards, cited=tuple(map(Slug, cited)))
        said = said.model_copy(update={"vector": vector or lone(), "evidence": evidence})
        enter_answer(session, row.id, said, index_name="index", now=at)
    return row.id


def unsampled(session: Session, text: str = "why?", *, sampled: bool = False, **given: Any) -> int:
    """Enter a confident answer that is not in the sample, or with `sampled` one that is."""
    while True:
        number = line_up(session, text, **given)
        if is_sampled(number) is sampled:
            return number
        # Its place in the line is taken by small talk, which waits for nobody.
        session.get_one(QuestionRow, number).status = Status.ASKED_BACK.value


def is_sampled(number: int) -> bool:
    """Return whether a question is in the sample: the rule once more, in other words."""
    return number * 2_654_435_761 % 2**32 / 2**32 < 1 / 20 - 1e-9


def decide(session: Session, question_id: int, decision: str, mentor: str = "Ann", *, at: dt.datetime = NOW, **given: Any) -> ReviewRow:
    """Enter a decision's row alone, without its consequences."""
    row = ReviewRow(question_id=question_id, mentor_id=mentor_named(session, mentor).id, decision=decision, source="shell", at=at, **given)
    session.add(row)
    session.flush()
    return row


def mentors_answer(session: Session, question_id: int, *, at: dt.datetime = NOW) -> int:
    """Enter a mentor's own answer and return its number."""
    said = Answer(question="", status=Status.ANSWERED, answer="Thus.", confidence=1.0, composer=Composer.MENTOR, state=State.CORRECTED)
    return enter_answer(session, question_id, said, index_name="index", now=at).id
