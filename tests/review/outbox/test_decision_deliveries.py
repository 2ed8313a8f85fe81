"""After a decision the learner's message shows the answer in force, and the learner is told if there is news."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.tables import DeliveryRow, Feedback, QuestionRow
from bot.review.decisions.decide import confirm, correct, withdraw
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.outbox import notices
from bot.review.outbox.send_and_retry import deliver
from bot.values import Status
from tests.review.asked import ADA, BOB, DECISIONS, NOW, Platform, answers, ask, asked, kinds, queued, states


def test_an_answer_that_never_arrived_is_queued_itself(ledger: Ledger) -> None:
    number = asked(ledger, sent=False)
    with ledger.transaction() as session:
        confirm(session, number, **ADA)
        assert [(row.kind, row.note, row.due_at) for row in queued(session, number)] == [("post", "", NOW), ("edit", "", NOW)]
        correct(session, number, **BOB, replacement=mentor_answer("Other."))
        # The edit is for the message that a killed process may have posted and not noted: the post finds it by its key.
        assert next((row.kind, row.note) for row in queued(session, number)) == ("post", notices.ANSWERED)
        assert kinds(session, number) == ["post", "edit"]
        withdraw(session, number, **ADA)
        assert not queued(session, number)


def test_what_a_live_process_may_be_posting_is_not_posted_beside_it(ledger: Ledger) -> None:
    number = asked(ledger, sent=False, at=NOW)
    platform = Platform()
    with ledger.transaction() as session:
        confirm(session, number, **ADA)
    assert deliver(ledger, "discord", platform.send, now=NOW + dt.timedelta(minutes=1)) == 0
    with ledger.transaction() as session:
        answers(session, number)[0].sent_as = "thread/late"
    assert deliver(ledger, "discord", platform.send, now=NOW + dt.timedelta(minutes=3)) == 2
    assert [(each.kind, each.target) for each in platform.received] == [("edit", "thread/late")] * 2


def test_nobody_is_reached_later_in_a_terminal(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for name, decision in DECISIONS.items():
            status = Status.HANDED_OVER if name in {"answer", "decline"} else Status.ANSWERED
            decision(session, ask(session, status=status, platform="console", sent=False))
            decision(session, ask(session, status=status, platform="console"))
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 0


def test_of_a_forgotten_learner_only_the_messages_change(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for name, decision in DECISIONS.items():
            status = Status.HANDED_OVER if name in {"answer", "decline"} else Status.ANSWERED
            number = ask(session, status=status, author=None)
            decision(session, number)
            assert set(kinds(session, number)) <= {"edit"}


def test_a_learner_who_asked_for_a_person_hears_of_a_confirmation_once(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        question = session.get_one(QuestionRow, number)
        question.wants_person = True
        session.add(Feedback(question_id=number, learner_id=question.learner_id, kind="person", reason="", at=NOW))
        confirm(session, number, **ADA)
        assert [(row.kind, row.note) for row in queued(session, number)] == [("edit", ""), ("tell", notices.CONFIRMED)]
        confirm(session, number, **BOB)
        assert kinds(session, number) == ["edit", "tell"]


def test_of_two_decisions_before_anything_was_sent_the_learner_hears_the_newer(ledger: Ledger) -> None:
    number = asked(ledger)
    platform = Platform()
    with ledger.transaction() as session:
        correct(session, number, **ADA, replacement=mentor_answer("First."))
        correct(session, number, **BOB, replacement=mentor_answer("Second."))
        assert kinds(session, number, "cancelled") == ["edit", "tell"]
        assert states(session, number) == ["withdrawn", "withdrawn", "corrected"]
    assert deliver(ledger, "discord", platform.send, now=NOW + dt.timedelta(hours=1)) == 2
    assert [each.kind for each in platform.received] == ["edit", "tell"]
    assert {each.answer.answer for each in platform.received if each.answer} == {"Second."}


def test_a_learner_who_saw_nothing_of_a_withdrawal_is_not_told_that_it_was_reversed(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA)
        confirm(session, number, **BOB)
        assert states(session, number) == ["confirmed"]
        assert kinds(session, number) == ["edit"]


def test_a_learner_who_was_told_of_a_withdrawal_is_told_that_it_was_reversed(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA)
    deliver(ledger, "discord", Platform().send, now=NOW)
    with ledger.transaction() as session:
        confirm(session, number, **BOB)
        assert [(row.kind, row.note) for row in queued(session, number)] == [("edit", ""), ("tell", notices.CONFIRMED)]
