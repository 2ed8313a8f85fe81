"""A fresh ledger per test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.ledger.conftest import ledger, new_postgresql, url

__all__ = ["ledger", "new_postgresql", "url"]
