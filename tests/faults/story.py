"""One life of a process: it recovers what the one before left, then serves learners and mentors until it's killed."""

from __future__ import annotations

import datetime as dt
import logging
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text

from bot.background.recovery import recover
from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, PromotionRow, QuestionRow, ReviewRow
from bot.record import Incoming, Record, Taken
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.undo import undo as undo_decision
from bot.review.outbox.delivery_rows import DeliveryKind, delivery_key
from bot.review.outbox.send_and_retry import deliver
from bot.review.promotion.apply import carry_out
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import promoted_question
from bot.service import Service
from bot.values import Composer, State
from knowledge.errors import AskwellError, LedgerUnavailable, Refused, UsageError
from tests.faults.file_platform import FilePlatform
from tests.faults.points import Points
from tests.faults.world import PLATFORM, UNKNOWN, World, append, asked_in, opened

log = logging.getLogger(__name__)

MENTORS = ("Ada", "Bob", "Žofie Nováková")
QUESTIONS = 7
# The platform sends these again after a restart, as Discourse does when it doubts.
SENT_AGAIN = 3
AWAY_MS = 30
BUSY_MS = 2_000


class Telling(Record):
    """The record that says, on the disk, what it took: from then on a learner may be shown a sign of it."""

    acknowledge: Callable[[str], None]

    def take(self, incoming: Incoming, *, most_turns: int) -> Taken | None:
        taken = super().take(incoming, most_turns=most_turns)
        if taken is not None and taken.written:
            self.acknowledge(incoming.message_id)
        return taken


@dataclass
class Life:
    """One process while it lives; its clock is far enough past the life before that nothing of that counts as alive."""

    world: World
    number: int
    points: Points
    service: Service
    platform: FilePlatform
    chance: random.Random
    ids: dict[str, Any] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        assert self.service.ledger is not None
        return self.service.ledger

    def clock(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5 * (self.number + 1))

    def acknowledge(self, **row: Any) -> None:
        self.points.at("acknowledge")
        append(self.world.acknowledged, row)
        self.points.at("acknowledge")


def begun(world: World, number: int, points: Points) -> Life:
    """Start a process: open everything, and recover."""
    chance = random.Random(f"{world.seed} life {number}")
    platform = FilePlatform(world.platform, chance, points.at)
    service = opened(world, busy_timeout_ms=BUSY_MS)
    life = Life(world, number, points, service, platform, chance)
    assert service.record is not None
    assert service.ledger is not None
    service.record = Telling(service.ledger, service.record.spool)
    service.record.acknowledge = lambda message_id: life.acknowledge(question=message_id)
    if chance.random() < 0.3:
        points.now("a mentor decides before recovery")
        mentor_decides(life)
    if chance.random() < 0.3:
        points.now("messages come again before recovery")
        come_again(life)
    points.now("recovery")
    recovered(life)
    return life


def recovered(life: Life) -> None:
    """Do what a process does at its start."""
    recover(
        life.service,
        knowledge=life.world.knowledge,
        home=life.world.home,
        now=life.clock(),
        platforms={PLATFORM: life.platform.send},
    )


def live(world: World, number: int, points: Points) -> None:
    """Live through one life."""
    life = begun(world, number, points)
    come_again(life)
    steps = ["ask"] * QUESTIONS + ["decide"] * 6 + ["undo", "deliver", "deliver", "feedback"] + ["promote"] * 3
    steps += ["away"] if life.chance.random() < 0.4 else []
    life.chance.shuffle(steps)
    places = iter(range(100))
    for step in steps:
        points.now(step)
        if step == "ask":
            serve(life, asked_in(world, number, next(places)))
        elif step == "away":
            away(life, places)
        else:
            ACTS[step](life)


def end(world: World, number: int, points: Points) -> None:
    """Live a last life in which nothing happens but what was left to do."""
    life = begun(world, number, points)
    life.platform.chance = None
    for _ in range(20):
        life.number += 20
        recovered(life)
    life.service.refresh()


def serve(life: Life, incoming: Incoming) -> None:
    """Do what an adapter does with a message: ask, post, note what was posted."""
    result = life.service.ask(incoming)
    if result is None:
        return
    key = delivery_key(PLATFORM, incoming.message_id, None, DeliveryKind.POST)
    name = life.platform.post(key, "post", incoming.conversation, incoming.message_id, result)
    life.service.sent(result.question_id, name, incoming)


def come_again(life: Life) -> None:
    """Get the last messages of the life before once more."""
    for place in range(SENT_AGAIN if life.number else 0):
        serve(life, asked_in(life.world, life.number - 1, life.chance.randrange(QUESTIONS) if place else QUESTIONS - 1))


def away(life: Life, places: Iterator[int]) -> None:
    """Have questions come in while somebody else holds the ledger, and enter them after."""
    with locked(life.ledger):
        for _ in range(3):
            serve(life, asked_in(life.world, life.number, next(places)))
    life.service.enter_spooled()


@contextmanager
def locked(ledger: Ledger) -> Iterator[None]:
    """Hold the ledger as another program would."""
    ledger.busy_timeout_ms = AWAY_MS
    ledger.close()
    if ledger.engine.dialect.name == "sqlite":
        other = sqlite3.connect(str(ledger.engine.url.database), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.close()
    else:
        with ledger.engine.connect() as connection:
            connection.execute(text("LOCK TABLE question IN ACCESS EXCLUSIVE MODE"))
            yield
    ledger.busy_timeout_ms = BUSY_MS
    ledger.close()


def mentor_decides(life: Life) -> None:
    """Have a mentor decide on a question, most often one that waits."""
    chance = life.chance
    try:
        with life.ledger.transaction() as session:
            waits = QuestionRow.status == "handed_over" if chance.random() < 0.7 else QuestionRow.id > 0
            question = session.scalar(select(QuestionRow).where(waits).order_by(QuestionRow.id.desc()).offset(chance.randrange(4)).limit(1))
            if question is None:
                return
            review = decided(life, question)(session)
            made: dict[str, Any] = {"review": review.id, "decision": review.decision}
    except (Refused, UsageError):
        return
    except LedgerUnavailable:
        return
    life.acknowledge(**made)


def decided(life: Life, question: QuestionRow) -> Callable[[Any], ReviewRow]:
    """Choose what is decided."""
    chance = life.chance
    by: Any = {"mentor": chance.choice(MENTORS), "source": "shell", "now": life.clock()}
    about = next((each for each in UNKNOWN if each in question.text), "labels")
    said = mentors_words(about, f"{question.id}-{life.number}")
    decision = chance.choice(("answer",) * 5 + ("confirm", "confirm", "correct", "decline", "withdraw", "second_opinion"))
    if decision == "answer":
        return lambda session: decide.answer(session, question.id, text=said, **by)
    if decision == "correct":
        return lambda session: decide.correct(session, question.id, replacement=mentor_answer(said), **by)
    if decision == "confirm":
        return lambda session: decide.confirm(session, question.id, **by)
    act = getattr(decide, decision)
    return lambda session: act(session, question.id, reason="It leads too far here.", **by)


def mentors_words(about: str, number: str) -> str:
    """Return an answer that can become a card."""
    return (
        f"{about.capitalize()} is what engineers reach for when a model is too large or too slow for case {number}. "
        f"It is made by a program, can be read by people, and is counted after training; {about} needs nothing more. "
        "What it costs is a little accuracy, which is measured on held-out text."
    )


def undo(life: Life) -> None:
    """Have a mentor undo one of the last decisions."""
    try:
        with life.ledger.transaction() as session:
            wanted = select(ReviewRow).where(ReviewRow.undone_at.is_(None)).order_by(ReviewRow.id.desc())
            review = session.scalar(wanted.offset(life.chance.randrange(3)).limit(1))
            if review is None:
                return
            undo_decision(session, review.id, mentor="Ada", now=life.clock())
            number = review.id
    except (Refused, UsageError, LedgerUnavailable):
        return
    life.acknowledge(undone=number)


def send_due(life: Life) -> None:
    """Send what is due."""
    deliver(life.ledger, PLATFORM, life.platform.send, now=life.clock())


def feedback(life: Life) -> None:
    """Have a learner ask for a person."""
    with life.ledger.transaction() as session:
        number = session.scalar(select(func.max(QuestionRow.id)))
    if number is not None:
        life.service.feedback(number, platform=PLATFORM, author="ann", kind="person", reason="unclear")


def promote(life: Life) -> None:
    """Have a mentor promote an answer of theirs."""
    chance, world = life.chance, life.world
    with life.ledger.transaction() as session:
        promoted = select(PromotionRow.question_id).where(PromotionRow.question_id.is_not(None))
        wanted = select(AnswerRow.question_id).where(
            AnswerRow.composer == Composer.MENTOR.value, AnswerRow.state != State.WITHDRAWN.value, AnswerRow.question_id.not_in(promoted)
        )
        number = session.scalar(wanted.order_by(AnswerRow.id.desc()).offset(chance.randrange(2)).limit(1))
        asked = None if number is None else promoted_question(session, number)
    if asked is None:
        return
    slugs = sorted(life.service.library.base.cards)
    kind = chance.choice(("new", "new", "phrasing", "amend", "replace"))
    slug = f"card-of-{asked.number}" if kind == "new" else chance.choice(slugs)
    try:
        made = make_plan(
            f"{kind}:{slug}", asked, library=life.service.library, knowledge=world.knowledge, mentor=chance.choice(MENTORS),
            today=dt.date(2026, 2, 3),
        )  # fmt: skip
        done = carry_out(life.ledger, made, knowledge=world.knowledge, home=world.home, now=life.clock(), refresh=life.service.refresh)
    except AskwellError as error:
        log.info("%s:%s was refused: %s", kind, slug, error)
        return
    life.acknowledge(promotion=done.promotion_id)


ACTS: dict[str, Callable[[Life], None]] = {
    "decide": mentor_decides,
    "undo": undo,
    "deliver": send_due,
    "feedback": feedback,
    "promote": promote,
}
