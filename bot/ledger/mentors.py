"""Mentors, by the name under which their decisions and commits are shown."""

from __future__ import annotations

import unicodedata

from sqlalchemy.orm import Session

from bot.ledger.database import get_or_create
from bot.ledger.tables import Mentor
from knowledge.errors import UsageError

# The width of the column.
MAX_NAME = 128


def mentor_named(session: Session, name: str) -> Mentor:
    """Return the mentor of this name, added if unknown.

    Raises:
        UsageError: it's no name that can be shown in one line.
    """
    return get_or_create(session, Mentor, {"name": checked_name(name)})


def checked_name(name: str) -> str:
    """Return a mentor's name as the ledger keeps it, without spaces around it.

    >>> checked_name(" Ada Lovelace ")
    'Ada Lovelace'

    Raises:
        UsageError: it's empty, too long, or not one line of text.
    """
    shown = unicodedata.normalize("NFC", name.strip())
    if not shown:
        raise UsageError("a decision needs a mentor's name, and this one is empty")
    if len(shown) > MAX_NAME:
        raise UsageError(f"a mentor's name has at most {MAX_NAME} characters, and this one has {len(shown)}")
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in shown):
        raise UsageError("a mentor's name is one line of text, and this one has a line break or another control character in it")
    return shown
