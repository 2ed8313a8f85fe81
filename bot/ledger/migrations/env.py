"""How Alembic runs the ledger's migrations: on the engine that the ledger opened."""

from __future__ import annotations

from alembic import context

from bot.ledger.tables import Row

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
