"""A mentor is one row under one name."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.mentors import checked_name, mentor_named
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
