"""The ledger that a home has used before: one that is away then is waited for, and one that has vanished is not replaced in silence."""

from __future__ import annotations

import contextlib
from pathlib import Path

from bot.ledger.database import Ledger
from knowledge.errors import LedgerUnavailable
from knowledge.files import PRIVATE, write_durably

FILE = "ledger-url"


def was_used(home: Path, ledger: Ledger) -> bool:
    """Return whether this home has used a ledger before."""
    try:
        return (home / FILE).read_bytes() == ledger.shown.encode()
    except OSError:
        return False


def note_used(home: Path, ledger: Ledger) -> None:
    """Note that this home has used a ledger; a home that can't be written is no matter here."""
    if not was_used(home, ledger):
        with contextlib.suppress(OSError):
            home.mkdir(parents=True, exist_ok=True)
            write_durably(home / FILE, ledger.shown.encode(), mode=PRIVATE)


def refuse_vanished(home: Path, ledger: Ledger) -> None:
    """Raise LedgerUnavailable if this home has used a ledger that isn't there any more, or is empty now.

    Raises:
        LedgerAway: the database can't be reached, or is locked.
    """
    if was_used(home, ledger) and (not ledger.has_file or ledger.revision() is None):
        raise LedgerUnavailable(
            f"the ledger at {ledger.shown} has vanished, and this home has used it: bring it back, or restore a backup "
            f"('askwell restore FILE'); to begin an empty one, remove {home / FILE}"
        )
