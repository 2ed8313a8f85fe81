"""Alembic's environment: the ledger's migrations run on the engine that the ledger opened, all in one transaction or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection

from bot.ledger.tables import Row

# Any number that this program takes for nothing else: processes that start together upgrade one after the other.
LOCK = 4_157_001


@contextmanager
def unchecked_references(connection: Connection) -> Iterator[None]:
    """Leave references unchecked on SQLite, where a batch drops the table that it copied: whatever cascades from its rows would go too."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Past SQLAlchemy, which would begin a transaction: SQLite ignores this pragma inside of one.
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF").close()
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON").close()


def let_nobody_else_upgrade(connection: Connection) -> None:
    """Wait until no other process upgrades; on SQLite the transaction itself has seen to that."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def refuse_broken_references(connection: Connection) -> None:
    """Fail, and so take everything back, if the migrations left a row on SQLite that refers to none."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise CommandError(f"row {broken[1]} of table {broken[0]} refers to a row of table {broken[2]} that is not there")


engine = context.config.attributes["engine"]
with engine.connect() as connection, unchecked_references(connection):
    # SQLite's tables change within a transaction as any row does; Alembic takes it for a database where they don't.
    context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        let_nobody_else_upgrade(connection)
        context.run_migrations()
        refuse_broken_references(connection)
