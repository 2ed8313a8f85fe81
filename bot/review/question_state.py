"""The state of a question: the answer in force, the decision that settles it, and mentors who disagree about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, Subquery, bindparam, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.ledger.questions import question_numbered
from bot.ledger.tables import AnswerRow, DeliveryRow, Mentor, Passing, QuestionRow, ReviewRow
from bot.values import State, Status
from knowledge.errors import UsageError

# After one of these decisions a question waits for nobody, unless a learner says more.
# A withdrawn answer leaves its question waiting, though the decision stands against others like any.
WITHDRAW = "withdraw"
SETTLING = ("confirm", "correct", "answer", "decline", "withdraw")
# For each decision, the later ones of another mentor that contradict it. Another text says that the one before it was not good enough.
OPPOSITE = (
    *(("confirm", later) for later in ("correct", "answer", "decline", "withdraw")),
    *(("correct", later) for later in ("correct", "answer", "decline", "withdraw")),
    *(("answer", later) for later in ("correct", "answer", "decline", "withdraw")),
    *(("decline", later) for later in ("confirm", "correct", "answer")),
    ("withdraw", "confirm"),
)

# The questions that a selection is about, by number or as a parameter that holds the numbers; None for all.
Questions = Sequence[int] | BindParameter[int] | None


class MentorDecision(NamedTuple):
    """A decision that one mentor made, and why."""

    review_id: int
    mentor: str
    decision: str
    reason: str
    at: dt.datetime


class Disagreement(NamedTuple):
    """Two mentors' opposite decisions on one question, neither undone; the later one is in force."""

    earlier: MentorDecision
    later: MentorDecision


def known_question(session: Session, question_id: int, *, lock: bool = False) -> QuestionRow:
    """Return a question; with `lock`, nobody else can claim it or decide on it before this transaction ends.

    Raises:
        UsageError: there is no such question.
    """
    row = question_numbered(session, question_id, lock=lock)
    if row is None:
        raise UsageError(f"there is no question {question_id}: 'askwell review list' shows those that wait")
    return row


def lock_questions(session: Session, question_ids: Iterable[int]) -> list[QuestionRow]:
    """Return questions that nobody else can decide on, and whose deliveries nobody else can send, before this transaction ends.

    The order is always the same (by number; questions, then deliveries, then answers), so that two transactions never deadlock.

    Raises:
        UsageError: one of them does not exist.
    """
    wanted = sorted(set(question_ids))
    rows = [known_question(session, number, lock=True) for number in wanted]
    # Refreshed, since a row that was read before the lock may be older than what another process wrote meanwhile.
    deliveries = select(DeliveryRow).where(DeliveryRow.question_id.in_(wanted)).order_by(DeliveryRow.id)
    session.scalars(deliveries.with_for_update().execution_options(populate_existing=True)).all()
    answers = select(AnswerRow).where(AnswerRow.question_id.in_(wanted)).order_by(AnswerRow.id)
    session.scalars(answers.execution_options(populate_existing=True)).all()
    return rows


def undone_results(of: Questions = None) -> Select[Any]:
    """Select the answers that undone decisions made."""
    undone = (ReviewRow.undone_at.is_not(None), ReviewRow.result_id.is_not(None))
    return select(ReviewRow.result_id).where(*undone, *among(ReviewRow.question_id, of))


def newest_answer(session: Session, question_id: int) -> AnswerRow | None:
    """Return the newest answer of a question that no undone decision made: the one that a decision made now is about."""
    undone = undone_results([question_id])
    newest = select(AnswerRow).where(AnswerRow.question_id == question_id, AnswerRow.id.not_in(undone))
    return session.scalar(newest.order_by(AnswerRow.id.desc()).limit(1))


def is_in_force(answer: AnswerRow | None) -> bool:
    """Return whether an answer answers its question and was not withdrawn."""
    return answer is not None and answer.status == Status.ANSWERED and answer.state != State.WITHDRAWN


def answer_in_force(session: Session, question_id: int) -> AnswerRow | None:
    """Return the one answer of a question that is in force, None if it has none."""
    answer = newest_answer(session, question_id)
    return answer if is_in_force(answer) else None


def sent_answer(session: Session, question_id: int) -> AnswerRow | None:
    """Return the newest answer that is known to be in a message to the learner; a handover is no answer."""
    sent = select(AnswerRow).where(
        AnswerRow.question_id == question_id, AnswerRow.status == Status.ANSWERED.value, AnswerRow.sent_as.is_not(None)
    )
    return session.scalar(sent.order_by(AnswerRow.id.desc()).limit(1))


def state_before(session: Session, answer_id: int, review_id: int) -> State | None:
    """Return the state that an answer had before a review changed it, None if the review left it alone."""
    first = session.scalar(select(func.min(Passing.id)).where(Passing.answer_id == answer_id, Passing.review_id == review_id))
    if first is None:
        return None
    earlier = select(Passing.state).where(Passing.answer_id == answer_id, Passing.id < first).order_by(Passing.id.desc()).limit(1)
    return State(session.scalar(earlier) or State.DRAFT.value)


def last_settling(session: Session, question_id: int, *, after: int = 0) -> ReviewRow | None:
    """Return the newest decision after review `after` that settles a question and was not undone."""
    wanted = select(ReviewRow).where(
        ReviewRow.question_id == question_id, ReviewRow.id > after, ReviewRow.undone_at.is_(None), ReviewRow.decision.in_(SETTLING)
    )
    return session.scalar(wanted.order_by(ReviewRow.id.desc()).limit(1))


def disagreements(session: Session, question_id: int) -> list[Disagreement]:
    """Return the decisions that contradict the decision of another mentor just before, oldest first."""
    rows = session.execute(
        select(ReviewRow.id, Mentor.name, ReviewRow.decision, ReviewRow.reason, ReviewRow.at)
        .join(Mentor, Mentor.id == ReviewRow.mentor_id)
        .where(ReviewRow.question_id == question_id, ReviewRow.undone_at.is_(None), ReviewRow.decision.in_(SETTLING))
        .order_by(ReviewRow.id)
    )
    return [
        Disagreement(earlier, later)
        for earlier, later in pairwise(MentorDecision(*row) for row in rows)
        if earlier.mentor != later.mentor and (earlier.decision, later.decision) in OPPOSITE
    ]


def newest_answers(of: Questions = None) -> Subquery:
    """Select each question's newest answer that no undone decision made: `question_id`, `answer_id`."""
    return (
        select(AnswerRow.question_id, func.max(AnswerRow.id).label("answer_id"))
        .where(AnswerRow.id.not_in(undone_results(of)), *among(AnswerRow.question_id, of))
        .group_by(AnswerRow.question_id)
        .subquery("newest")
    )


def latest_reviews(of: Questions = None) -> Subquery:
    """Select each question's latest decision of any kind that was not undone: `question_id`, `review_id`."""
    return (
        select(ReviewRow.question_id, func.max(ReviewRow.id).label("review_id"))
        .where(ReviewRow.undone_at.is_(None), *among(ReviewRow.question_id, of))
        .group_by(ReviewRow.question_id)
        .subquery("latest")
    )


def among(column: ColumnElement[int] | InstrumentedAttribute[int], of: Questions) -> list[ColumnElement[bool]]:
    """Return the condition that a column names one of some questions, none if all are meant."""
    return [] if of is None else [one_of(column, of)]


def one_of(column: Any, of: Sequence[int] | BindParameter[int]) -> ColumnElement[bool]:
    """Return the condition that a column has one of some numbers, thousands even."""
    found: ColumnElement[bool] = column.in_(of if isinstance(of, BindParameter) else numbers_parameter(None, of))
    return found


def numbers_parameter(name: str | None, numbers: Sequence[int] = ()) -> BindParameter[int]:
    """Return a parameter for many numbers, written into the statement, since a parameter for each would take 0.1 ms."""
    return bindparam(name, list(numbers), Integer, expanding=True, literal_execute=True)


def settlements(of: Questions = None) -> Subquery:
    """Select the decision that settles each settled question, and the one before it.

    Columns: `question_id`, `mentor_id`, `decision`, `at`; `earlier_mentor_id`, `earlier_decision`, null if it's the first; `opposed`:
    whether it contradicts the decision of another mentor just before. A further decision that agrees with the latest ends that.
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
        .where(ReviewRow.undone_at.is_(None), ReviewRow.decision.in_(SETTLING), *among(ReviewRow.question_id, of))
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
