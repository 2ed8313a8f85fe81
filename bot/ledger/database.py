"""The ledger's database: its engine, its migrations, and one transaction per decision."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from bot.ledger.deadline import ANSWER_WITHIN_S, connect_with_deadline, without_deadline
from bot.ledger.tables import Row
from knowledge.errors import LedgerAway, LedgerUnavailable, UsageError
from knowledge.files import PRIVATE

AnyRow = TypeVar("AnyRow", bound=Row)

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 5_000
# What a connection to SQLite keeps of the file: by default 2 MB, fewer than a page of the desk reads of a year's questions.
CACHE_KB = 32_000
# A learner waits for each of these. Source: libpq's connection parameters; seconds and milliseconds.
POSTGRESQL_TIMEOUTS = {"connect_timeout": 5, "tcp_user_timeout": 10_000}

URL_FORM = "begin it with postgresql+psycopg:// or sqlite:///"

# These failures don't pass with time. Without a connection, drivers tell them apart by their words alone.
REFUSED = re.compile(r"authentication failed|does not exist|no password supplied|unable to open", re.IGNORECASE)


class Ledger:
    """An open ledger: hands out sessions, each of which is one transaction.

    Nothing is made or reached before it's used. Units: busy_timeout_ms is how long a transaction waits for a lock that another holds,
    answer_within_s how long it waits for PostgreSQL at all.
    """

    def __init__(self, url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        self.busy_timeout_ms = busy_timeout_ms
        try:
            parsed = make_url(url)
            in_file = parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}
            self.file = Path(str(parsed.database)) if in_file else None
            self.engine: Engine = create_engine(url, pool_pre_ping=True, connect_args=timeouts_for(parsed))
        except ModuleNotFoundError as error:
            raise UsageError(f"ASKWELL_DATABASE_URL needs the driver '{error.name}', which is not installed: {URL_FORM}") from None
        except (ArgumentError, NoSuchModuleError) as error:
            why = str(error).splitlines()[0]
            raise UsageError(f"ASKWELL_DATABASE_URL is not a database URL that SQLAlchemy knows ({why}): {URL_FORM}") from None
        if parsed.get_backend_name() == "sqlite":
            event.listen(self.engine, "connect", self._prepare_sqlite)
            event.listen(self.engine, "begin", begin_sqlite)
        if parsed.drivername == "postgresql+psycopg":
            event.listen(
                self.engine, "do_connect", lambda _dialect, _record, given, named: connect_with_deadline(answer_within_s, *given, **named)
            )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._upgrading = threading.Lock()
        self._upgrade_first = False
        # Which file the connections have open: one that was deleted takes rows that nobody will read.
        self._open_file: tuple[int, int] | None = None

    @contextmanager
    def transaction(self, *, only_reads: bool = False) -> Iterator[Session]:
        """Open a session that commits when the block ends and rolls back when it fails; one that `only_reads` keeps no writer waiting.

        Raises:
            LedgerAway: the ledger's file was deleted while it was open.
            LedgerUnavailable: the database can't be reached, is busy, locked or full, or lacks its tables.
        """
        self._follow_file()
        if self._upgrade_first:
            self._upgrade_now()
        try:
            with self._sessions.begin() as session:
                if only_reads:
                    session.connection(execution_options={"only_reads": True})
                if self.engine.dialect.name == "postgresql":
                    session.execute(text(f"SET LOCAL lock_timeout = {self.busy_timeout_ms}"))
                yield session
        except SQLAlchemyError as error:
            reason = reason_of(error)
            cure = "run 'askwell ledger upgrade'" if "no such table" in reason or "does not exist" in reason else "see 'askwell doctor'"
            raise LedgerUnavailable(f"the ledger at {self.shown} can't be used ({reason}): {cure}") from error

    def _follow_file(self) -> None:
        """Open the ledger's file again if another one has taken its place.

        Raises:
            LedgerAway: it was deleted. SQLite would go on with the deleted file, or begin an empty one.
        """
        if self._open_file is None:
            return
        there = which_file(self.file)
        if there is None:
            raise LedgerAway(f"the ledger's file {self.file} was deleted: bring it back, or restore a backup ('askwell restore FILE')")
        if there != self._open_file:
            self.engine.dispose()

    @property
    def shown(self) -> str:
        """Return the ledger's address without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @property
    def has_file(self) -> bool:
        """Return False if this ledger is a file and isn't there."""
        return self.file is None or self.file.exists()

    def upgrade(self, to: str = "head") -> tuple[str | None, str]:
        """Bring the tables up to date, or to a revision; return the revision before and after.

        Raises:
            LedgerAway: the database can't be reached, or is locked.
            LedgerUnavailable: it is newer than this program, or refuses.
        """
        self._keep_file_private()
        before = self.revision()
        if to == "head" and before == self.newest():
            return before, before
        self.refuse_newer(before)
        try:
            with without_deadline():
                command.upgrade(self._alembic(), to)
        except (SQLAlchemyError, CommandError) as error:
            raise LedgerUnavailable(f"the ledger at {self.shown} can't be upgraded: {str(error).splitlines()[0]}") from error
        return before, self.newest() if to == "head" else to

    def refuse_newer(self, revision: str | None) -> None:
        """Raise LedgerUnavailable if this program doesn't know a revision."""
        if revision is None:
            return
        try:
            ScriptDirectory.from_config(self._alembic()).get_revision(revision)
        except CommandError:
            raise LedgerUnavailable(
                f"the ledger at {self.shown} can't be upgraded: it's at {revision}, which a newer Askwell made (this one knows up to "
                f"{self.newest()}): run the newer version again, or restore a backup from before the upgrade (docs/operators/upgrade.md)"
            ) from None

    def _keep_file_private(self) -> None:
        """Make the folder and the file of a ledger in SQLite, readable by their owner alone; SQLite gives its other files the same mode.

        Raises:
            LedgerUnavailable: they can't be made.
        """
        if self.file is None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.file, os.O_WRONLY | os.O_CREAT, PRIVATE))
            if self.file.stat().st_uid == os.geteuid():
                self.file.chmod(PRIVATE)
        except OSError as error:
            raise LedgerUnavailable(f"the ledger's file can't be made: {error}") from error

    def upgrade_when_back(self) -> None:
        """Bring the tables up to date before the first transaction that reaches them."""
        self._upgrade_first = True

    def _upgrade_now(self) -> None:
        """Bring the tables up to date once; other callers fail meanwhile instead of waiting.

        Raises:
            LedgerAway: it can't be done yet.
        """
        if not self._upgrading.acquire(blocking=False):
            raise LedgerAway(f"the ledger at {self.shown} is being brought up to date")
        try:
            if self._upgrade_first:
                self.upgrade()
                self._upgrade_first = False
        except LedgerUnavailable as error:
            # Without its cause: the spool would take that for a fault of the event that it wanted to enter.
            raise LedgerAway(str(error)) from None
        finally:
            self._upgrading.release()

    def revision(self) -> str | None:
        """Return the revision that the database is at, None if it's empty.

        Raises:
            LedgerAway: the database can't be reached, or is locked.
            LedgerUnavailable: it's no database, or refuses the connection.
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

    def _prepare_sqlite(self, connection: Any, _record: Any) -> None:
        """Set SQLite up for several readers and one writer that waits instead of failing."""
        # Python's driver would begin transactions by itself, but only before it writes: a savepoint's end would then commit.
        connection.isolation_level = None
        cursor = connection.cursor()
        waits, remembers = f"busy_timeout={self.busy_timeout_ms}", f"cache_size=-{CACHE_KB}"
        for pragma in ("journal_mode=WAL", waits, remembers, "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        self._open_file = which_file(self.file)

    def _alembic(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["engine"] = self.engine
        return config


def which_file(path: Path | None) -> tuple[int, int] | None:
    """Return the device and number of a file, which tell it from another under the same name; None if there is none."""
    try:
        there = None if path is None else path.stat()
    except OSError:
        return None
    return None if there is None else (there.st_dev, there.st_ino)


def reason_of(error: SQLAlchemyError) -> str:
    """Return a database error in one line, in the driver's own words where it has any."""
    said = getattr(error, "orig", None) or next(iter(error.args), "")
    return next(iter(str(said).splitlines()), type(error).__name__)


def timeouts_for(url: URL) -> dict[str, int]:
    """Return the timeouts of a PostgreSQL connection that its URL doesn't set."""
    return {name: value for name, value in POSTGRESQL_TIMEOUTS.items() if url.drivername == "postgresql+psycopg" and name not in url.query}


def get_or_create(session: Session, table: type[AnyRow], key: dict[str, Any], **columns: Any) -> AnyRow:
    """Return the row with these key columns, made with the other columns if there is none yet."""
    wanted = select(table).filter_by(**key)
    row = session.scalar(wanted)
    if row is not None:
        return row
    row = table(**key, **columns)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Another transaction made it at the same moment.
        return session.scalars(wanted).one()
    return row


def begin_sqlite(connection: Connection) -> None:
    """Begin a transaction as a writer; one that reads first and writes later fails without waiting if another wrote meanwhile.

    With the execution option `only_reads`, it keeps no writer waiting.
    """
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("only_reads") else "BEGIN IMMEDIATE")
