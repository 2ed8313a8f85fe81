"""How a question stands: the answer that is in force, the decision that settles it, and whether another mentor thought otherwise."""

from __future__ import annotations

from sqlalchemy import Select, Subquery, func, select, tuple_
from sqlalchemy.orm import Session

from bot.ledger.questions import question_numbered
from bot.ledger.tables import AnswerRow, QuestionRow, ReviewRow
from knowledge.errors import UsageError

# After one of these a question waits for nobody, unless a learner says more.
SETTLING = ("confirm", "correct", "answer", "decline", "withdraw")
# What a mentor decided, and what another did after it that says the opposite; another text says that the one before would not do.
OPPOSITE = (
    ("confirm", "correct"),
    ("confirm", "answer"),
    ("confirm", "decline"),
    ("confirm", "withdraw"),
    ("correct", "correct"),
    ("correct", "answer"),
    ("correct", "decline"),
    ("correct", "withdraw"),
    ("answer", "correct"),
    ("answer", "answer"),
    ("answer", "decline"),
    ("answer", "withdraw"),
    ("decline", "confirm"),
    ("decline", "correct"),
    ("decline", "answer"),
    ("withdraw", "confirm"),
)


def known_question(session: Session, question_id: int, *, lock: bool = False) -> QuestionRow:
    """Return a question; with `lock`, let nobody else claim it or decide on it before this transaction ends.

    Raises:
        UsageError: there is no such question.
    """
    row = question_numbered(session, question_id, lock=lock)
    if row is None:
        raise UsageError(f"there is no question {question_id}: 'askwell review list' shows those that wait")
    return row


def newest_answers() -> Subquery:
    """Select each question's newest answer, passing over those that an undone decision made: `question_id`, `answer_id`."""
    undone = select(ReviewRow.result_id).where(ReviewRow.undone_at.is_not(None), ReviewRow.result_id.is_not(None))
    return (
        select(AnswerRow.question_id, func.max(AnswerRow.id).label("answer_id"))
        .where(AnswerRow.id.not_in(undone))
        .group_by(AnswerRow.question_id)
        .subquery("newest")
    )


def latest_reviews() -> Subquery:
    """Select each question's latest decision that was not undone, of whatever kind: `question_id`, `review_id`."""
    return (
        select(ReviewRow.question_id, func.max(ReviewRow.id).label("review_id"))
        .where(ReviewRow.undone_at.is_(None))
        .group_by(ReviewRow.question_id)
        .subquery("latest")
    )


def settlements() -> Subquery:
    """Select the decision that settles each settled question, and the one before it.

    Columns: `question_id`, `mentor_id`, `decision`, `at`; `earlier_mentor_id`, `earlier_decision`, null if it's the first; `opposed`:
    whether the latest word stands against another mentor's just before. A further word that agrees with the latest ends that.
    """
    question, order = ReviewRow.question_id, ReviewRow.id
    rows = (
        select(
            ReviewRow.question_id,
            ReviewRow.mentor_id,
            ReviewRow.decision,
            ReviewRow.at,
            func.lag(ReviewRow.mentor_id).over(partition_by=question, order_by=order).label("earlier_mentor_id"),
            func.lag(ReviewRow.decision).over(partition_by=question, order_by=order).label("earlier_decision"),
            func.row_number().over(partition_by=question, order_by=order.desc()).label("place"),
        )
        .where(ReviewRow.undone_at.is_(None), ReviewRow.decision.in_(SETTLING))
        .subquery("settling")
    )
    columns = rows.c
    against = tuple_(columns.earlier_decision, columns.decision).in_(OPPOSITE)
    opposed = func.coalesce((columns.earlier_mentor_id != columns.mentor_id) & against, False)
    named: Select[tuple[object, ...]] = select(
        columns.question_id,
        columns.mentor_id,
        columns.decision,
        columns.at,
        columns.earlier_mentor_id,
        columns.earlier_decision,
        opposed.label("opposed"),
    ).where(columns.place == 1)
    return named.subquery("settlement")
