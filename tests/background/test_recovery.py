"""Recovery of what a killed process left behind, and of nothing that a live one is at."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.background.recovery import Recovered, recover
from bot.background.upkeep import start_upkeep
from bot.ledger.database import Ledger
from bot.ledger.mentors import mentor_named
from bot.ledger.questions import enter_question
from bot.ledger.spool import Spool
from bot.ledger.tables import AnswerRow, DeliveryRow, PromotionRow, QuestionRow
from bot.record import Incoming
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.outbox.delivery_rows import LIVE, DeliveryKind, delivery_key
from bot.review.promotion.apply import BEGUN
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import promoted_question
from bot.service import Service
from bot.values import Answer, CleanText, Kept, Status
from index.search.library import Library
from tests.ledger.conftest import ledger, url
from tests.review.asked import ADA, NOW, Platform, answers, ask, asked, kinds, queued
from tests.review.cards import ANSWER, QUESTION, TODAY, library_of

__all__ = ["ledger", "url"]

LATER = NOW + LIVE


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def service(ledger: Ledger, small: Path, home: Path) -> Service:
    return Service(library_of(small, home), ledger, lambda: library_of(small, home), Spool(home))


def received(ledger: Ledger, name: str, text: str = "what are labels?", platform: str = "discord", at: dt.datetime = NOW) -> int:
    """Enter a question as a process does that is killed before it answers."""
    with ledger.transaction() as session:
        row = enter_question(session, platform=platform, message_id=name, place="here", author="ann", text=text, now=at)
        assert row is not None
        return row.id


def test_a_question_without_an_answer_is_answered_with_its_turns_and_its_answer_is_sent(
    ledger: Ledger, service: Service, small: Path, home: Path
) -> None:
    first = received(ledger, "1", "why would anybody want masks of every kind in training")
    second = received(ledger, "2", "and why?")
    platform = Platform()
    done = recover(service, knowledge=small, home=home, now=LATER, platforms={"discord": platform.send})
    assert done == Recovered(answered=2, sent=2)
    with ledger.transaction() as session:
        for number in (first, second):
            (row,) = answers(session, number)
            assert (row.index_name, row.sent_as is not None) == (service.library.name, True)
            assert session.get_one(QuestionRow, number).vector
        assert (
            answers(session, second)[0].text
            == service.answer(("why would anybody want masks of every kind in training", "and why?"), hands_over=True).answer
        )
    assert recover(service, knowledge=small, home=home, now=LATER, platforms={"discord": platform.send}) == Recovered()
    assert len(platform.shows) == 2


def test_what_may_be_in_a_live_process_s_hands_is_left_to_it_and_found_at_a_later_look(
    ledger: Ledger, service: Service, small: Path, home: Path
) -> None:
    received(ledger, "1", at=NOW + dt.timedelta(seconds=1))
    assert recover(service, knowledge=small, home=home, now=LATER) == Recovered()
    assert recover(service, knowledge=small, home=home, now=LATER + dt.timedelta(minutes=1)) == Recovered(answered=1)


def test_a_question_of_the_terminal_is_answered_for_mentors_and_queued_to_nobody(
    ledger: Ledger, service: Service, small: Path, home: Path
) -> None:
    number = received(ledger, "1", platform="console")
    assert recover(service, knowledge=small, home=home, now=LATER).answered == 1
    with ledger.transaction() as session:
        assert session.get_one(QuestionRow, number).status != "received"
        assert not queued(session, number)


def test_what_is_spooled_is_entered_before_anything_is_taken_for_unanswered(
    ledger: Ledger, service: Service, small: Path, home: Path
) -> None:
    number = received(ledger, "1")
    given = Answer(question="what are labels?", status=Status.ANSWERED, answer="These.", confidence=0.9)
    spool = Spool(home)
    spool.answer(given, platform="discord", message_id="1", author="ann", index_name="g", now=NOW)
    spool.sent("here/5", platform="discord", message_id="1", author="ann", now=NOW)
    with spool.held():
        assert recover(service, knowledge=small, home=home, now=LATER) == Recovered(), "another process is entering it"
    assert recover(service, knowledge=small, home=home, now=LATER) == Recovered(spooled=2)
    with ledger.transaction() as session:
        assert [(row.text, row.sent_as) for row in answers(session, number)] == [("These.", "here/5")]
        assert not queued(session, number)


def test_a_promotion_that_was_cut_short_is_finished_and_served(ledger: Ledger, service: Service, small: Path, home: Path) -> None:
    with ledger.transaction() as session:
        number = ask(session, QUESTION, status=Status.HANDED_OVER)
        decide.answer(session, number, text=ANSWER, **ADA)
        made = make_plan(
            "new:tokens", promoted_question(session, number), library=service.library, knowledge=small, mentor="Ada", today=TODAY
        )
        session.add(
            PromotionRow(
                question_id=number, mentor_id=mentor_named(session, "Ada").id, kind=made.kind.value, slug=made.slug, path=made.path,
                text=made.text, before=made.before, diff=made.diff, impact={}, state=BEGUN, at=NOW,
            )
        )  # fmt: skip
    assert recover(service, knowledge=small, home=home, now=NOW) == Recovered(promotions=1)
    assert "tokens" in service.library.base.cards
    with ledger.transaction() as session:
        assert session.scalars(select(PromotionRow.state)).all() == ["done"]


class Tripping(Service):
    """Trips over one question."""

    def reply(self, turns: tuple[CleanText, ...], *, hands_over: bool | Kept, library: Library | None = None) -> Answer:
        if turns[-1] == "trip me":
            raise ValueError("a regular expression\nof ours")
        return super().reply(turns, hands_over=hands_over, library=library)


def test_a_question_that_answering_trips_over_keeps_no_other_from_its_answer(
    ledger: Ledger, small: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tripping = Tripping(library_of(small, home), ledger, None, Spool(home))
    worst = received(ledger, "1", "trip me")
    received(ledger, "2")
    assert recover(tripping, knowledge=small, home=home, now=LATER).answered == 1
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [f"question {worst}, which a killed process left unanswered, can't be answered: a regular expression of ours"]


def test_a_ledger_that_is_away_is_one_line_a_step_and_no_end(
    service: Service, small: Path, home: Path, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    with ledger.engine.begin() as connection:
        for table in ("promotion", "question"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_away")
    assert recover(service, knowledge=small, home=home, now=LATER) == Recovered()
    assert all("\n" not in record.getMessage() and "the ledger at" in record.getMessage() for record in caplog.records)
    assert len(caplog.records) == 2


def test_a_service_without_a_ledger_has_nothing_to_recover(small: Path, home: Path) -> None:
    assert recover(Service(library_of(small, home), None), knowledge=small, home=home) == Recovered()
    assert str(Recovered(1, 0, 2, 0)) == "1 spooled events, 2 answers"
    assert str(Recovered()) == "nothing"


def test_two_that_recover_at_once_give_one_answer(ledger: Ledger, service: Service, small: Path, home: Path) -> None:
    number = received(ledger, "1")
    within = service.answer

    class Second(Service):
        """Is overtaken by another process while it answers."""

        def reply(self, turns: tuple[CleanText, ...], *, hands_over: bool | Kept, library: Library | None = None) -> Answer:
            assert recover(service, knowledge=small, home=home, now=LATER).answered == 1
            return within(turns, hands_over=hands_over, library=library)

    second = Second(service.library, ledger, None, Spool(home))
    assert recover(second, knowledge=small, home=home, now=LATER).answered == 0
    with ledger.transaction() as session:
        assert len(answers(session, number)) == 1
        assert kinds(session, number) == ["post"]


def test_a_message_that_the_platform_sends_again_is_not_answered_again_after_recovery(
    ledger: Ledger, service: Service, small: Path, home: Path
) -> None:
    received(ledger, "1")
    recover(service, knowledge=small, home=home, now=LATER)
    assert service.ask(Incoming("discord", "1", "here", "ann", "what are labels?")) is None
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(AnswerRow)) == 1


def test_a_running_process_recovers_again_and_again() -> None:
    looks = threading.Semaphore(0)
    upkeep = start_upkeep(lambda: 0, recover=looks.release, every_s=0.01, recover_every_s=0.02)
    assert all(looks.acquire(timeout=10) for _ in range(3))
    upkeep.end(within_s=10)
    assert not upkeep.thread.is_alive()


@pytest.mark.parametrize("decision", ["confirm", "correct"])
def test_a_mentor_who_decides_before_recovery_changes_the_message_that_the_killed_process_posted(
    ledger: Ledger, service: Service, small: Path, home: Path, decision: str
) -> None:
    """It had posted the answer and was killed before it could note where."""
    number = asked(ledger, sent=False)
    platform = Platform()
    with ledger.transaction() as session:
        message = session.get_one(QuestionRow, number).message_id
    platform.by_key[delivery_key("discord", message, None, DeliveryKind.POST)] = "here/posted"
    with ledger.transaction() as session:
        if decision == "confirm":
            decide.confirm(session, number, **ADA)
        else:
            decide.correct(session, number, replacement=mentor_answer("Another text."), **ADA)
    recover(service, knowledge=small, home=home, now=LATER, platforms={"discord": platform.send})
    with ledger.transaction() as session:
        newest = answers(session, number)[-1]
        assert newest.sent_as == "here/posted"
        assert not session.scalars(select(DeliveryRow).where(DeliveryRow.state == "owed")).all()
        posted = platform.shows["here/posted"].answer
        assert posted is not None
        assert (posted.answer, posted.state) == (newest.text, newest.state)
