"""The benchmark of the desk opens every page that there is, and its made-up ledger is one that the queue can read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from bot.adapters.desk.web_app import SHOWN
from bot.ledger.database import Ledger
from bot.ledger.tables import Citation, QuestionRow
from bot.review.dossier import dossier
from bot.review.queue.gathering import keep_up
from bot.review.queue.triage import queue
from bot.review.stats.statistics import stats
from tests.measure_desk.large_ledger import fill
from tests.measure_desk.timed_pages import ADDRESSES, quantile_ms

NOW = dt.datetime(2026, 2, 3, 12, tzinfo=dt.UTC)


def test_every_page_of_the_desk_is_timed() -> None:
    assert set(ADDRESSES) == set(SHOWN)


def test_the_ledger_has_questions_of_every_kind_and_what_came_of_them(ledger: Ledger) -> None:
    fill(ledger, 1_000, [(f"card-{number}", f"Card {number}") for number in range(20)], NOW)
    with ledger.transaction() as session:
        before = queue(session, now=NOW, most=2_000)
    assert keep_up(ledger) > 0
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(QuestionRow)) == 1_000
        assert session.scalar(select(func.count()).select_from(Citation))
        assert before and queue(session, now=NOW, most=2_000) == before
        found = stats(session, now=NOW)
        assert found.concepts and found.gaps and found.decided and found.reuse
        assert sum(each.waiting for each in found.waits)
        assert dossier(session, 7).answers


def test_the_times_are_put_in_order() -> None:
    assert quantile_ms([1.0, 2.0, 3.0], 0.5) == 2.0
