"""A decision is undone without a trace for the learner until something of it has been sent; after that a new one is needed."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.tables import DeliveryRow, ReviewRow
from bot.review.decisions.decide import answer, confirm, correct, decline, second_opinion, withdraw
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.undo import undo
from bot.review.outbox.send_and_retry import Delivery, deliver, mark_sent, take
from bot.review.question_state import disagreements
from bot.values import Status
from knowledge.errors import PlatformError, Refused, UsageError
from tests.review.asked import ADA, BOB, NOW, Platform, answers, ask, asked, kinds, passed, queued, review, states, status_of

LATER = NOW + dt.timedelta(minutes=5)


def test_an_undone_confirmation_is_a_draft_again(ledger: Ledger) -> None:
    number = asked(ledger)
    platform = Platform()
    with ledger.transaction() as session:
        made = confirm(session, number, **ADA)
    with ledger.transaction() as session:
        assert undo(session, made.id, mentor="Ada", now=LATER).undone_at == LATER
        [row] = answers(session, number)
        assert row.state == "draft"
        assert passed(session, row.id) == ["draft", "confirmed", "draft"]
        assert kinds(session, number, "cancelled") == ["edit"]
    assert deliver(ledger, "discord", platform.send, now=LATER) == 0


def test_an_undone_answer_leaves_the_question_waiting(ledger: Ledger) -> None:
    for status in (Status.HANDED_OVER, None):
        number = asked(ledger, status=status)
        with ledger.transaction() as session:
            before = status_of(session, number)
            made = answer(session, number, **ADA, text="Because.")
            undo(session, made.id, mentor="Ada", now=LATER)
            assert status_of(session, number) == before
            assert states(session, number)[-1] == "withdrawn"
            assert not queued(session, number)
            # What was undone is not what the next decision is about.
            assert answer(session, number, **BOB, text="Because.").answer_id != made.result_id


def test_an_undone_refusal_leaves_an_unanswered_question_unanswered(ledger: Ledger) -> None:
    number = asked(ledger, status=None)
    with ledger.transaction() as session:
        made = decline(session, number, **ADA, reason="Off topic.")
        assert status_of(session, number) == "handed_over"
        undo(session, made.id, mentor="Ada", now=LATER)
        assert (status_of(session, number), queued(session, number)) == ("received", [])


def test_an_undone_correction_gives_the_earlier_decision_its_deliveries_back(ledger: Ledger) -> None:
    number = asked(ledger)
    platform = Platform()
    with ledger.transaction() as session:
        withdraw(session, number, **ADA)
        made = correct(session, number, **BOB, replacement=mentor_answer("Other."))
        assert states(session, number) == ["withdrawn", "corrected"]
        undo(session, made.id, mentor="Bob", now=LATER)
        assert states(session, number) == ["withdrawn", "withdrawn"]
    assert deliver(ledger, "discord", platform.send, now=LATER) == 2
    assert [each.answer.state for each in platform.received if each.answer] == ["withdrawn", "withdrawn"]


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_what_is_on_its_way_or_there_is_decided_anew_instead(ledger: Ledger, state: str) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        made = correct(session, number, **ADA, replacement=mentor_answer("Other."))
        [taken] = take(session, "discord", now=NOW)
        if state == "sent":
            mark_sent(session, taken.id, None, NOW)
    with pytest.raises(Refused, match="decide on that question again"), ledger.transaction() as session:
        undo(session, made.id, mentor="Ada", now=LATER)
    with ledger.transaction() as session:
        assert review(session, made.id).undone_at is None
        withdraw(session, number, **ADA)


def test_only_the_last_decision_can_be_undone(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        first = confirm(session, number, **ADA)
        second = withdraw(session, number, **BOB)
        second_opinion(session, number, **BOB)
    with pytest.raises(Refused, match=f"decision {second.id} on question {number} came after it"), ledger.transaction() as session:
        undo(session, first.id, mentor="Ada", now=LATER)
    with ledger.transaction() as session:
        undo(session, second.id, mentor="Bob", now=LATER)
        assert not disagreements(session, number)
        undo(session, first.id, mentor="Ada", now=LATER)
        assert states(session, number) == ["draft"]
        assert not queued(session, number)


def test_a_decision_is_undone_once_and_by_its_own_mentor(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        made = confirm(session, number, **ADA)
    with pytest.raises(Refused, match="is Ada's, and only Ada"), ledger.transaction() as session:
        undo(session, made.id, mentor="Bob", now=LATER)
    with ledger.transaction() as session:
        undo(session, made.id, mentor=" Ada ", now=LATER)
    with pytest.raises(Refused, match="was undone at 2026-02-03 12:05 UTC"), ledger.transaction() as session:
        undo(session, made.id, mentor="Ada", now=LATER)
    for missing in (0, made.id + 1, 2**70):
        with pytest.raises(UsageError, match=f"there is no decision {missing}"), ledger.transaction() as session:
            undo(session, missing, mentor="Ada", now=LATER)


@pytest.mark.parametrize("which", [0, 2])
def test_a_cluster_is_undone_as_a_whole_or_says_which_question_stands_against_it(ledger: Ledger, which: int) -> None:
    with ledger.transaction() as session:
        first, *others = [ask(session) for _ in range(4)]
        confirm(session, first, **ADA, also=others)
        made = session.scalars(select(ReviewRow.id).order_by(ReviewRow.id)).all()
    with ledger.transaction() as session:
        undo(session, made[which], mentor="Ada", now=LATER)
        assert session.scalar(select(func.count()).where(ReviewRow.undone_at == LATER)) == 4
        assert session.scalar(select(func.count()).where(DeliveryRow.state == "owed")) == 0
        confirm(session, first, **ADA, also=others)
        made = session.scalars(select(ReviewRow.id).where(ReviewRow.undone_at.is_(None)).order_by(ReviewRow.id)).all()
        for taken in take(session, "discord", now=LATER, most=2):
            mark_sent(session, taken.id, None, LATER)
    with pytest.raises(Refused, match=f"question {first} has seen it.*; .*question {others[0]} has seen"), ledger.transaction() as session:
        undo(session, made[which], mentor="Ada", now=LATER)
    with ledger.transaction() as session:
        assert [states(session, number) for number in (first, *others)] == [["confirmed"]] * 4


def test_a_change_that_may_have_arrived_in_spite_of_its_error_is_put_back(ledger: Ledger) -> None:
    number = asked(ledger)

    def timeout(_: Delivery) -> None:
        raise PlatformError("no reply in time")

    with ledger.transaction() as session:
        made = correct(session, number, **ADA, replacement=mentor_answer("Other."))
    assert deliver(ledger, "discord", Platform(timeout).send, now=NOW) == 0
    platform = Platform()
    with ledger.transaction() as session:
        undo(session, made.id, mentor="Ada", now=LATER)
    assert deliver(ledger, "discord", platform.send, now=LATER) == 1
    [edit] = platform.received
    assert edit.answer is not None
    assert (edit.kind, edit.answer.state, edit.note) == ("edit", "draft", "")
