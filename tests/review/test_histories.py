"""After any sequence of decisions, undos and failed sends, one answer is in force and the learner's message shows it."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.ledger.database import Ledger
from bot.ledger.tables import DeliveryRow, Mentor, ReviewRow
from bot.review.decisions.decide import answer, confirm, correct, decline, second_opinion, withdraw
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.undo import undo
from bot.review.outbox.send_and_retry import Delivery, mark_failed, mark_sent, take
from bot.review.question_state import is_in_force
from bot.values import Status
from knowledge.errors import Refused
from tests.review.asked import EARLIER, NOW, By, Platform, answers, ask

STEPS = 30
MENTORS = ("Ada", "Bob")


@dataclass
class History:
    """One question's life, made up by chance."""

    ledger: Ledger
    chance: random.Random
    question: int
    platform: Platform = field(default_factory=Platform)
    now: dt.datetime = NOW
    under_way: list[Delivery] = field(default_factory=list)
    texts: int = 0
    did: Counter[str] = field(default_factory=Counter)

    def step(self) -> None:
        self.now += dt.timedelta(seconds=self.chance.choice([1, 10, 200]))
        weights = {"decide": 5, "undo": 3, "take": 4, "arrive": 3, "fail": 1, "arrive_unheard": 1, "die": 1}
        [name] = self.chance.choices(list(weights), list(weights.values()))
        try:
            getattr(self, name)()
        except Refused:
            name = f"{name} refused"
        self.did[name] += 1
        self.check()

    def decide(self) -> None:
        by: By = {"mentor": self.chance.choice(MENTORS), "source": "shell", "now": self.now}
        self.texts += 1
        text = f"Answer number {self.texts}."
        kind = self.chance.choice(["confirm", "confirm", "correct", "answer", "decline", "withdraw", "withdraw", "second_opinion"])
        with self.ledger.transaction() as session:
            match kind:
                case "confirm":
                    confirm(session, self.question, **by)
                case "correct":
                    correct(session, self.question, **by, replacement=mentor_answer(text))
                case "answer":
                    answer(session, self.question, **by, text=text)
                case "decline":
                    decline(session, self.question, **by, reason="Off topic.")
                case "withdraw":
                    withdraw(session, self.question, **by)
                case "second_opinion":
                    second_opinion(session, self.question, **by)

    def undo(self) -> None:
        with self.ledger.transaction() as session:
            made = session.scalars(select(ReviewRow).order_by(ReviewRow.id.desc()).limit(2)).all()
            if made:
                review = self.chance.choice(made)
                undo(session, review.id, mentor=session.get_one(Mentor, review.mentor_id).name, now=self.now)

    def take(self) -> None:
        with self.ledger.transaction() as session:
            self.under_way += take(session, "discord", now=self.now)

    def arrive(self) -> None:
        for delivery in self.some():
            name = self.send(delivery)
            with self.ledger.transaction() as session:
                mark_sent(session, delivery.id, name, self.now)

    def fail(self) -> None:
        for delivery in self.some():
            with self.ledger.transaction() as session:
                mark_failed(session, delivery.id, "no reply", self.now, attempt=delivery.attempt)

    def arrive_unheard(self) -> None:
        for delivery in self.some():
            self.send(delivery)
            with self.ledger.transaction() as session:
                mark_failed(session, delivery.id, "no reply in time", self.now, attempt=delivery.attempt)

    def die(self) -> None:
        for delivery in self.some():
            if self.chance.random() < 0.5:
                self.send(delivery)

    def some(self) -> list[Delivery]:
        """Return what a process finishes; it finishes within its claim or is dead."""
        chosen, self.under_way = self.under_way, []
        with self.ledger.transaction() as session:
            rows = [(each, session.get_one(DeliveryRow, each.id)) for each in chosen]
            return [each for each, row in rows if row.attempts == each.attempt and row.claimed_until and row.claimed_until > self.now]

    def send(self, delivery: Delivery) -> str | None:
        with self.ledger.transaction() as session:
            row = session.get_one(DeliveryRow, delivery.id)
            assert row.state == "sending"
            assert row.review_id is None or session.get_one(ReviewRow, row.review_id).undone_at is None
        return self.platform.send(delivery)

    def check(self) -> None:
        with self.ledger.transaction() as session:
            rows = answers(session, self.question)
            assert sum(is_in_force(row) for row in rows) <= 1
            undone = set(session.scalars(select(ReviewRow.id).where(ReviewRow.undone_at.is_not(None))))
            deliveries = session.scalars(select(DeliveryRow)).all()
            assert not [row for row in deliveries if row.review_id in undone and row.state != "cancelled"]
            assert sum(row.state == "sending" for row in deliveries) <= 1
        news = Counter(each.key for each in self.platform.received if each.kind != "edit" and each.attempt == 1)
        assert not news or max(news.values()) == 1

    def finish(self) -> None:
        """Send all that is left, and check that the platform shows the ledger's answer in force, in one message."""
        for _ in range(20):
            self.now += dt.timedelta(hours=2)
            self.take()
            self.arrive()
        self.check()
        with self.ledger.transaction() as session:
            assert set(session.scalars(select(DeliveryRow.state))) <= {"sent", "cancelled"}
            rows = [row for row in answers(session, self.question) if row.status == Status.ANSWERED]
            carriers = {row.sent_as for row in rows if row.sent_as is not None}
            assert len(carriers) <= 1, "an answer in two messages"
            force = next((row for row in rows if is_in_force(row)), None)
            assert force is None or carriers
            posts = [
                name
                for name, each in self.platform.shows.items()
                if each.kind != "tell" and each.answer and each.answer.status == "answered"
            ]
            assert set(posts) <= carriers
            if not posts:
                return
            shown = self.platform.shows[posts[0]].answer
            assert shown is not None
            if force is None:
                assert shown.state == "withdrawn"
            else:
                assert (shown.answer, shown.state) == (force.text, force.state)


@pytest.mark.parametrize("status", [Status.ANSWERED, Status.HANDED_OVER, Status.NEAR])
def test_any_history_leaves_one_answer_in_force_and_shown(tmp_path: Path, status: Status) -> None:
    did: Counter[str] = Counter()
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    ledger.upgrade()
    for seed in range(60):
        with ledger.transaction() as session:
            for table in ("delivery", "review", "answer", "question"):
                session.connection().exec_driver_sql(f"DELETE FROM {table}")
            number = ask(session, status=status, sent=seed % 3 > 0, at=EARLIER)
        history = History(ledger, random.Random(seed), number)
        for _ in range(STEPS):
            history.step()
        history.finish()
        did += history.did
    ledger.close()
    assert min(did[name] for name in ("decide", "undo", "arrive", "fail", "arrive_unheard", "die")) > 20
