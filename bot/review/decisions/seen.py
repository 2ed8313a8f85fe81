"""What a mentor saw of a question when they opened it, so that nobody decides on what has changed since."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.mentors import mentor_named
from bot.ledger.tables import ReviewRow
from bot.review.dossier import Dossier
from bot.review.question_state import known_question, lock_questions, newest_answer
from knowledge.errors import Refused


def seen_mark(found: Dossier) -> str:
    """Return the mark of a question's state as its page shows it: its answer, that answer's state, and the latest decision."""
    standing = [review for review in found.reviews if review.undone_at is None]
    undone = {review.result_id for review in found.reviews if review.undone_at is not None}
    answers = [each for each in found.answers if each.answer_id not in undone]
    answer = answers[-1] if answers else None
    decided = standing[-1].review_id if standing else None
    return mark_of(None, None, decided) if answer is None else mark_of(answer.answer_id, answer.state, decided)


def mark_now(session: Session, question_id: int, *, lock: bool = True) -> str:
    """Return the mark of a question's state; with `lock`, nobody else can change it before this transaction ends.

    Raises:
        UsageError: there is no such question.
    """
    known_question(session, question_id, lock=lock)
    answer = newest_answer(session, question_id)
    latest = session.scalar(select(func.max(ReviewRow.id)).where(ReviewRow.question_id == question_id, ReviewRow.undone_at.is_(None)))
    return mark_of(None, None, latest) if answer is None else mark_of(answer.id, answer.state, latest)


def newest_decision(session: Session) -> int:
    """Return the number of the newest decision, 0 if there is none."""
    return session.scalar(select(func.max(ReviewRow.id))) or 0


def hold(session: Session, mentor: str, question_ids: Collection[int]) -> None:
    """Keep others from deciding on some questions, in the order in which every decision does, so that two never wait for each other."""
    mentor_named(session, mentor)
    lock_questions(session, question_ids)


def refuse_decided_since(session: Session, question_ids: Collection[int], newest: int | None) -> None:
    """Raise Refused if somebody has decided on one of some questions since a page knew of the `newest` decision."""
    if newest is None:
        return
    later = select(ReviewRow.question_id).where(ReviewRow.id > newest, ReviewRow.undone_at.is_(None))
    gone = session.scalars(later.where(ReviewRow.question_id.in_(question_ids)).distinct().order_by(ReviewRow.question_id)).all()
    if gone:
        which = f"question {gone[0]} was" if len(gone) == 1 else f"questions {', '.join(map(str, gone))} were"
        raise Refused(f"{which} decided since you opened this page, and nothing was done: open it again and tick those that are left")


def mark_of(answer_id: int | None, state: str | None, review_id: int | None) -> str:
    """Return a mark.

    >>> mark_of(7, "draft", None)
    '7-draft-0'
    """
    return f"{answer_id or 0}-{state or 'none'}-{review_id or 0}"
