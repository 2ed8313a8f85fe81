"""Mentors, by the name under which their decisions and commits are shown, and by their accounts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.ledger.database import get_or_create
from bot.ledger.tables import Mentor, MentorAccount
from knowledge.errors import UsageError

# The width of the column.
MAX_NAME = 128


def mentor_named(session: Session, name: str) -> Mentor:
    """Return the mentor of this name, added if unknown.

    Raises:
        UsageError: it's no name that can be shown in one line.
    """
    return get_or_create(session, Mentor, {"name": checked_name(name)})


@dataclass(frozen=True)
class Account:
    """A mentor's account: `account` never changes; `name` is what they call themselves there now, `unique_name` is nobody else's."""

    platform: str
    account: str
    name: str
    unique_name: str


def mentor_with(session: Session, account: Account) -> Mentor:
    """Return the mentor who has an account, under their present name.

    A mentor who was known by that name alone is taken for the same person, unless another account of the platform has it: then the name
    is followed by one that only this account has.

    Raises:
        UsageError: it's no name that can be shown in one line.
    """
    mentor = mentor_known_with(session, account)
    for name in possible_names(account):
        if mentor is None:
            mentor = linked(session, account, get_or_create(session, Mentor, {"name": name}))
        elif mentor.name != name:
            renamed(session, mentor, name)
        if mentor is not None and mentor.name == name:
            break
    # The last name has the account's number in it, so that it can be nobody else's.
    assert mentor is not None
    return mentor


def mentor_known_with(session: Session, account: Account) -> Mentor | None:
    """Return the mentor who has an account, None if it's new."""
    own = (MentorAccount.platform == account.platform) & (MentorAccount.platform_id == account.account)
    return session.scalar(select(Mentor).join(MentorAccount, MentorAccount.mentor_id == Mentor.id).where(own))


def linked(session: Session, account: Account, mentor: Mentor) -> Mentor | None:
    """Link an account with a mentor; return the mentor who has it then, None if this one has another account there."""
    try:
        with session.begin_nested():
            session.add(MentorAccount(platform=account.platform, platform_id=account.account, mentor_id=mentor.id))
    except IntegrityError:
        return mentor_known_with(session, account)
    return mentor


def renamed(session: Session, mentor: Mentor, name: str) -> None:
    """Give a mentor another name unless somebody has it."""
    try:
        with session.begin_nested():
            mentor.name = name
    except IntegrityError:
        session.refresh(mentor)


def possible_names(account: Account) -> Iterator[str]:
    """Yield the names under which an account may be shown, the best first."""
    name = checked_name(account.name[:MAX_NAME])
    yield name
    for unique in (account.unique_name, account.account):
        yield checked_name(f"{name[: MAX_NAME - len(unique) - 3]} ({unique})")


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
