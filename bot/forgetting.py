"""Forgetting and retention wherever something is kept: in the ledger, in its files, in the spool, in what promotions left in the home."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from bot.ledger.database import Ledger
from bot.ledger.privacy import Forgotten, forget, free_space, promoted, purge, scrub
from bot.ledger.spool import Spool
from bot.review.promotion.leftovers import forget_cases


def forget_everywhere(ledger: Ledger, home: Path, user: str, platform: str | None = None) -> Forgotten:
    """Remove a person by their id on a platform, on all where it's not said.

    Raises:
        LedgerUnavailable: the ledger can't be written, or its files not be rid of the words; doing the same again finishes it.
        OSError: the spool can't be written.
    """
    spool = Spool(home)
    # Nothing of theirs must be on its way from the spool into the ledger.
    with spool.held():
        spooled = spool.forget(user, platform)
        with ledger.transaction() as session:
            cases = promoted(session, user, platform)
        # Before the rows are gone: by them it's known which cases are theirs, also if this is cut short and done again.
        forget_cases(home, cases)
        with ledger.transaction() as session:
            gone = forget(session, user, platform)
    # Also if nothing was found: an earlier try may have come no further than to here.
    scrub(ledger)
    return replace(gone, spooled=spooled)


def purge_everywhere(ledger: Ledger, home: Path, *, older_than_days: int, now: dt.datetime) -> int:
    """Remove what is older than that; return how many questions.

    Raises:
        LedgerUnavailable: the ledger can't be written.
        OSError: the spool can't be written.
    """
    Spool(home).purge(now - dt.timedelta(days=older_than_days))
    with ledger.transaction() as session:
        questions = purge(session, older_than_days=older_than_days, now=now)
    if questions:
        free_space(ledger)
    return questions
