"""The decisions that mentors make on a question, each in one transaction: the review, the answer's new state, and the deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.feedback import FeedbackKind
from bot.ledger.mentors import mentor_named
from bot.ledger.questions import change_state, enter_answer
from bot.ledger.tables import RECEIVED, AnswerRow, Claim, Feedback, Mentor, QuestionRow, ReviewRow
from bot.review.decisions.mentor_text import checked_reason, checked_text, mentor_answer
from bot.review.decisions.near_verdicts import passage_in, shows_nearest
from bot.review.decisions.what_changed import change_note
from bot.review.outbox import notices
from bot.review.outbox.decision_deliveries import queue_answer_update, queue_decline, queue_notice_if_mentor_awaited
from bot.review.question_state import is_in_force, last_settling, lock_questions, newest_answer
from bot.review.queue.claims import claim_of_another
from bot.values import Answer, State, Status
from knowledge.errors import Refused, UsageError


class Decision(StrEnum):
    """A decision that a mentor can make."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    ANSWER = "answer"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    SECOND_OPINION = "second_opinion"
    NOT_IT = "not_it"


# After one of these a mentor has nothing more to confirm.
APPROVING = (Decision.CONFIRM.value, Decision.CORRECT.value, Decision.ANSWER.value)


@dataclass(frozen=True)
class NewDecision:
    """A decision before it's applied to a question; `source` is the surface that the mentor used."""

    decision: Decision
    mentor: str
    source: str
    now: dt.datetime
    reason: str = ""
    replacement: Answer | None = None
    # Whether it's a verdict on the nearest passage, and on nothing else.
    of_nearest: bool = False


def confirm(session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, also: Iterable[int] = ()) -> ReviewRow:
    """Confirm the answer of a question, and those of the questions decided with it.

    Raises:
        UsageError: there is no such question.
        Refused: another mentor has claimed it, or it has no answer.
    """
    return decide(session, question_id, also, NewDecision(Decision.CONFIRM, mentor, source, now))


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
    """Replace the answer of a question by one that a mentor wrote, or one from a card that they picked.

    Raises:
        UsageError: there is no such question, or the replacement answers nothing.
        Refused: another mentor has claimed it, or the answer is the same.
    """
    if replacement.status is not Status.ANSWERED:
        raise UsageError(f"an answer can't be corrected to one that is '{replacement.status.value}'")
    whole = replacement.model_copy(update={"answer": checked_text(replacement.answer)})
    return decide(session, question_id, also, NewDecision(Decision.CORRECT, mentor, source, now, checked_reason(reason), whole))


def answer(
    session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, text: str, also: Iterable[int] = ()
) -> ReviewRow:
    """Answer a question in a mentor's own words; an answer that it has already is corrected.

    Raises:
        UsageError: there is no such question, or no text.
        Refused: another mentor has claimed it, or it has this answer already.
    """
    return decide(session, question_id, also, NewDecision(Decision.ANSWER, mentor, source, now, replacement=mentor_answer(text)))


def decline(
    session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, reason: str, also: Iterable[int] = ()
) -> ReviewRow:
    """Leave a question unanswered, for a reason that the learner reads.

    Raises:
        UsageError: there is no such question, or no reason.
        Refused: another mentor has claimed it, or it has an answer.
    """
    why = checked_reason(reason)
    if not why:
        raise UsageError("a question is declined with a reason, since the learner hears it, and this one is empty")
    return decide(session, question_id, also, NewDecision(Decision.DECLINE, mentor, source, now, why))


def withdraw(
    session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, reason: str = "", also: Iterable[int] = ()
) -> ReviewRow:
    """Withdraw the answer of a question without replacing it; the question waits again.

    Raises:
        UsageError: there is no such question.
        Refused: another mentor has claimed it, or it has no answer.
    """
    return decide(session, question_id, also, NewDecision(Decision.WITHDRAW, mentor, source, now, checked_reason(reason)))


def second_opinion(
    session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, reason: str = "", also: Iterable[int] = ()
) -> ReviewRow:
    """Ask other mentors to look at a question too; it stays open, and the learner isn't told.

    Raises:
        UsageError: there is no such question.
        Refused: another mentor has claimed it.
    """
    return decide(session, question_id, also, NewDecision(Decision.SECOND_OPINION, mentor, source, now, checked_reason(reason)))


def is_it(session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, also: Iterable[int] = ()) -> ReviewRow:
    """Say that the nearest passage settles a question, so that it's the answer.

    Raises:
        UsageError: there is no such question.
        Refused: another mentor has claimed it, or it was shown no nearest passage.
    """
    return decide(session, question_id, also, NewDecision(Decision.CONFIRM, mentor, source, now, of_nearest=True))


def not_it(session: Session, question_id: int, *, mentor: str, source: str, now: dt.datetime, also: Iterable[int] = ()) -> ReviewRow:
    """Say that the nearest passage doesn't settle a question; it stays open, and that passage isn't shown for it again.

    Raises:
        UsageError: there is no such question.
        Refused: another mentor has claimed it, or it was shown no nearest passage.
    """
    return decide(session, question_id, also, NewDecision(Decision.NOT_IT, mentor, source, now, of_nearest=True))


def decide(session: Session, question_id: int, also: Iterable[int], made: NewDecision) -> ReviewRow:
    """Apply one decision to a question and to those decided with it, all or none; return the first one's review."""
    # The mentor comes first, so that no question is locked while a new name waits to be entered.
    mentor = mentor_named(session, made.mentor)
    numbers = list(dict.fromkeys([question_id, *also]))
    questions = {row.id: row for row in lock_questions(session, numbers)}
    first: ReviewRow | None = None
    for number in numbers:
        review = review_of(session, questions[number], mentor, made, of_review_id=None if first is None else first.id)
        first = first or review
    assert first is not None
    return first


def review_of(session: Session, question: QuestionRow, mentor: Mentor, made: NewDecision, *, of_review_id: int | None) -> ReviewRow:
    """Write one question's review, apply it, and release the mentor's claim."""
    held = claim_of_another(session, question.id, mentor.name, made.now)
    if held is not None:
        raise Refused(f"question {question.id} is claimed by {held}: leave it to {held.mentor}, or wait until then")
    before = newest_answer(session, question.id)
    if made.decision is Decision.CONFIRM and before is not None and before.state in {State.CONFIRMED, State.CORRECTED}:
        refuse_repeat(session, question.id, mentor)
    if made.of_nearest and not shows_nearest(before):
        raise Refused(f"question {question.id} was shown no nearest passage: 'askwell review show {question.id}' has what it was shown")
    review = ReviewRow(
        question_id=question.id,
        mentor_id=mentor.id,
        decision=made.decision.value,
        reason=made.reason,
        source=made.source,
        answer_id=None if before is None else before.id,
        of_review_id=of_review_id,
        at=made.now,
    )
    session.add(review)
    session.flush()
    if made.replacement is not None:
        apply_replacement(session, question, review, before, made.replacement)
    elif made.decision is Decision.CONFIRM:
        apply_confirmation(session, question, review, before)
    elif made.decision is Decision.WITHDRAW:
        apply_withdrawal(session, question, review, before)
    elif made.decision is Decision.DECLINE:
        apply_decline(session, question, review, before)
    claimed = session.get(Claim, question.id, populate_existing=True)
    if claimed is not None:
        session.delete(claimed)
    session.flush()
    return review


def refuse_repeat(session: Session, question_id: int, mentor: Mentor) -> None:
    """Raise Refused if a mentor has approved an answer already and nobody has said anything since."""
    last = last_settling(session, question_id)
    if last is None or last.mentor_id != mentor.id or last.decision not in APPROVING:
        return
    said = (
        select(Feedback.id)
        .where(Feedback.question_id == question_id, Feedback.at > last.at, Feedback.kind != FeedbackKind.UP.value)
        .limit(1)
    )
    asked = select(ReviewRow.id).where(ReviewRow.question_id == question_id, ReviewRow.id > last.id, ReviewRow.undone_at.is_(None)).limit(1)
    if session.scalar(said) is None and session.scalar(asked) is None:
        raise Refused(f"you approved the answer to question {question_id} already, by decision {last.id}: nothing is left to confirm")


def apply_confirmation(session: Session, question: QuestionRow, review: ReviewRow, before: AnswerRow | None) -> None:
    """Confirm an answer, or the nearest passage as one; where a mentor had confirmed it, its learner is told only if they wait for one."""
    if before is not None and before.status == Status.NEAR:
        return apply_replacement(session, question, review, before, passage_of(before))
    if before is None or before.status != Status.ANSWERED:
        raise Refused(f"question {question.id} has no answer that could be confirmed: answer it, or decline it with a reason")
    if before.state in {State.CONFIRMED, State.CORRECTED}:
        queue_notice_if_mentor_awaited(session, question, review, before, now=review.at)
        return
    change_state(session, before, State.CONFIRMED, review_id=review.id, now=review.at)
    queue_answer_update(session, question, review, before, change="", now=review.at)


def passage_of(near: AnswerRow) -> Answer:
    """Return the passage that was shown as the nearest, as the answer that it is once a mentor says so."""
    return Answer(
        question="", status=Status.ANSWERED, answer=passage_in(near.text), confidence=near.confidence, cards=near.cards, cited=near.cited
    )


def apply_replacement(session: Session, question: QuestionRow, review: ReviewRow, before: AnswerRow | None, replacement: Answer) -> None:
    """Enter a new answer and withdraw the one before; a handover is no answer, and is left unchanged."""
    answered = before is not None and before.status == Status.ANSWERED
    if before is not None and is_in_force(before):
        if before.text == replacement.answer:
            raise Refused(f"question {question.id} has this very answer: confirm it instead")
        change_state(session, before, State.WITHDRAWN, review_id=review.id, now=review.at)
    state = State.CORRECTED if answered else State.CONFIRMED
    named = "" if before is None else before.index_name
    whole = replacement.model_copy(update={"state": state, "status": Status.ANSWERED})
    result = enter_answer(session, question.id, whole, index_name=named, now=review.at, review_id=review.id)
    review.result_id = result.id
    session.flush()
    change = change_note(before.text, result.text) if before is not None and answered else ""
    queue_answer_update(session, question, review, result, change=change, now=review.at)


def apply_withdrawal(session: Session, question: QuestionRow, review: ReviewRow, before: AnswerRow | None) -> None:
    """Withdraw the answer that is in force; the question waits for a mentor again."""
    if before is None or not is_in_force(before):
        raise Refused(f"question {question.id} has no answer that could be withdrawn: answer it, or decline it with a reason")
    change_state(session, before, State.WITHDRAWN, review_id=review.id, now=review.at)
    queue_answer_update(session, question, review, before, change=notices.WITHDRAWN, now=review.at)


def apply_decline(session: Session, question: QuestionRow, review: ReviewRow, before: AnswerRow | None) -> None:
    """Decline a question that has no answer in force."""
    if is_in_force(before):
        raise Refused(f"question {question.id} has an answer, so it can't be declined: correct that, or withdraw it with a reason")
    if question.status == RECEIVED:
        question.status = Status.HANDED_OVER.value
    queue_decline(session, question, review, now=review.at)
