"""A ledger of as many questions as a large course asks in a year, made up, and the same in every run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select

from bot.ledger.database import Ledger
from bot.ledger.tables import (
    RECEIVED,
    AnswerRow,
    Conversation,
    DeliveryRow,
    Feedback,
    Learner,
    Mentor,
    Passing,
    PromotionRow,
    QuestionRow,
    ReviewRow,
    Row,
)
from bot.values import Status
from index.evaluate.labelled_questions import QUESTIONS, read_labelled

ROWS_AT_ONCE = 2_000
YEAR = dt.timedelta(days=365)
DIMENSION = 384
TOPICS = 300
PHRASINGS = 6_000
PROMOTIONS = 100
# Of each status, the share of the questions, and how many of them a mentor has decided on.
SHARES = {
    Status.ANSWERED: (0.62, 0.06),
    Status.HANDED_OVER: (0.18, 0.85),
    Status.NEAR: (0.10, 0.85),
    Status.ASKED_BACK: (0.099, 0.0),
    RECEIVED: (0.001, 0.0),
}
FEEDBACK = (("up", 0.08), ("down", 0.02), ("person", 0.004))
MENTORS = ("Ada", "Bob", "Cleo", "Dan")
PARAGRAPH = (
    "The targets are cut from the text itself, so nobody writes labels. The loss compares each prediction with the token that follows. "
    "Fine-tuning on instructions uses the same loss on other data, written by people. "
)


def fill(ledger: Ledger, questions: int, slugs: Sequence[tuple[str, str]], now: dt.datetime) -> None:
    """Enter that many questions of the year before `now`, with answers, feedback, decisions and messages; `slugs` are cards and titles."""
    made = LargeLedger(questions, slugs, now)
    with ledger.engine.begin() as connection:
        for table, rows in made.tables():
            portion: list[dict[str, Any]] = []
            for row in rows:
                portion.append(row)
                if len(portion) == ROWS_AT_ONCE:
                    connection.execute(insert(table), portion)
                    portion = []
            if portion:
                connection.execute(insert(table), portion)
        if connection.dialect.name == "postgresql":
            for table in (Learner, Conversation, Mentor, QuestionRow, AnswerRow, Passing, Feedback, ReviewRow, PromotionRow, DeliveryRow):
                name = table.__tablename__
                newest = connection.scalar(select(func.max(table.__table__.c.id)))
                connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {newest})")
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As a database does by itself in the course of a year.
        connection.exec_driver_sql("ANALYZE")


class LargeLedger:
    """All the rows, made from the numbers of their questions."""

    def __init__(self, questions: int, slugs: Sequence[tuple[str, str]], now: dt.datetime) -> None:
        self.count, self.slugs, self.now = questions, slugs, now
        self.mixer = mixer = np.random.default_rng(18)
        labelled = [row for path in sorted((QUESTIONS / "fit").glob("*.jsonl")) for row in read_labelled(path) if row.question]
        self.texts = [str(row.question) for row in labelled]
        topics = mixer.normal(size=(TOPICS, DIMENSION))
        self.topic_of = mixer.zipf(1.3, size=PHRASINGS) % TOPICS
        # Phrasings of a topic are near each other, and who repeats one is nearer still.
        self.phrasings = topics[self.topic_of] + 1.2 * mixer.normal(size=(PHRASINGS, DIMENSION))
        self.phrased = mixer.integers(PHRASINGS, size=questions)
        names = list(SHARES)
        self.status = [names[place] for place in mixer.choice(len(names), p=[SHARES[name][0] for name in names], size=questions)]
        self.decided = mixer.random(questions) < np.array([SHARES[name][1] for name in self.status])
        self.confidence = mixer.beta(6, 2, size=questions)
        self.said = mixer.random((questions, len(FEEDBACK)))

    def tables(self) -> Iterator[tuple[type[Row], Iterator[dict[str, Any]]]]:
        """Yield each table with its rows, those first that others refer to."""
        few = max(1, self.count // 10)
        yield Learner, ({"id": number, "platform": "discord", "platform_id": str(number)} for number in range(1, few + 1))
        started = self.now - YEAR
        yield (
            Conversation,
            ({"id": number, "platform": "discord", "place": f"guild/{number}", "started_at": started} for number in range(1, few + 1)),
        )
        yield Mentor, ({"id": number, "name": name} for number, name in enumerate(MENTORS, start=1))
        yield QuestionRow, map(self.question, range(self.count))
        yield AnswerRow, (self.answer(place) for place in range(self.count) if self.status[place] != RECEIVED)
        yield AnswerRow, (self.mentors_answer(place) for place in range(self.count) if self.is_answered_by_mentor(place))
        yield ReviewRow, (self.review(place) for place in range(self.count) if self.decided[place])
        yield Passing, (self.passing(place) for place in range(self.count) if self.status[place] != RECEIVED)
        yield Feedback, self.feedback()
        yield PromotionRow, map(self.promotion, range(min(PROMOTIONS, self.count)))
        yield DeliveryRow, (self.delivery(place) for place in range(self.count) if self.decided[place])

    def at(self, place: int) -> dt.datetime:
        """Return when a question was asked."""
        return self.now - YEAR * (self.count - place) / self.count

    def question(self, place: int) -> dict[str, Any]:
        """Return a question."""
        phrasing = int(self.phrased[place])
        vector = self.phrasings[phrasing] + 0.3 * self.mixer.normal(size=DIMENSION)
        return {
            "id": place + 1,
            "platform": "discord" if place % 3 else "discourse",
            "message_id": f"m{place}",
            "conversation_id": 1 + place % max(1, self.count // 10),
            "learner_id": 1 + place % max(1, self.count // 10),
            "text": self.texts[phrasing % len(self.texts)],
            "asked_at": self.at(place),
            "status": str(self.status[place]),
            "wants_person": bool(self.said[place, 2] < FEEDBACK[2][1]),
            "vector": None if self.status[place] == RECEIVED else (vector / np.linalg.norm(vector)).astype("<f4").tobytes(),
        }

    def answer(self, place: int) -> dict[str, Any]:
        """Return the assistant's answer to a question."""
        topic, status = int(self.topic_of[self.phrased[place]]), self.status[place]
        near = [self.slugs[(topic * 7 + step) % len(self.slugs)] for step in range(8)]
        cards = [{"slug": slug, "title": title, "score": round(0.9 - 0.08 * step, 3)} for step, (slug, title) in enumerate(near)]
        evidence = [
            {**card, "passage": "short", "chance": 0.5, "misconception": f"{card['title']} has labels", "misconception_cosine": 0.4}
            for card in cards
        ]
        is_model = status == Status.ANSWERED and place % 4 == 0
        checks: list[dict[str, Any]] = [{"sentence": PARAGRAPH, "verdict": "kept", "cards": [near[0][0]]}] * (5 if is_model else 0)
        if is_model and place % 12 == 0:
            checks = [*checks, {"open": "When the weights are updated."}]
        return {
            "id": place + 1,
            "question_id": place + 1,
            "text": PARAGRAPH * 3,
            "status": str(status),
            "state": "confirmed" if self.decided[place] and status == Status.ANSWERED else "draft",
            "composer": "model" if is_model else "curated",
            "model": "a-model" if is_model else None,
            "confidence": float(self.confidence[place]) * (1.0 if status == Status.ANSWERED else 0.5),
            "cards": cards,
            "cited": [near[0][0]] if status == Status.ANSWERED else [],
            "checks": checks,
            "index_name": "index",
            "created_at": self.at(place),
            "sent_as": f"guild/{place}/{place}",
            "prompt": None,
            "examples": [],
            "evidence": evidence,
        }

    def is_answered_by_mentor(self, place: int) -> bool:
        """Return whether a mentor gave a question an answer of their own."""
        return bool(self.decided[place]) and self.status[place] != Status.ANSWERED

    def mentors_answer(self, place: int) -> dict[str, Any]:
        """Return a mentor's answer to a question."""
        given = self.answer(place)
        return given | {"id": self.count + place + 1, "status": "answered", "state": "corrected", "composer": "mentor", "confidence": 1.0}

    def review(self, place: int) -> dict[str, Any]:
        """Return a mentor's decision on a question."""
        by_mentor = self.is_answered_by_mentor(place)
        return {
            "question_id": place + 1,
            "mentor_id": 1 + place % len(MENTORS),
            "decision": "answer" if by_mentor else "confirm" if place % 5 else "correct",
            "reason": "",
            "source": "desk",
            "answer_id": place + 1,
            "result_id": self.count + place + 1 if by_mentor else None,
            "at": self.at(place) + dt.timedelta(hours=1 + place % 60),
        }

    def passing(self, place: int) -> dict[str, Any]:
        """Return the first state of an answer."""
        return {"answer_id": place + 1, "state": "draft", "review_id": None, "at": self.at(place)}

    def feedback(self) -> Iterator[dict[str, Any]]:
        """Yield what learners said."""
        for place in range(self.count):
            for number, (kind, share) in enumerate(FEEDBACK):
                if self.said[place, number] < share and self.status[place] != RECEIVED:
                    yield {
                        "question_id": place + 1,
                        "answer_id": place + 1,
                        "learner_id": 1 + place % max(1, self.count // 10),
                        "kind": kind,
                        "reason": "that's not what I asked" if kind == "down" and place % 2 else "",
                        "at": self.at(place) + dt.timedelta(minutes=5),
                    }

    def promotion(self, number: int) -> dict[str, Any]:
        """Return a change of a card that a mentor's answer led to."""
        slug, _ = self.slugs[number % len(self.slugs)]
        place = number * (self.count // PROMOTIONS)
        return {
            "question_id": place + 1,
            "answer_id": None,
            "mentor_id": 1,
            "kind": "phrasing",
            "slug": slug,
            "path": f"cards/{slug}.md",
            "text": PARAGRAPH,
            "before": "0" * 64,
            "diff": "+- another phrasing\n",
            "impact": {},
            "state": "done",
            "commit": None,
            "note": "",
            "at": self.at(place),
        }

    def delivery(self, place: int) -> dict[str, Any]:
        """Return the message that a decision sent."""
        at = self.at(place) + dt.timedelta(hours=2)
        return {
            "key": f"k{place}",
            "platform": "discord",
            "place": f"guild/{place}",
            "kind": "edit",
            "target": f"guild/{place}/{place}",
            "question_id": place + 1,
            "answer_id": place + 1,
            "review_id": None,
            "note": "",
            "state": "sent",
            "attempts": 1,
            "due_at": at,
            "error": "",
            "created_at": at,
            "sent_at": at,
        }
