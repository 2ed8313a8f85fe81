"""Decisions that come as words in a post: carried out once, in the order in which they were written."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.ledger.database import Ledger
from bot.ledger.tables import ReviewRow
from bot.review.decisions.decide import Decision
from bot.review.decisions.decide_in_words import decide_once
from bot.review.decisions.undo import undo
from bot.values import Status
from knowledge.errors import Refused, UsageError
from tests.review.asked import BOB, NOW, answers, asked, kinds, states

LATER = NOW + dt.timedelta(minutes=5)


def decided(ledger: Ledger, number: int, decision: Decision, text: str = "", written_at: dt.datetime = NOW) -> ReviewRow | None:
    with ledger.transaction() as session:
        return decide_once(session, number, decision, text, mentor="Ada", source="discourse", written_at=written_at)


@pytest.mark.parametrize(
    ("decision", "text", "status", "after"),
    [
        (Decision.CONFIRM, "", Status.ANSWERED, ["confirmed"]),
        (Decision.CORRECT, "Other.", Status.ANSWERED, ["withdrawn", "corrected"]),
        (Decision.ANSWER, "Other.", Status.HANDED_OVER, ["draft", "confirmed"]),
        (Decision.DECLINE, "Off topic.", Status.HANDED_OVER, ["draft"]),
        (Decision.WITHDRAW, "", Status.ANSWERED, ["withdrawn"]),
        (Decision.SECOND_OPINION, "", Status.ANSWERED, ["draft"]),
    ],
)
def test_each_word_decides_once_however_often_it_is_read(
    ledger: Ledger, decision: Decision, text: str, status: Status, after: list[str]
) -> None:
    number = asked(ledger, status=status)
    assert decided(ledger, number, decision, text) is not None
    with ledger.transaction() as session:
        before = kinds(session, number)
    assert decided(ledger, number, decision, text) is None
    with ledger.transaction() as session:
        assert states(session, number) == after
        assert kinds(session, number) == before


def test_a_decision_that_another_has_followed_since_it_was_written_is_refused(ledger: Ledger) -> None:
    number = asked(ledger)
    assert decided(ledger, number, Decision.CORRECT, "Later text.", LATER) is not None
    with pytest.raises(Refused, match="was decided after this was written"):
        decided(ledger, number, Decision.CORRECT, "Earlier text.", NOW)
    with ledger.transaction() as session:
        assert answers(session, number)[-1].text == "Later text."


def test_a_decision_that_was_undone_is_not_made_again_by_reading_it_again(ledger: Ledger) -> None:
    number = asked(ledger)
    made = decided(ledger, number, Decision.CONFIRM)
    assert made is not None
    with ledger.transaction() as session:
        undo(session, made.id, mentor="Ada", now=BOB["now"])
    assert decided(ledger, number, Decision.CONFIRM) is None
    with ledger.transaction() as session:
        assert states(session, number) == ["draft"]


def test_a_text_that_is_missing_and_a_question_that_is_unknown_are_one_line(ledger: Ledger) -> None:
    number = asked(ledger)
    with pytest.raises(UsageError, match="an answer needs a text"):
        decided(ledger, number, Decision.CORRECT, " ")
    with pytest.raises(UsageError, match="there is no question 99"):
        decided(ledger, 99, Decision.CONFIRM)
