"""A mentor is one row under one name, and the same one whatever their account is called."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.mentors import Account, checked_name, mentor_named, mentor_with
from bot.ledger.retention_and_forgetting import forget
from bot.ledger.tables import Mentor, MentorAccount
from knowledge.errors import UsageError
from tests.collected import at_once, failing


def test_a_name_is_entered_once_however_it_is_typed(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first = mentor_named(session, "  Zoë K. ")
        assert first.name == "Zoë K."
        assert mentor_named(session, "Zoë K.").id == first.id
        assert mentor_named(session, "zoë k.").id != first.id


def test_what_is_no_name_is_refused_in_one_line() -> None:
    def refused(name: str, why: str) -> None:
        with pytest.raises(UsageError, match=why) as raised:
            checked_name(name)
        assert len(str(raised.value).splitlines()) == 1

    names = {"": "empty", " \t\n ": "empty", "x" * 129: "129", "Ada\nBob": "one line", "A\x00": "one line", "A\u2028B": "one line"}
    assert failing(refused, names.items()) == {}


def test_of_six_threads_with_a_new_name_one_enters_it(ledger: Ledger) -> None:
    def enter(_: int) -> int:
        with ledger.transaction() as session:
            return mentor_named(session, "Ada").id

    assert len(set(at_once(6, enter))) == 1
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Mentor)) == 1


def sam(number: int, name: str = "Sam") -> Account:
    return Account("discord", str(number), name, f"sam_{number}")


def test_an_account_is_one_mentor_under_any_name_and_two_accounts_of_one_name_are_two(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first, second = mentor_with(session, sam(1)), mentor_with(session, sam(2))
        assert (first.name, second.name) == ("Sam", "Sam (sam_2)")
        assert mentor_with(session, sam(1, "Sammy")).id == first.id
        assert first.name == "Sammy"
        # The name is free now, and is theirs from their next click on.
        assert mentor_with(session, sam(2)).id == second.id
        assert second.name == "Sam"
        assert mentor_with(session, sam(1)).name == "Sam (sam_1)"


def test_a_mentor_known_by_name_alone_is_the_first_account_of_that_name(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        named = mentor_named(session, "Sam")
        assert mentor_with(session, sam(1)).id == named.id
        assert mentor_with(session, sam(2)).id != named.id


def test_a_name_that_only_an_account_has_may_be_taken_by_hand_and_then_the_accounts_number_is_in_it(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        mentor_with(session, sam(1))
        renamed = mentor_with(session, sam(2, "S. (sam_2)" * 12))
        assert len(renamed.name) <= 128
        mentor_named(session, "Sam (sam_2)")
        assert mentor_with(session, sam(2)).name == "Sam (2)"
        with pytest.raises(UsageError, match="empty"):
            mentor_with(session, sam(3, " "))


def test_of_six_accounts_of_one_name_at_once_each_is_a_mentor_and_of_one_account_six_times_all_are_one(ledger: Ledger) -> None:
    def enter(number: int) -> int:
        with ledger.transaction() as session:
            return mentor_with(session, sam(number)).id

    assert len(set(at_once(6, enter))) == 6
    assert len(set(at_once(6, lambda _: enter(7)))) == 1


def test_who_wants_to_be_forgotten_is_no_account_any_more_and_what_they_wrote_keeps_its_name(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        mentor_with(session, sam(1))
        forget(session, "1", "discord")
        assert session.scalar(select(func.count()).select_from(MentorAccount)) == 0
        assert session.scalars(select(Mentor.name)).all() == ["Sam"]
