"""Forgetting and retention in every place that keeps something: the ledger and its files, the spool, the examples of promotions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from bot.ledger.database import Ledger
from bot.ledger.retention_and_forgetting import Forgotten, forget, promotions_from, purge_in_steps, questions_from
from bot.ledger.spool import Spool
from bot.ledger.vacuum import free_space, rewrite
from bot.review.promotion.promoted_examples import forget_examples


def forget_everywhere(ledger: Ledger, home: Path, user: str, platform: str | None = None) -> Forgotten:
    """Remove a person by their id on one platform or on all.

    Raises:
        LedgerUnavailable: the ledger or its files can't be written; doing the same again finishes it.
        OSError: the spool can't be written.
    """
    spool = Spool(home)
    # No event of the person may be on its way from the spool into the ledger.
    with spool.held():
        spooled = spool.forget(user, platform)
        with ledger.transaction() as session:
            cases, questions = promotions_from(session, user, platform), questions_from(session, user, platform)
        # While the rows still say which cases are the person's, so that this can be done again if it's cut short.
        forget_examples(home, cases, questions)
        with ledger.transaction() as session:
            gone = forget(session, user, platform)
    # Even if nothing was found: an earlier try may have ended just before this.
    rewrite(ledger)
    return replace(gone, spooled=spooled)


def purge_everywhere(ledger: Ledger, home: Path, *, older_than_days: int, now: dt.datetime) -> int:
    """Remove what is older than so many days; return how many questions.

    Raises:
        LedgerUnavailable: the ledger can't be written.
        OSError: the spool can't be written.
    """
    Spool(home).purge(now - dt.timedelta(days=older_than_days))
    questions = purge_in_steps(ledger, older_than_days=older_than_days, now=now)
    if questions:
        free_space(ledger)
    return questions
