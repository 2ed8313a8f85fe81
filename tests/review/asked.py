"""Questions as a platform enters them, each decision by its name, and a platform that remembers what it shows, for many tests."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.questions import enter_answer, enter_question, note_sent
from bot.ledger.tables import AnswerRow, DeliveryRow, Passing, QuestionRow, ReviewRow
from bot.review.decisions.decide import answer as answer_by_mentor
from bot.review.decisions.decide import confirm, correct, decline, second_opinion, withdraw
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.outbox.send_and_retry import Delivery
from bot.values import Answer, FoundCard, Status
from knowledge.reading.card import Slug

NOW = dt.datetime(2026, 2, 3, 12, tzinfo=dt.UTC)
# The process that gave the answers of these tests is long done with them.
EARLIER = NOW - dt.timedelta(hours=1)
DRAFT = "Labels are given by people. Targets are cut from the text. Both are compared with a loss."


class By(TypedDict):
    """Who decides, from where and when."""

    mentor: str
    source: str
    now: dt.datetime


ADA: By = {"mentor": "Ada", "source": "shell", "now": NOW}
BOB: By = {"mentor": "Bob", "source": "desk", "now": NOW + dt.timedelta(minutes=1)}

Decide = Callable[[Session, int], ReviewRow]
DECISIONS: dict[str, Decide] = {
    "confirm": lambda session, number: confirm(session, number, **ADA),
    "correct": lambda session, number: correct(session, number, **ADA, replacement=mentor_answer("Other.")),
    "answer": lambda session, number: answer_by_mentor(session, number, **ADA, text="Other."),
    "decline": lambda session, number: decline(session, number, **ADA, reason="Off topic."),
    "withdraw": lambda session, number: withdraw(session, number, **ADA),
    "second_opinion": lambda session, number: second_opinion(session, number, **ADA),
}

numbers = itertools.count(1)


def ask(
    session: Session,
    text: str = "why?",
    *,
    status: Status | None = Status.ANSWERED,
    answer: str = DRAFT,
    sent: bool = True,
    platform: str = "discord",
    author: str | None = "ann",
    at: dt.datetime = EARLIER,
    place: str | None = None,
) -> int:
    """Enter a question and its answer, in a conversation of its own unless a place is named; `status` None leaves it unanswered."""
    number = next(numbers)
    question = enter_question(
        session, platform=platform, message_id=f"message-{number}", place=place or f"thread-{number}", author=author, text=text, now=at
    )
    assert question is not None
    if status is not None:
        card = FoundCard(slug=Slug("labels"), title="Labels", score=0.9)
        given = Answer(question=text, status=status, answer=answer, confidence=0.75, cards=(card,), cited=(card.slug,))
        enter_answer(session, question.id, given, index_name="index-1", now=at)
        if sent:
            note_sent(session, question.id, f"thread-{number}/carrier-{number}")
    return question.id


def asked(ledger: Ledger, **given: Any) -> int:
    """Enter a question in a transaction of its own."""
    with ledger.transaction() as session:
        return ask(session, **given)


def answers(session: Session, question_id: int) -> list[AnswerRow]:
    return list(session.scalars(select(AnswerRow).where(AnswerRow.question_id == question_id).order_by(AnswerRow.id)))


def states(session: Session, question_id: int) -> list[str]:
    return [row.state for row in answers(session, question_id)]


def passed(session: Session, answer_id: int) -> list[str]:
    return list(session.scalars(select(Passing.state).where(Passing.answer_id == answer_id).order_by(Passing.id)))


def queued(session: Session, question_id: int, state: str = "owed") -> list[DeliveryRow]:
    wanted = select(DeliveryRow).where(DeliveryRow.question_id == question_id, DeliveryRow.state == state)
    return list(session.scalars(wanted.order_by(DeliveryRow.id)))


def kinds(session: Session, question_id: int, state: str = "owed") -> list[str]:
    return [row.kind for row in queued(session, question_id, state)]


def status_of(session: Session, question_id: int) -> str:
    return session.get_one(QuestionRow, question_id).status


def review(session: Session, review_id: int) -> ReviewRow:
    return session.get_one(ReviewRow, review_id)


class Platform:
    """A platform that remembers what it shows: messages by their names, and what was sent under which key."""

    def __init__(self, refuse: Callable[[Delivery], None] = lambda _: None) -> None:
        self.shows: dict[str, Delivery] = {}
        self.by_key: dict[str, str] = {}
        self.received: list[Delivery] = []
        self.refuse = refuse

    def send(self, delivery: Delivery) -> str | None:
        self.refuse(delivery)
        self.received.append(delivery)
        if delivery.kind == "edit":
            assert delivery.target is not None
            self.shows[delivery.target] = delivery
            return None
        # A repeat under the same key is the message that is there already.
        name = self.by_key.setdefault(delivery.key, f"{delivery.place}/new-{len(self.by_key)}")
        self.shows[name] = delivery
        return name
