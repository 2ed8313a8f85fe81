"""A filled ledger of an earlier program is upgraded whole or not at all, whatever stops it, and comes out as a new one would."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Table, UniqueConstraint, event, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, Feedback, Learner, Passing, PromotionRow, QuestionRow, ReviewRow, Row
from knowledge.errors import LedgerUnavailable
from tests.collected import failing

# The columns of the first revision, as they'll be forever.
FIRST = {
    "learner": "id, platform, platform_id",
    "conversation": "id, platform, place, started_at",
    "question": "id, platform, message_id, conversation_id, learner_id, text, asked_at, status",
    "answer": "id, question_id, text, status, state, composer, model, confidence, cards, cited, checks, index_name, created_at, sent_as",
}
CARDS = json.dumps([{"slug": "pretraining", "title": "Pretraining", "score": 0.1234567890123}])
# A learner for each way of asking, a question of each status (one of nobody, gaps in the numbers), an answer of each state.
FILLING = f"""
INSERT INTO learner VALUES (1, 'discord', '111'), (2, 'discord', '222'), (7, 'console', 'ann');
INSERT INTO conversation VALUES (1, 'discord', 'g/1', '2026-02-03 11:00:00.000000'), (3, 'console', 'x', '2026-02-03 11:30:00.000001');
INSERT INTO question VALUES
 (1, 'discord', 'm1', 1, 1, 'Is it „supervised“? 然后 🙂', '2026-02-03 12:00:00.250000', 'answered'),
 (2, 'discord', 'm2', 1, 2, 'and'' this; one--?', '2026-02-03 12:01:00.000000', 'handed_over'),
 (3, 'discord', 'm3', 1, NULL, '', '2026-02-03 12:02:00.000000', 'asked_back'),
 (5, 'console', 'm1', 3, 7, 'never answered', '2026-02-03 12:03:00.000000', 'received'),
 (8, 'console', 'm2', 3, 7, 'answered twice', '2026-02-03 12:04:00.000000', 'answered');
INSERT INTO answer VALUES
 (1, 1, 'A draft.', 'answered', 'draft', 'curated', NULL, 0.1, '{CARDS}', '["pretraining"]', '[]', 'g1', '2026-02-03 12:00:01.5', 'c/m'),
 (2, 2, 'Asked.', 'handed_over', 'withdrawn', 'curated', NULL, 0, '[]', '[]', '[]', 'g1', '2026-02-03 12:01:02.000000', 'channel/9'),
 (4, 3, 'Which?', 'asked_back', 'draft', 'model', 'ollama:x', 0.5, '[]', '[]', '[]', 'g1', '2026-02-03 12:02:02.000000', NULL),
 (5, 8, 'Old.', 'answered', 'corrected', 'mentor', NULL, 1, '[]', '[]', '[{{"cut": 1}}]', 'g1', '2026-02-03 12:04:02.000000', NULL),
 (9, 8, 'New.', 'answered', 'confirmed', 'mentor', NULL, 1, '[]', '[]', '[]', 'g2', '2026-02-03 12:05:02.000000', 'channel/10');
"""
# One row of each new table, for the question 1 and its answer 1.
LOOP = """
INSERT INTO mentor (id, name) VALUES (1, 'Mia');
INSERT INTO claim (question_id, mentor_id, until) VALUES (1, 1, '2026-02-03 13:00:00.000000');
INSERT INTO review (id, question_id, mentor_id, decision, reason, source, answer_id, result_id, at)
 VALUES (1, 1, 1, 'confirm', '', 'shell', 1, 1, '2026-02-03 13:00:00.000000');
INSERT INTO passing (id, answer_id, state, review_id, at) VALUES (100, 1, 'confirmed', 1, '2026-02-03 13:00:00.000000');
INSERT INTO feedback (question_id, answer_id, learner_id, kind, reason, at) VALUES (1, 1, 1, 'up', '', '2026-02-03 13:00:00.000000');
INSERT INTO delivery (key, platform, place, kind, question_id, answer_id, review_id, note, due_at, error, created_at)
 VALUES ('k', 'discord', 'g/1', 'edit', 1, 1, 1, '', '2026-02-03 13:00:00.000000', '', '2026-02-03 13:00:00.000000');
INSERT INTO promotion (question_id, answer_id, mentor_id, kind, slug, path, text, before, diff, impact, state, "commit", note, at)
 VALUES (1, 1, 1, 'new', 's', 's.md', 't', '', 'd', '{}', 'done', 'abc', '', '2026-02-03 13:00:00.000000');
"""
# Upgrades when it's told to; killed, if a word is given, before the first statement that begins with it.
UPGRADING = """
import os, signal, sys
from sqlalchemy import event
from bot.ledger.database import Ledger
ledger = Ledger(sys.argv[1])
def kill(connection, cursor, statement, *rest):
    if sys.argv[2] and statement.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(ledger.engine, "before_cursor_execute", kill)
print("ready", flush=True)
sys.stdin.readline()
ledger.upgrade()
"""
Snapshot = dict[str, list[tuple[Any, ...]]]


def run(connection: Connection, script: str) -> None:
    """Run each statement of a script; its moments are in UTC."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TIME ZONE 'UTC'")
    for statement in script.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def first_rows(ledger: Ledger) -> Snapshot:
    """Return all that the first revision's tables hold, as the driver gives it."""
    with ledger.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT {columns} FROM {name} ORDER BY id")]
            for name, columns in FIRST.items()
        }


def shape(ledger: Ledger) -> dict[str, list[str]]:
    """Return the columns of each table."""
    inspector = inspect(ledger.engine)
    return {name: [column["name"] for column in inspector.get_columns(name)] for name in inspector.get_table_names()}


@pytest.fixture
def earlier(url: str) -> Iterator[Ledger]:
    """Open a ledger of the first revision with rows of every kind in it."""
    ledger = Ledger(url)
    command.upgrade(ledger._alembic(), "0001")
    with ledger.engine.begin() as connection:
        run(connection, FILLING)
    yield ledger
    ledger.close()


def test_an_upgrade_loses_nothing_and_changes_no_value(earlier: Ledger) -> None:
    before = first_rows(earlier)
    assert {name: len(rows) for name, rows in before.items()} == {"learner": 3, "conversation": 2, "question": 5, "answer": 5}
    assert earlier.upgrade() == ("0001", earlier.newest())
    assert first_rows(earlier) == before


def test_rows_of_before_have_the_new_columns_as_if_nothing_had_been_known(earlier: Ledger) -> None:
    earlier.upgrade()
    with earlier.transaction() as session:
        assert {(row.wants_person, row.vector) for row in session.scalars(select(QuestionRow))} == {(False, None)}
        answers = session.scalars(select(AnswerRow).order_by(AnswerRow.id)).all()
        assert [(row.prompt, row.examples, row.evidence) for row in answers] == [(None, [], [])] * 5
        assert (answers[0].cards, answers[3].checks) == (json.loads(CARDS), [{"cut": 1}])


def test_each_answer_of_before_has_passed_into_the_state_that_it_is_in(earlier: Ledger) -> None:
    earlier.upgrade()
    with earlier.transaction() as session:
        answers = session.scalars(select(AnswerRow).order_by(AnswerRow.id)).all()
        passings = session.scalars(select(Passing).order_by(Passing.id)).all()
        assert [(row.id, row.state, row.created_at, None) for row in answers] == [
            (row.answer_id, row.state, row.at, row.review_id) for row in passings
        ]
        assert {row.state for row in passings} == {"draft", "withdrawn", "corrected", "confirmed"}


def of_the_program(table: Table) -> dict[str, set[Any]]:
    """Return what a table's row class says of its keys, references and indexes, by name."""
    return {
        "primary": {(table.primary_key.name, tuple(column.name for column in table.primary_key.columns))},
        "unique": {(rule.name, tuple(rule.columns.keys())) for rule in table.constraints if isinstance(rule, UniqueConstraint)},
        "references": {
            (rule.name, tuple(rule.column_keys), rule.referred_table.name, rule.ondelete) for rule in table.foreign_key_constraints
        },
        "indexes": {(rule.name, tuple(column.name for column in rule.columns), bool(rule.unique)) for rule in table.indexes},
    }


def of_the_database(ledger: Ledger, name: str) -> dict[str, set[Any]]:
    """Return what a database says of the same."""
    inspector = inspect(ledger.engine)
    primary = inspector.get_pk_constraint(name)
    unique = inspector.get_unique_constraints(name)
    return {
        "primary": {(primary["name"], tuple(primary["constrained_columns"]))},
        "unique": {(rule["name"], tuple(rule["column_names"])) for rule in unique},
        "references": {
            (rule["name"], tuple(rule["constrained_columns"]), rule["referred_table"], rule["options"].get("ondelete"))
            for rule in inspector.get_foreign_keys(name)
        },
        # PostgreSQL keeps a unique constraint by an index, and lists that too.
        "indexes": {
            (rule["name"], tuple(rule["column_names"]), bool(rule["unique"]))
            for rule in inspector.get_indexes(name)
            if "duplicates_constraint" not in rule
        },
    }


def test_keys_references_and_indexes_are_there_by_their_names(earlier: Ledger) -> None:
    earlier.upgrade()
    assert set(Row.metadata.tables) == set(shape(earlier)) - {"alembic_version"}
    for name, table in Row.metadata.tables.items():
        assert of_the_database(earlier, name) == of_the_program(table), name


BREAKING_A_RULE = (
    "INSERT INTO passing (answer_id, state, at) VALUES (77, 'draft', '2026-02-03 13:00:00.000000')",
    "INSERT INTO passing (answer_id, state, review_id, at) VALUES (1, 'draft', 77, '2026-02-03 13:00:00.000000')",
    "INSERT INTO passing (answer_id, at) VALUES (1, '2026-02-03 13:00:00.000000')",
    "INSERT INTO claim (question_id, mentor_id, until) VALUES (1, 1, '2026-02-03 14:00:00.000000')",
    "INSERT INTO mentor (name) VALUES ('Mia')",
    "INSERT INTO feedback (question_id, learner_id, kind, reason, at) VALUES (1, 1, 'up', 'again', '2026-02-03 13:00:00.000000')",
    "INSERT INTO delivery (key, platform, place, kind, question_id, note, due_at, error, created_at)"
    " VALUES ('k', 'p', 'g', 'post', 2, '', '2026-02-03 13:00:00.000000', '', '2026-02-03 13:00:00.000000')",
    "INSERT INTO question (platform, message_id, conversation_id, text, asked_at, status)"
    " VALUES ('discord', 'm1', 1, '', '2026-02-03 13:00:00.000000', 'received')",
    "DELETE FROM mentor",
    "UPDATE question SET wants_person = NULL",
    "UPDATE answer SET evidence = NULL",
)


def test_what_breaks_a_rule_is_refused(earlier: Ledger) -> None:
    earlier.upgrade()
    with earlier.engine.begin() as connection:
        run(connection, LOOP)

    def refused(statement: str) -> None:
        with pytest.raises(IntegrityError), earlier.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    assert failing(refused, [(statement,) for statement in BREAKING_A_RULE]) == {}


def test_with_a_question_goes_all_that_was_said_of_it_and_a_promotion_stays_without_it(earlier: Ledger) -> None:
    earlier.upgrade()
    with earlier.engine.begin() as connection:
        run(connection, LOOP)
        defaults = connection.exec_driver_sql("SELECT state, attempts FROM delivery").one()
        assert tuple(defaults) == ("owed", 0)
        connection.exec_driver_sql("DELETE FROM question WHERE id = 1")
        for name in ("claim", "review", "feedback", "delivery"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() == 0, name
    with earlier.transaction() as session:
        assert set(session.scalars(select(AnswerRow.id))) == {2, 4, 5, 9}
        assert set(session.scalars(select(Passing.answer_id))) == {2, 4, 5, 9}
        promotion = session.scalars(select(PromotionRow)).one()
        assert (promotion.question_id, promotion.answer_id, promotion.commit) == (None, None, "abc")


def test_without_its_review_a_passing_stays_and_without_its_learner_feedback_goes(earlier: Ledger) -> None:
    earlier.upgrade()
    with earlier.engine.begin() as connection:
        run(connection, LOOP)
    with earlier.transaction() as session:
        session.delete(session.get_one(ReviewRow, 1))
        session.delete(session.get_one(Learner, 1))
    with earlier.transaction() as session:
        assert session.get_one(Passing, 100).review_id is None
        assert session.scalars(select(Feedback)).all() == []
        assert session.get_one(QuestionRow, 1).learner_id is None


class Stopped(Exception):
    pass


@contextlib.contextmanager
def stopping_before(ledger: Ledger, number: int) -> Iterator[None]:
    """Fail before the statement of this number."""
    count = 0

    def stop(*_: Any) -> None:
        nonlocal count
        count += 1
        if count > number:
            raise Stopped

    event.listen(ledger.engine, "before_cursor_execute", stop)
    yield
    event.remove(ledger.engine, "before_cursor_execute", stop)


def test_an_upgrade_stopped_before_any_of_its_statements_leaves_the_ledger_as_it_was(earlier: Ledger) -> None:
    rows, tables = first_rows(earlier), shape(earlier)
    for number in range(200):
        with stopping_before(earlier, number), contextlib.suppress(Stopped):
            earlier.upgrade()
            break
        assert earlier.revision() == "0001"
        assert (first_rows(earlier), shape(earlier)) == (rows, tables)
    assert number > 20
    assert earlier.revision() == earlier.newest()
    assert first_rows(earlier) == rows


def test_an_empty_ledger_whose_first_upgrade_stopped_is_empty(url: str) -> None:
    ledger = Ledger(url)
    for number in (5, 15, 25):
        with stopping_before(ledger, number), pytest.raises(Stopped):
            ledger.upgrade()
        assert (ledger.revision(), shape(ledger)) == (None, {})
    assert ledger.upgrade() == (None, ledger.newest())
    ledger.close()


def begin_upgrading(ledger: Ledger, killed_before: str = "") -> subprocess.Popen[str]:
    """Start a process that is about to upgrade the ledger."""
    url = ledger.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", UPGRADING, url, killed_before],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("statement", ["CREATE INDEX", "INSERT INTO passing", "UPDATE alembic_version"])
def test_a_ledger_whose_upgrade_was_killed_is_upgraded_by_the_next(earlier: Ledger, statement: str) -> None:
    rows, tables = first_rows(earlier), shape(earlier)
    process = begin_upgrading(earlier, statement)
    _, said = process.communicate("go\n", timeout=60)
    assert process.returncode == -signal.SIGKILL, said
    assert earlier.revision() == "0001"
    assert (first_rows(earlier), shape(earlier)) == (rows, tables)
    assert earlier.upgrade() == ("0001", earlier.newest())
    assert first_rows(earlier) == rows


def test_of_processes_that_upgrade_at_once_each_finds_it_done(earlier: Ledger) -> None:
    rows = first_rows(earlier)
    processes = [begin_upgrading(earlier) for _ in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert outcomes == [("", 0)] * 3
    assert earlier.revision() == earlier.newest()
    assert first_rows(earlier) == rows
    with earlier.transaction() as session:
        assert len(session.scalars(select(Passing)).all()) == len(rows["answer"])


def test_a_step_back_takes_the_new_tables_and_nothing_else(earlier: Ledger) -> None:
    rows, tables = first_rows(earlier), shape(earlier)
    earlier.upgrade()
    with earlier.engine.begin() as connection:
        run(connection, LOOP)
    command.downgrade(earlier._alembic(), "0001")
    assert (first_rows(earlier), shape(earlier)) == (rows, tables)
    assert earlier.upgrade() == ("0001", earlier.newest())


@pytest.fixture
def broken(earlier: Ledger) -> Ledger:
    """Put an answer to no question into an earlier ledger, as SQLite's own shell would."""
    if earlier.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite can be told not to check references")
    with earlier.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute(
            "INSERT INTO answer SELECT 50, 51, text, status, state, composer, model, confidence, cards, cited, checks,"
            " index_name, created_at, sent_as FROM answer WHERE id = 1"
        )
        driver.execute("PRAGMA foreign_keys=ON")
    return earlier


def test_a_ledger_with_a_reference_to_nothing_is_not_upgraded_and_the_line_says_which(broken: Ledger) -> None:
    wrong = "can't be upgraded: row 50 of table answer refers to a row of table question that is not there"
    for _ in range(2):
        with pytest.raises(LedgerUnavailable, match=wrong):
            broken.upgrade()
        assert broken.revision() == "0001"
    with broken.engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        connection.execute(text("DELETE FROM answer WHERE id = 50"))
    assert broken.upgrade() == ("0001", broken.newest())
