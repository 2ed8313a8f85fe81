"""A ledger that has vanished is not replaced by an empty one in silence; one in a file is its owner's alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.ledger.database import Ledger
from bot.ledger.safekeeping.known_ledger import note_used, refuse_vanished
from bot.ledger.tables import Row
from knowledge.errors import LedgerUnavailable


def test_a_file_that_has_vanished_is_said_and_not_made_again(tmp_path: Path) -> None:
    path, home = tmp_path / "ledger.sqlite3", tmp_path / "home"
    ledger = Ledger(f"sqlite:///{path}")
    refuse_vanished(home, ledger)
    ledger.upgrade()
    note_used(home, ledger)
    refuse_vanished(home, ledger)
    ledger.close()
    path.unlink()
    with pytest.raises(LedgerUnavailable, match=r"\Athe ledger at .* has vanished.*askwell restore FILE.*remove .*ledger-url\Z"):
        refuse_vanished(home, ledger)
    assert not path.exists()
    (home / "ledger-url").unlink()
    refuse_vanished(home, ledger)


def test_a_database_that_has_lost_its_tables_has_vanished(ledger: Ledger, tmp_path: Path) -> None:
    note_used(tmp_path / "home", ledger)
    refuse_vanished(tmp_path / "home", ledger)
    with ledger.engine.begin() as connection:
        Row.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(LedgerUnavailable, match="has vanished"):
        refuse_vanished(tmp_path / "home", ledger)


def test_a_ledger_in_a_file_is_readable_by_its_owner_alone_also_one_of_an_earlier_version(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    for _ in range(2):
        ledger = Ledger(f"sqlite:///{path}")
        ledger.upgrade()
        with ledger.transaction() as session:
            session.execute(text("SELECT 1"))
            assert {each.stat().st_mode & 0o777 for each in tmp_path.glob("ledger.sqlite3*")} == {0o600}
        ledger.close()
        path.chmod(0o644)
