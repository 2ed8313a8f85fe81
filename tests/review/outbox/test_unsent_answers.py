"""Questions without an answer and answers without a message are found after a process was killed."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.questions import enter_answer
from bot.ledger.tables import DeliveryRow
from bot.review.decisions.decide import confirm, decline
from bot.review.decisions.undo import undo
from bot.review.outbox.send_and_retry import deliver
from bot.review.outbox.unsent_answers import STILL_WANTED, queue_answer, queue_unsent_answers, unanswered_questions
from bot.values import Answer, Status
from knowledge.errors import UsageError
from tests.review.asked import ADA, DRAFT, EARLIER, NOW, Platform, answers, ask, asked, kinds, queued

MINUTE = dt.timedelta(minutes=1)


def test_questions_without_an_answer_are_named_and_answers_without_a_message_queued_once(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        received = [ask(session, status=None), ask(session, status=None, platform="console")]
        unsent, handed_over = ask(session, sent=False), ask(session, sent=False, status=Status.HANDED_OVER)
        others = [ask(session), ask(session, sent=False, platform="console"), ask(session, sent=False, author=None)]
    platform = Platform()
    for _ in range(2):
        with ledger.transaction() as session:
            queue_unsent_answers(session, older_than=2 * MINUTE, now=NOW)
            assert unanswered_questions(session, older_than=2 * MINUTE, now=NOW) == received
            assert [kinds(session, number) for number in (unsent, handed_over)] == [["post"]] * 2
            assert not [row for number in (*others, *received) for row in queued(session, number)]
    assert deliver(ledger, "discord", platform.send, now=NOW) == 2
    assert [(each.kind, each.note, each.answer.state) for each in platform.received if each.answer] == [("post", "", "draft")] * 2
    with ledger.transaction() as session:
        queue_unsent_answers(session, now=NOW)
        assert unanswered_questions(session, now=NOW) == received
        assert [answers(session, number)[0].sent_as for number in (unsent, handed_over)] == list(platform.shows)
        assert not queued(session, unsent)


def test_what_a_live_process_has_in_hand_is_left_to_it(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        ask(session, status=None, at=NOW - MINUTE)
        ask(session, sent=False, at=NOW - MINUTE)
        queue_unsent_answers(session, older_than=2 * MINUTE, now=NOW)
        assert unanswered_questions(session, older_than=2 * MINUTE, now=NOW) == []
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 0


def test_an_answer_of_long_ago_is_not_posted_out_of_the_blue(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        ask(session, sent=False, at=NOW - STILL_WANTED - MINUTE)
        queue_unsent_answers(session, now=NOW)
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 0


def test_an_unanswered_question_is_answered_and_its_answer_queued(ledger: Ledger) -> None:
    number = asked(ledger, status=None)
    with ledger.transaction() as session:
        assert queue_answer(session, number, NOW) is None
        given = Answer(question="why?", status=Status.ANSWERED, answer=DRAFT, confidence=0.9)
        enter_answer(session, number, given, index_name="index-1", now=NOW)
        row = queue_answer(session, number, NOW)
        assert row is not None
        assert (row.kind, row.due_at) == ("post", NOW)
        assert queue_answer(session, number, NOW) is None
    with pytest.raises(UsageError, match="there is no question 99"), ledger.transaction() as session:
        queue_answer(session, 99, NOW)


@pytest.mark.parametrize("status", [Status.HANDED_OVER, Status.NEAR])
def test_a_decision_takes_the_place_of_the_answer_that_was_never_sent(ledger: Ledger, status: Status) -> None:
    number = asked(ledger, status=status, sent=False)
    with ledger.transaction() as session:
        queue_unsent_answers(session, now=NOW)
        made = decline(session, number, **ADA, reason="Off topic.")
        assert kinds(session, number) == ["tell"]
        queue_unsent_answers(session, now=NOW)
        assert kinds(session, number) == ["tell"]
        undo(session, made.id, mentor="Ada", now=NOW)
        assert kinds(session, number) == ["post"]


def test_an_unsent_answer_whose_confirmation_was_undone_is_queued_again(ledger: Ledger) -> None:
    number = asked(ledger, sent=False)
    with ledger.transaction() as session:
        undo(session, confirm(session, number, **ADA).id, mentor="Ada", now=EARLIER)
        assert kinds(session, number) == []
        queue_unsent_answers(session, now=NOW)
        assert kinds(session, number) == ["post"]
