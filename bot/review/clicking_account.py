"""The account of a mentor who clicks on a platform."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.ledger.mentors import mentor_of_account


class Account(NamedTuple):
    """An account: `account` never changes; `name` is what the person calls themselves there now, `handle` is nobody else's."""

    platform: str
    account: str
    name: str
    handle: str


def mentor_with(session: Session, account: Account) -> str:
    """Return the name under which an account decides, the same whatever it's called later."""
    return mentor_of_account(session, *account)
