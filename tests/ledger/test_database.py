"""The ledger opens, migrates, keeps transactions whole, and says in one line when it can't."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Column, func, select, text
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.ledger.database import Ledger, reason_of
from bot.ledger.questions import enter_question
from bot.ledger.tables import Conversation, Learner, QuestionRow, Row
from knowledge.errors import AskwellError, LedgerAway, LedgerUnavailable, UsageError
from tests.collected import failing

NOW = dt.datetime(2026, 2, 3, 12, tzinfo=dt.UTC)


def differs(_context: Any, _is: Any, column: Column[Any], default: str | None, _wanted: Any, wanted: str | None) -> bool | None:
    """Compare defaults of JSON by their text, since PostgreSQL doesn't compare JSON; None leaves the others to Alembic."""
    return (default or "").removesuffix("::json").strip("'") != wanted if isinstance(column.type, JSON) else None


def test_the_migrations_make_the_tables_that_the_program_has(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": differs})
        assert compare_metadata(context, Row.metadata) == []


def test_an_upgrade_says_from_where_to_where_and_a_second_does_nothing(url: str) -> None:
    ledger = Ledger(url)
    assert ledger.revision() is None
    assert ledger.upgrade() == (None, ledger.newest())
    assert ledger.upgrade() == (ledger.newest(), ledger.newest())
    assert ledger.revision() == ledger.newest()
    ledger.close()


def test_a_ledger_of_a_newer_program_is_left_alone(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'tomorrow'"))
    with pytest.raises(LedgerUnavailable, match=r"can't be upgraded: .*tomorrow") as caught:
        ledger.upgrade()
    assert "\n" not in str(caught.value)


class Stopped(Exception):
    pass


def test_a_transaction_that_fails_leaves_nothing_behind(ledger: Ledger) -> None:
    with pytest.raises(Stopped), ledger.transaction() as session:
        assert enter_question(session, platform="p", message_id="1", place="here", author="ann", text="why?", now=NOW) is not None
        raise Stopped
    with ledger.transaction() as session:
        for table in (QuestionRow, Conversation, Learner):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_reader_keeps_no_writer_waiting(url: str) -> None:
    ledger = Ledger(url, busy_timeout_ms=50)
    ledger.upgrade()
    with ledger.transaction(only_reads=True) as reading:
        assert reading.scalar(select(func.count()).select_from(Learner)) == 0
        with ledger.transaction() as session:
            session.add(Learner(platform="discord", platform_id="1"))
        with ledger.transaction(only_reads=True) as later:
            assert later.scalar(select(func.count()).select_from(Learner)) == 1
    ledger.close()


def test_sqlite_keeps_a_write_ahead_log_and_checks_what_refers_to_what(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'deep' / 'down' / 'ledger.sqlite3'}")
    ledger.upgrade()
    with ledger.engine.connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}
    ledger.close()


def test_a_moment_comes_back_in_utc_and_one_without_a_zone_is_refused(ledger: Ledger) -> None:
    elsewhere = NOW.astimezone(dt.timezone(dt.timedelta(hours=5)))
    with ledger.transaction() as session:
        row = enter_question(session, platform="p", message_id="1", place="here", author=None, text="why?", now=elsewhere)
        assert row is not None
        number = row.id
    with ledger.transaction() as session:
        assert session.get_one(QuestionRow, number).asked_at == NOW
        assert session.get_one(QuestionRow, number).asked_at.utcoffset() == dt.timedelta(0)
    with pytest.raises(Exception, match="a moment without a time zone"), ledger.transaction() as session:
        enter_question(session, platform="p", message_id="2", place="here", author=None, text="why?", now=NOW.replace(tzinfo=None))


def test_missing_tables_are_one_line_that_names_the_cure(url: str) -> None:
    ledger = Ledger(url)
    with pytest.raises(LedgerUnavailable, match="run 'askwell ledger upgrade'") as caught, ledger.transaction() as session:
        session.scalars(select(QuestionRow)).all()
    assert "\n" not in str(caught.value)
    ledger.close()


def test_a_locked_ledger_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger = Ledger(f"sqlite:///{path}", busy_timeout_ms=50)
    ledger.upgrade()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerUnavailable, match=r"database is locked\): see 'askwell doctor'") as caught, ledger.transaction() as session:
        enter_question(session, platform="p", message_id="1", place="here", author=None, text="why?", now=NOW)
    assert "\n" not in str(caught.value)
    other.execute("ROLLBACK")
    other.close()
    with ledger.transaction() as session:
        assert enter_question(session, platform="p", message_id="1", place="here", author=None, text="why?", now=NOW) is not None
    ledger.close()


def test_a_full_disk_is_one_line_and_what_was_there_stays(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    ledger.upgrade()
    with ledger.transaction() as session:
        enter_question(session, platform="p", message_id="1", place="here", author=None, text="why?", now=NOW)
    with ledger.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerUnavailable, match="full"), ledger.transaction() as session:
        enter_question(session, platform="p", message_id="2", place="here", author=None, text="why? " * 5_000, now=NOW)
    with ledger.transaction() as session:
        assert session.scalars(select(QuestionRow.message_id)).all() == ["1"]
    ledger.close()


def test_a_file_that_is_deleted_while_it_is_open_is_away_and_one_that_takes_its_place_is_read(tmp_path: Path) -> None:
    file, kept = tmp_path / "ledger.sqlite3", tmp_path / "kept.sqlite3"
    ledger = Ledger(f"sqlite:///{file}")
    ledger.upgrade()
    with ledger.transaction() as session:
        session.add(Learner(platform="discord", platform_id="1"))
    with sqlite3.connect(file) as source, sqlite3.connect(kept) as target:
        source.backup(target)
    source.close()
    target.close()
    file.unlink()
    for _ in range(2):
        with pytest.raises(LedgerAway, match="was deleted"), ledger.transaction() as session:
            session.add(Learner(platform="discord", platform_id="2"))
    assert not file.exists(), "no empty ledger was begun"
    kept.rename(file)
    with ledger.transaction() as session:
        assert session.scalars(select(Learner.platform_id)).all() == ["1"]
    ledger.close()


def test_a_path_that_holds_no_ledger_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "garbage").write_bytes(b"not a database " * 100)

    def refused(place: str) -> None:
        with pytest.raises(LedgerUnavailable, match=r"\A.+\Z"):
            Ledger(f"sqlite:///{tmp_path / place}").upgrade()

    assert failing(refused, [("file/ledger.sqlite3",), ("folder",), ("garbage",)]) == {}


def test_a_database_that_cannot_be_had_is_one_line_without_its_password() -> None:
    pytest.importorskip("psycopg", reason="psycopg, the driver for PostgreSQL, is not installed")

    def refused(url: str, kind: type[AskwellError], message: str) -> None:
        with pytest.raises(kind, match=message) as caught:
            Ledger(url).upgrade()
        assert "\n" not in str(caught.value)
        assert "secret" not in str(caught.value)

    cases = [
        ("nonsense", UsageError, "ASKWELL_DATABASE_URL is not a database URL"),
        ("", UsageError, "ASKWELL_DATABASE_URL is not a database URL"),
        ("frob://x/y", UsageError, "ASKWELL_DATABASE_URL is not a database URL"),
        ("mysql+aiomysql://x/y", UsageError, "needs the driver 'aiomysql', which is not installed"),
        ("postgresql+psycopg://ann:secret@127.0.0.1:1/x", LedgerUnavailable, "can't be reached"),
    ]
    assert failing(refused, cases) == {}


def test_a_pool_whose_connections_are_all_taken_is_one_line(ledger: Ledger) -> None:
    with pytest.raises(LedgerUnavailable, match=r"\(QueuePool limit reached\): see 'askwell doctor'") as caught, ledger.transaction():
        raise PoolTimeoutError("QueuePool limit reached")
    assert "\n" not in str(caught.value)


def test_the_reason_of_a_failure_is_one_line_that_is_not_empty() -> None:
    reasons = {
        InvalidRequestError("two\nlines"): "two",
        InvalidRequestError(): "InvalidRequestError",
        OperationalError("SELECT 1", {}, ValueError("")): "OperationalError",
        OperationalError("SELECT 1", {}, ValueError("the driver's\nwords")): "the driver's",
    }
    assert [reason_of(error) for error in reasons] == list(reasons.values())
