"""A copy of the ledger's rows as lines of JSON, which any database can take: written while others write, read into an empty ledger."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, Column, Connection, DateTime, LargeBinary, MetaData, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.ledger.database import Ledger, reason_of
from bot.ledger.deadline import without_deadline
from knowledge.errors import LedgerUnavailable, Refused

ROWS_AT_ONCE = 500
# Tables that the ledger fills by itself: Alembic's one row, which upgrading writes, and what it makes of the others.
MADE = {"alembic_version", "queue_fact", "queue_change", "citation"}


@contextmanager
def snapshot(ledger: Ledger) -> Iterator[Connection]:
    """Open a connection that sees the ledger as of one moment, and keeps no writer waiting.

    Raises:
        LedgerUnavailable: the ledger can't be read.
    """
    engine = ledger.engine
    is_sqlite = engine.dialect.name == "sqlite"
    options: dict[str, Any] = {"only_reads": True} if is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with without_deadline(), engine.connect().execution_options(**options) as connection:
            yield connection
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger at {ledger.shown} can't be read ({reason_of(error)})") from error


def rows_of(connection: Connection) -> Iterator[bytes]:
    """Yield every row of every table as a line of JSON; a table comes after those that it refers to."""
    for table in tables_of(connection):
        for row in connection.execution_options(stream_results=True).execute(select(table)).mappings():
            values = {name: plain_value(value) for name, value in row.items()}
            yield json.dumps({"table": table.name, "row": values}).encode() + b"\n"


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables as they are in the database, whatever program made them."""
    found = MetaData()
    found.reflect(connection)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                # Only a column that may be empty has no value; in any other, None is JSON's null.
                column.type.none_as_null = bool(column.nullable)
    return [table for table in found.sorted_tables if table.name not in MADE]


def plain_value(value: Any) -> Any:
    """Return a value as JSON has it: moments in UTC, bytes in base 64."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=value.tzinfo or dt.UTC).astimezone(dt.UTC).isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def column_value(column: Column[Any], value: Any, *, with_zone: bool) -> Any:
    """Return a value as a column takes it."""
    if value is None:
        return None
    if isinstance(column.type, DateTime):
        moment = dt.datetime.fromisoformat(value)
        return moment if with_zone else moment.replace(tzinfo=None)
    return base64.b64decode(value) if isinstance(column.type, LargeBinary) else value


def is_empty(ledger: Ledger) -> bool:
    """Return whether no table has a row.

    Raises:
        LedgerUnavailable: the ledger can't be read.
    """
    with snapshot(ledger) as connection:
        return not any(connection.execute(select(func.count()).select_from(table)).scalar() for table in tables_of(connection))


def put_rows(ledger: Ledger, lines: Iterable[bytes], revision: str, *, replace: bool) -> int:
    """Put the rows of a copy into a ledger, which is at that copy's revision first and then at this program's; return how many.

    Raises:
        Refused: the ledger isn't empty, and what is there is not to be replaced.
        LedgerUnavailable: it can't be written, or the copy is of a newer program; doing the same again starts from the beginning.
    """
    ledger.refuse_newer(revision)
    if ledger.has_file and ledger.revision() is not None and not replace and not is_empty(ledger):
        raise Refused(f"the ledger at {ledger.shown} has rows: restore into an empty one, or add --replace to remove all that it has")
    try:
        with without_deadline():
            if ledger.has_file:
                drop_all(ledger)
            ledger.upgrade(revision)
            with ledger.engine.begin() as connection:
                entered = enter_rows(connection, lines)
            ledger.upgrade()
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger at {ledger.shown} can't be written ({reason_of(error)}): do the same again") from error
    return entered


def drop_all(ledger: Ledger) -> None:
    """Remove every table."""
    with ledger.engine.begin() as connection:
        found = MetaData()
        found.reflect(connection)
        found.drop_all(connection)


def enter_rows(connection: Connection, lines: Iterable[bytes]) -> int:
    """Enter the rows of a copy into tables that are empty; return how many."""
    tables = {table.name: table for table in tables_of(connection)}
    entered = 0
    for name, rows in groupby((json.loads(line) for line in lines), key=lambda each: str(each["table"])):
        portion: list[Mapping[str, Any]] = []
        for each in rows:
            portion.append(each["row"])
            if len(portion) == ROWS_AT_ONCE:
                entered += enter_portion(connection, tables[name], portion)
                portion = []
        entered += enter_portion(connection, tables[name], portion)
    if connection.dialect.name == "postgresql":
        for table in tables.values():
            go_on_counting(connection, table)
    return entered


def enter_portion(connection: Connection, table: Table, rows: list[Mapping[str, Any]]) -> int:
    """Enter some rows of one table; return how many."""
    with_zone = connection.dialect.name != "sqlite"
    values = [{name: column_value(table.columns[name], value, with_zone=with_zone) for name, value in row.items()} for row in rows]
    if values:
        connection.execute(table.insert(), values)
    return len(values)


def go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row of a table after those that were entered."""
    if "id" in table.columns:
        largest = f"(SELECT max(id) FROM {table.name})"
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), coalesce({largest}, 1), {largest} IS NOT NULL)"
        )
