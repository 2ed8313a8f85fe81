"""The space of removed rows: rewritten without their words, or only given back to the database."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from bot.ledger.database import Ledger, reason_of
from bot.ledger.deadline import without_deadline
from bot.ledger.tables import AnswerRow, Conversation, DeliveryRow, Feedback, Learner, PromotionRow, QuestionRow, ReviewRow
from knowledge.errors import LedgerUnavailable

# The tables that hold people's words or their ids.
WITH_WORDS = (Conversation, Learner, QuestionRow, AnswerRow, Feedback, ReviewRow, PromotionRow, DeliveryRow)
NOT_REWRITTEN = "the rows are removed, but the ledger is busy and its files still hold the words: do the same again in a quiet moment"


def rewrite(ledger: Ledger) -> None:
    """Rewrite the database's files without removed rows; no transaction may be open.

    Raises:
        LedgerUnavailable: another program uses the ledger; the rows are removed all the same.
    """
    try:
        if ledger.engine.dialect.name == "sqlite":
            rewrite_sqlite(ledger)
        else:
            rewrite_postgresql(ledger)
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"{NOT_REWRITTEN} ({reason_of(error)})") from error


def rewrite_sqlite(ledger: Ledger) -> None:
    """Vacuum, and empty the write-ahead log, which holds earlier pages."""
    # SQLAlchemy would begin a transaction, in which SQLite can't vacuum.
    with ledger.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver_error: type[Exception] = ledger.engine.dialect.loaded_dbapi.Error
        try:
            driver.execute("VACUUM").close()
            busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except driver_error as error:
            raise LedgerUnavailable(f"{NOT_REWRITTEN} ({error})") from error
    if busy:
        raise LedgerUnavailable(NOT_REWRITTEN)


def rewrite_postgresql(ledger: Ledger) -> None:
    """Write each table into a new file, and renew the statistics, which quote some words."""
    with without_deadline(), ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Writers are waited for, but not for ever, since those behind would wait too.
        connection.exec_driver_sql(f"SET lock_timeout = {ledger.busy_timeout_ms}")
        try:
            for table in WITH_WORDS:
                connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table.__tablename__}")
        finally:
            connection.exec_driver_sql("RESET lock_timeout")


def free_space(ledger: Ledger) -> None:
    """Let the database use the space of removed rows again, without a lock that others wait for; no transaction may be open.

    SQLite does so by itself, and overwrites removed rows with zeros (`secure_delete`).
    """
    if ledger.engine.dialect.name == "sqlite":
        return
    with without_deadline(), ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in WITH_WORDS:
            # Cutting empty pages off the file would need an exclusive lock, and waits 5 s for it.
            connection.exec_driver_sql(f"VACUUM (ANALYZE, TRUNCATE FALSE) {table.__tablename__}")
