"""The mentors' last day in figures: what waits and for how long, what was settled, and which cards were written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.tables import SECOND_OPINION, PromotionRow, ReviewRow
from bot.review.promotion.apply import DONE
from bot.review.queue.triage import Waiting, queue
from bot.review.queue.worth import is_awaited

LAST = dt.timedelta(days=1)
# More than a queue has that anybody reads.
MOST = 10_000


@dataclass(frozen=True)
class LastDay:
    """What waits now, and what mentors did in the last 24 hours.

    `waiting` counts questions, `messages` the groups in which they are decided; `awaited` are those whose learner waits for a mentor, and
    `longest` is the first of these. `decisions` are the questions by the decision made on them, without those undone.
    """

    waiting: int
    messages: int
    awaited: int
    longest: Waiting | None
    decisions: Mapping[str, int]
    cards: int

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to tell."""
        return not (self.waiting or self.decisions or self.cards)


def last_day(session: Session, *, now: dt.datetime) -> LastDay:
    """Return the figures of the last day."""
    since = now - LAST
    everything = queue(session, now=now, most=MOST, folded=False)
    awaited = sorted((each for each in everything if is_awaited(each.parts)), key=lambda each: (each.since, each.question_id))
    made = select(ReviewRow.decision, func.count()).where(ReviewRow.at > since, ReviewRow.undone_at.is_(None))
    decisions = session.execute(made.where(ReviewRow.decision != SECOND_OPINION).group_by(ReviewRow.decision)).all()
    cards = select(func.count()).select_from(PromotionRow).where(PromotionRow.at > since, PromotionRow.state == DONE)
    return LastDay(
        waiting=len(everything),
        messages=len(queue(session, now=now, most=MOST)),
        awaited=len(awaited),
        longest=awaited[0] if awaited else None,
        decisions={str(decision): int(count) for decision, count in decisions},
        cards=session.scalar(cards) or 0,
    )
