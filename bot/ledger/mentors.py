"""Mentors, by the name under which their decisions and commits are shown, and the accounts that stand for one of them for good."""

from __future__ import annotations

import unicodedata

from sqlalchemy import Select, func, select
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


def mentor_of_account(session: Session, platform: str, platform_id: str, name: str, handle: str) -> str:
    """Return the name under which an account decides.

    At first it's the account's own name; where another account decides under it already, one with the account's handle behind it. Later
    it's the same, so that nobody gets another's name by a change of their own.
    """
    own = named_accounts().where(MentorAccount.platform == platform, MentorAccount.platform_id == platform_id)
    shown = plain(name) or plain(handle) or platform
    for wanted in (shown, with_behind(shown, plain(handle)), with_behind(shown, f"{platform} {platform_id}")):
        bound = session.scalar(own)
        if bound is not None:
            return bound
        if is_an_accounts(session, wanted):
            continue
        mentor = mentor_named(session, wanted)
        try:
            with session.begin_nested():
                session.add(MentorAccount(platform=platform, platform_id=platform_id, mentor_id=mentor.id))
        except IntegrityError:
            # Another transaction took the account or the name at the same moment.
            continue
    return session.scalars(own).one()


def is_an_accounts(session: Session, name: str) -> bool:
    """Return whether an account decides under this name, in whatever case: then nobody else may."""
    return session.scalar(named_accounts().where(func.lower(Mentor.name) == func.lower(name))) is not None


def named_accounts() -> Select[str]:
    """Return the names of the mentors who have accounts."""
    return select(Mentor.name).join(MentorAccount, MentorAccount.mentor_id == Mentor.id)


def plain(name: str) -> str:
    r"""Return a platform's name as one line that the ledger takes.

    >>> plain(" Ada\n\u202eLovelace ")
    'Ada Lovelace'
    """
    whole = unicodedata.normalize("NFC", name)
    letters = [" " if unicodedata.category(each) in {"Cc", "Zl", "Zp", "Zs"} else each for each in whole]
    return " ".join("".join(each for each in letters if unicodedata.category(each) not in {"Cs", "Cf"}).split())[:MAX_NAME].strip()


def with_behind(name: str, behind: str) -> str:
    """Return a name with more behind it, no longer than a name may be."""
    return f"{name[: MAX_NAME - len(behind) - 3].strip()} ({behind})"
