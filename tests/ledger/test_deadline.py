"""A PostgreSQL that hangs, its connections still open, counts as away after a few seconds: learners are answered, and nothing is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.deadline import without_deadline
from bot.ledger.spool import Spool
from bot.ledger.tables import AnswerRow, QuestionRow
from bot.record import Incoming
from bot.service import Service
from knowledge.errors import LedgerUnavailable
from tests.conftest import NewDatabase

# Seconds; libpq takes no connect_timeout below 2.
ANSWER_S, CONNECT_S = 1.0, 2


@contextmanager
def hung(ledger: Ledger) -> Iterator[None]:
    """Stop every process of a database server, as a frozen machine would, until the block ends."""
    with ledger.transaction() as session:
        folder = Path(session.connection().exec_driver_sql("SHOW data_directory").scalar_one())
        backends = [pid for (pid,) in session.connection().exec_driver_sql("SELECT pid FROM pg_stat_activity")]
    pids = [int((folder / "postmaster.pid").read_text().splitlines()[0]), *backends]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def postgresql(new_postgresql: NewDatabase) -> Iterator[Ledger]:
    url = new_postgresql()
    ledger = Ledger(f"{url}{'&' if '?' in url else '?'}connect_timeout={CONNECT_S}", answer_within_s=ANSWER_S)
    ledger.upgrade()
    yield ledger
    ledger.close()


@pytest.mark.slow
def test_a_database_that_hangs_costs_a_question_seconds_and_loses_nothing(service: Service, postgresql: Ledger, tmp_path: Path) -> None:
    asking = Service(service.library, postgresql, spool=Spool(tmp_path))
    assert asking.ask(Incoming("p", "1", "here", "ann", "Is pretraining supervised?")) is not None
    with hung(postgresql):
        began = time.monotonic()
        told = asking.ask(Incoming("p", "2", "here", "ann", "What is masked language modelling?"))
        assert told is not None
        assert time.monotonic() - began < ANSWER_S + CONNECT_S + 3
        began = time.monotonic()
        assert asking.ask(Incoming("p", "3", "here", "ann", "What is a token?")) is not None
        assert time.monotonic() - began < 1, "the next question waits for nothing"
    assert asking.enter_spooled() == 4
    with postgresql.transaction() as session:
        assert session.scalar(select(func.count()).select_from(QuestionRow)) == 3
        assert session.scalar(select(func.count()).select_from(AnswerRow)) == 3


def test_an_answer_that_does_not_come_is_one_line_and_work_that_may_take_long_has_no_deadline(postgresql: Ledger) -> None:
    with pytest.raises(LedgerUnavailable, match=r"\A.*the server has not answered within 1 s.*\Z"), postgresql.transaction() as session:
        session.connection().exec_driver_sql("SELECT pg_sleep(3)")
    with postgresql.transaction() as session:
        assert session.connection().exec_driver_sql("SELECT 1").scalar() == 1
    with without_deadline(), postgresql.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM pg_sleep(1.5)").scalar() == 1
