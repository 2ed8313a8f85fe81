"""The mentors of the ledger: people by the name under which their decisions and commits are shown."""

from __future__ import annotations

import unicodedata

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.ledger.tables import Mentor
from knowledge.errors import UsageError

# The width of the column.
MAX_NAME = 128


def mentor_named(session: Session, name: str) -> Mentor:
    """Return the mentor of this name, entered now if unknown.

    Raises:
        UsageError: it's no name that can be shown in one line.
    """
    shown = checked_name(name)
    wanted = select(Mentor).where(Mentor.name == shown)
    row = session.scalar(wanted)
    if row is None:
        try:
            with session.begin_nested():
                row = Mentor(name=shown)
                session.add(row)
        except IntegrityError:
            row = session.scalars(wanted).one()
    return row


def checked_name(name: str) -> str:
    """Return a mentor's name as it's kept: without spaces around it.

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
