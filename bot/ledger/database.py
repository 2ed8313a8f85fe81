"""How the ledger is opened, brought up to date and kept whole: engines, migrations, one transaction per decision."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from knowledge.errors import LedgerAway, LedgerUnavailable, UsageError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 5_000
# A learner waits behind each of these. Source: libpq's connection parameters; seconds and milliseconds.
PATIENCE = {"connect_timeout": 5, "tcp_user_timeout": 10_000}

# What no waiting mends; drivers tell it apart by words alone where there is no connection yet.
REFUSED = re.compile(r"authentication failed|does not exist|no password supplied|unable to open", re.IGNORECASE)


class Ledger:
    """An open ledger: hands out sessions, each of which is one transaction."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
                Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            self.engine: Engine = create_engine(url, pool_pre_ping=True, connect_args=patience(parsed))
        except ModuleNotFoundError as error:
            raise UsageError(f"ASKWELL_DATABASE_URL needs the driver '{error.name}', which is not installed") from None
        except (ArgumentError, NoSuchModuleError) as error:
            raise UsageError(f"ASKWELL_DATABASE_URL is not a database URL that SQLAlchemy knows: {str(error).splitlines()[0]}") from None
        except OSError as error:
            raise LedgerUnavailable(f"the ledger's folder can't be made: {error}") from error
        if parsed.get_backend_name() == "sqlite":
            event.listen(self.engine, "connect", prepare_sqlite)
            event.listen(self.engine, "begin", begin_sqlite)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._upgrading = threading.Lock()
        self._upgrade_first = False

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session that commits when the block ends and rolls back when it fails.

        Raises:
            LedgerUnavailable: the database can't be reached, is busy, locked or full, or lacks its tables.
        """
        if self._upgrade_first:
            self._upgrade_now()
        try:
            with self._sessions.begin() as session:
                if self.engine.dialect.name == "postgresql":
                    session.execute(text(f"SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}"))
                yield session
        except SQLAlchemyError as error:
            reason = reason_of(error)
            cure = "run 'askwell ledger upgrade'" if "no such table" in reason or "does not exist" in reason else "see 'askwell doctor'"
            raise LedgerUnavailable(f"the ledger at {self.shown} can't be used ({reason}): {cure}") from error

    @property
    def shown(self) -> str:
        """Return where the ledger is, without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables up to date; return the revision before and after.

        Raises:
            LedgerAway: the database can't be reached, or is locked.
            LedgerUnavailable: it is newer than this program, or refuses.
        """
        before = self.revision()
        if before == self.newest():
            return before, before
        try:
            command.upgrade(self._alembic(), "head")
        except (SQLAlchemyError, CommandError) as error:
            raise LedgerUnavailable(f"the ledger at {self.shown} can't be upgraded: {str(error).splitlines()[0]}") from error
        return before, self.newest()

    def upgrade_when_back(self) -> None:
        """Bring the tables up to date before the first transaction that reaches them."""
        self._upgrade_first = True

    def _upgrade_now(self) -> None:
        """Bring the tables up to date, once; who comes meanwhile is not to wait.

        Raises:
            LedgerAway: it can't be done yet. What was to be entered is not to blame, so there is no cause to ask about.
        """
        if not self._upgrading.acquire(blocking=False):
            raise LedgerAway(f"the ledger at {self.shown} is being brought up to date")
        try:
            if self._upgrade_first:
                self.upgrade()
                self._upgrade_first = False
        except LedgerUnavailable as error:
            raise LedgerAway(str(error)) from None
        finally:
            self._upgrading.release()

    def revision(self) -> str | None:
        """Return the revision that the database is at, None if it's empty.

        Raises:
            LedgerAway: the database can't be reached, or is locked.
            LedgerUnavailable: it's no database, or refuses whoever asks.
        """
        try:
            with self.engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision()
        except SQLAlchemyError as error:
            kind = LedgerAway if isinstance(error, OperationalError) and not REFUSED.search(str(error)) else LedgerUnavailable
            raise kind(f"the ledger at {self.shown} can't be reached: {str(error).splitlines()[0]}") from error

    def newest(self) -> str:
        """Return the newest revision that this program knows."""
        return str(ScriptDirectory.from_config(self._alembic()).get_current_head())

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _alembic(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["engine"] = self.engine
        return config


def reason_of(error: SQLAlchemyError) -> str:
    """Return in one line what went wrong: the driver's own words where it was the driver."""
    said = getattr(error, "orig", None) or next(iter(error.args), "")
    return next(iter(str(said).splitlines()), type(error).__name__)


def patience(url: URL) -> dict[str, int]:
    """Return how long to wait for PostgreSQL, where its URL doesn't say."""
    return {name: value for name, value in PATIENCE.items() if url.drivername == "postgresql+psycopg" and name not in url.query}


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set SQLite up for several readers and one writer that waits instead of failing."""
    # Python's driver would begin transactions by itself, but only before it writes: a savepoint's end would then commit.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_sqlite(connection: Connection) -> None:
    """Begin a transaction as a writer at once.

    One that reads first and writes later fails without waiting if another wrote meanwhile.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE")
