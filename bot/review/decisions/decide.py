"""What mentors decide on a question, in one transaction: the review, the answer's new state, and the deliveries that are owed for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from bot.ledger.mentors import mentor_named
from bot.ledger.questions import change_state, enter_answer
from bot.ledger.tables import RECEIVED, AnswerRow, Claim, Mentor, QuestionRow, ReviewRow
from bot.review.decisions.changes import changed
from bot.review.decisions.mentor_text import checked_reason, checked_text, written
from bot.review.decisions.undo import undo
from bot.review.outbox import notices
from bot.review.outbox.owing import owe_outcome, owe_refusal, owe_word_if_waited
from bot.review.question.in_force import judged, lock, stands
from bot.review.queue.claims import held_by_other
from bot.values import Answer, State, Status
from knowledge.errors import Refused, UsageError

__all__ = ["Decision", "answer", "confirm", "correct", "decline", "second_opinion", "undo", "withdraw", "written"]


class Decision(StrEnum):
    """What a mentor may decide."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    ANSWER = "answer"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    SECOND_OPINION = "second_opinion"


@dataclass(frozen=True)
class Verdict:
    """One decision before it's applied to a question: who, from where, why, and the new answer if there is one."""

    decision: Decision
    mentor: str
    source: str
    now: dt.datetime
    reason: str = ""
    replacement: Answer | None = None


def confirm(session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, also: Iterable[int] = ()) -> ReviewRow:
    """Stand behind the answer that a question has, and behind those of the questions settled with it.

    Raises:
        UsageError: there is no such question.
        Refused: another mentor is at work on it, or it has no answer.
    """
    return decide(session, question_id, also, Verdict(Decision.CONFIRM, mentor, source, now))


def correct(
    session: Session,
    question_id: int,
    *,
    mentor: str,
    source: str,
    now: dt.datetime,
    replacement: Answer,
    reason: str = "",
    also: Iterable[int] = (),
) -> ReviewRow:
    """Put another answer in the place of the one that a question has: `written` by a mentor, or from a card that they picked.

    Raises:
        UsageError: there is no such question, or the replacement answers nothing.
        Refused: another mentor is at work on it, or the answer is the same.
    """
    if replacement.status is not Status.ANSWERED:
        raise UsageError(f"an answer can't be corrected to one that is '{replacement.status.value}'")
    whole = replacement.model_copy(update={"answer": checked_text(replacement.answer)})
    return decide(session, question_id, also, Verdict(Decision.CORRECT, mentor, source, now, checked_reason(reason), whole))


def answer(
    session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, text: str, also: Iterable[int] = ()
) -> ReviewRow:
    """Answer a question in a mentor's own words; where it has an answer already, that is corrected.

    Raises:
        UsageError: there is no such question, or no text.
        Refused: another mentor is at work on it, or this is the answer that it has.
    """
    return decide(session, question_id, also, Verdict(Decision.ANSWER, mentor, source, now, replacement=written(text)))


def decline(
    session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, reason: str, also: Iterable[int] = ()
) -> ReviewRow:
    """Leave a question unanswered, for a reason that the learner hears.

    Raises:
        UsageError: there is no such question, or no reason.
        Refused: another mentor is at work on it, or it has an answer.
    """
    why = checked_reason(reason)
    if not why:
        raise UsageError("a question is declined with a reason, since the learner hears it, and this one is empty")
    return decide(session, question_id, also, Verdict(Decision.DECLINE, mentor, source, now, why))


def withdraw(
    session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, reason: str = "", also: Iterable[int] = ()
) -> ReviewRow:
    """Take the answer of a question back without another in its place.

    Raises:
        UsageError: there is no such question.
        Refused: another mentor is at work on it, or it has no answer.
    """
    return decide(session, question_id, also, Verdict(Decision.WITHDRAW, mentor, source, now, checked_reason(reason)))


def second_opinion(
    session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, reason: str = "", also: Iterable[int] = ()
) -> ReviewRow:
    """Ask other mentors to look at a question too; it stays open, and the learner hears nothing of it.

    Raises:
        UsageError: there is no such question.
        Refused: another mentor is at work on it.
    """
    return decide(session, question_id, also, Verdict(Decision.SECOND_OPINION, mentor, source, now, checked_reason(reason)))


def decide(session: Session, question_id: int, also: Iterable[int], verdict: Verdict) -> ReviewRow:
    """Apply one decision to a question and to those settled with it, all or none; return the first one's review."""
    # The mentor first: whoever waits for a new name to be entered must not keep others from the questions meanwhile.
    mentor = mentor_named(session, verdict.mentor)
    numbers = list(dict.fromkeys([question_id, *also]))
    questions = {row.id: row for row in lock(session, numbers)}
    first: ReviewRow | None = None
    for number in numbers:
        review = review_of(session, questions[number], mentor, verdict, of_review_id=None if first is None else first.id)
        first = first or review
    assert first is not None
    return first


def review_of(session: Session, question: QuestionRow, mentor: Mentor, verdict: Verdict, *, of_review_id: int | None) -> ReviewRow:
    """Write one question's review, carry it out, and give the mentor's claim up."""
    held = held_by_other(session, question.id, mentor.name, verdict.now)
    if held is not None:
        raise Refused(f"question {question.id} is claimed by {held}: leave it to {held.mentor}, or wait until then")
    before = judged(session, question.id)
    review = ReviewRow(
        question_id=question.id,
        mentor_id=mentor.id,
        decision=verdict.decision.value,
        reason=verdict.reason,
        source=verdict.source,
        answer_id=None if before is None else before.id,
        of_review_id=of_review_id,
        at=verdict.now,
    )
    session.add(review)
    session.flush()
    if verdict.replacement is not None:
        replace(session, question, review, before, verdict.replacement)
    elif verdict.decision is Decision.CONFIRM:
        stand_behind(session, question, review, before)
    elif verdict.decision is Decision.WITHDRAW:
        take_back(session, question, review, before)
    elif verdict.decision is Decision.DECLINE:
        turn_down(session, question, review, before)
    claimed = session.get(Claim, question.id, populate_existing=True)
    if claimed is not None:
        session.delete(claimed)
    session.flush()
    return review


def stand_behind(session: Session, question: QuestionRow, review: ReviewRow, before: AnswerRow | None) -> None:
    """Confirm an answer; one that mentors stand behind already keeps its state, and its learner hears of it only if they waited."""
    if before is None or before.status != Status.ANSWERED:
        raise Refused(f"question {question.id} has no answer that could be confirmed: answer it, or decline it with a reason")
    if before.state in {State.CONFIRMED, State.CORRECTED}:
        owe_word_if_waited(session, question, review, before, now=review.at)
        return
    change_state(session, before, State.CONFIRMED, review_id=review.id, now=review.at)
    owe_outcome(session, question, review, before, change="", now=review.at)


def replace(session: Session, question: QuestionRow, review: ReviewRow, before: AnswerRow | None, replacement: Answer) -> None:
    """Put a new answer in the place of the one before, which is withdrawn; a handover is no answer, and stays what it was."""
    answered = before is not None and before.status == Status.ANSWERED
    if before is not None and stands(before):
        if before.text == replacement.answer:
            raise Refused(f"question {question.id} has this very answer: confirm it instead")
        change_state(session, before, State.WITHDRAWN, review_id=review.id, now=review.at)
    state = State.CORRECTED if answered else State.CONFIRMED
    named = "" if before is None else before.index_name
    whole = replacement.model_copy(update={"state": state, "status": Status.ANSWERED})
    result = enter_answer(session, question.id, whole, index_name=named, now=review.at, review_id=review.id)
    review.result_id = result.id
    session.flush()
    change = changed(before.text, result.text) if before is not None and answered else ""
    owe_outcome(session, question, review, result, change=change, now=review.at)


def take_back(session: Session, question: QuestionRow, review: ReviewRow, before: AnswerRow | None) -> None:
    """Withdraw the answer that is in force."""
    if before is None or not stands(before):
        raise Refused(f"question {question.id} has no answer that could be withdrawn: answer it, or decline it with a reason")
    change_state(session, before, State.WITHDRAWN, review_id=review.id, now=review.at)
    owe_outcome(session, question, review, before, change=notices.WITHDRAWN, now=review.at)


def turn_down(session: Session, question: QuestionRow, review: ReviewRow, before: AnswerRow | None) -> None:
    """Decline a question that has no answer in force."""
    if stands(before):
        raise Refused(f"question {question.id} has an answer, so it can't be declined: correct that, or withdraw it with a reason")
    if question.status == RECEIVED:
        question.status = Status.HANDED_OVER.value
    owe_refusal(session, question, review, now=review.at)
