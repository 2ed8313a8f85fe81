"""One change of a card as its page shows it: who made it, from which question, what it wrote, and whether it can be undone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import LARGEST, Mentor, PromotionRow
from bot.review.promotion.apply import DONE
from bot.review.promotion.plan import PromotionKind
from knowledge.errors import UsageError


@dataclass(frozen=True)
class PromotedChange:
    """One change of a card; `must_not` are the questions that the card must not answer, `later` the newest change on top of it, 0 if none.

    `can_go` is True while it is done and no later change needs its card.
    """

    promotion_id: int
    mentor: str
    kind: str
    slug: str
    path: str
    diff: str
    state: str
    commit: str | None
    note: str
    at: dt.datetime
    question_id: int | None
    must_not: tuple[str, ...]
    later: int

    @property
    def can_go(self) -> bool:
        """Return whether the change can be undone."""
        return self.state == DONE and not (self.kind == PromotionKind.NEW and self.later)


def promoted_change(session: Session, promotion_id: int) -> PromotedChange:
    """Read one change.

    Raises:
        UsageError: there is none of this number.
    """
    row = session.get(PromotionRow, promotion_id) if 0 < promotion_id <= LARGEST else None
    if row is None:
        raise UsageError(f"there is no change {promotion_id} of a card: the page Log has them all")
    later = select(PromotionRow.id).where(PromotionRow.slug == row.slug, PromotionRow.id > row.id, PromotionRow.state == DONE)
    newest = session.scalar(later.order_by(PromotionRow.id.desc()).limit(1)) or 0
    return change_of(row, session.get_one(Mentor, row.mentor_id).name, newest)


def changes_of_card(session: Session, slug: str, *, most: int = 20) -> list[PromotedChange]:
    """Return the newest changes of a card."""
    wanted = select(PromotionRow, Mentor.name).join(Mentor, Mentor.id == PromotionRow.mentor_id).where(PromotionRow.slug == slug)
    rows = session.execute(wanted.order_by(PromotionRow.id.desc()).limit(most)).all()
    newest = next((row.id for row, _ in rows if row.state == DONE), 0)
    return [change_of(row, mentor, newest if newest > row.id else 0) for row, mentor in rows]


def change_of(row: PromotionRow, mentor: str, later: int) -> PromotedChange:
    """Return a row of the ledger as a value."""
    return PromotedChange(
        promotion_id=row.id,
        mentor=mentor,
        kind=row.kind,
        slug=row.slug,
        path=row.path,
        diff=row.diff,
        state=row.state,
        commit=row.commit,
        note=row.note,
        at=row.at,
        question_id=row.question_id,
        must_not=tuple(map(str, row.impact.get("must_not", ()))),
        later=later,
    )
