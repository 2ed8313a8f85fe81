"""A mentor is one row under one name."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.mentors import checked_name, is_an_accounts, mentor_named, mentor_of_account
from bot.ledger.tables import Mentor
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


def test_an_account_keeps_its_name_and_no_other_account_gets_it(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        mentor_named(session, "Ada")
        assert mentor_of_account(session, "discord", "1", "Ada", "ada_l") == "Ada"
    with ledger.transaction() as session:
        assert mentor_of_account(session, "discord", "1", "Bob", "ada_l") == "Ada"
        assert mentor_of_account(session, "discord", "2", "ADA", "eve") == "ADA (eve)"
        assert mentor_of_account(session, "discourse", "1", "Ada", "eve") == "Ada (discourse 1)"
        assert mentor_of_account(session, "discourse", "7", "Ada", "eve") == "Ada (discourse 7)"
        assert [is_an_accounts(session, name) for name in ("Ada", "ada", "Bob")] == [True, True, False]
        assert session.scalar(select(func.count()).select_from(Mentor)) == 4


def test_an_accounts_name_becomes_one_line_whatever_the_platform_lets_people_call_themselves(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        assert mentor_of_account(session, "discord", "1", "Ada\n\u202e\x00Lovelace\ud800", "a") == "Ada Lovelace"
        assert mentor_of_account(session, "discord", "2", "\u200b", "bob") == "bob"
        assert len(mentor_of_account(session, "discord", "3", "x" * 500, "c")) == 128
        assert mentor_of_account(session, "discord", "4", "x" * 500, "d").endswith("x (d)")


def test_accounts_that_come_at_once_with_one_name_get_a_name_each(ledger: Ledger) -> None:
    def enter(number: int) -> str:
        with ledger.transaction() as session:
            return mentor_of_account(session, "discord", str(number // 2), "Ada", f"ada{number // 2}")

    names = at_once(6, enter)
    assert len(set(names)) == 3 and names[::2] == names[1::2]
