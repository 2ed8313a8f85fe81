"""A fresh ledger per test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.ledger.conftest import ledger, url

__all__ = ["ledger", "url"]
