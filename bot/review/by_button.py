"""The mentors' acts on one question from a chat's buttons and forms, each in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from bot.ledger.mentors import Account, mentor_with
from bot.ledger.own_questions import newest_in
from bot.ledger.tables import Learner, QuestionRow
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.undo import undo
from bot.review.question_state import answer_in_force, last_settling, newest_answer
from bot.review.queue.claims import claim, release
from bot.review.queue.triage import Waiting, queue
from knowledge.errors import UsageError


class ReviewAct(StrEnum):
    """An act of a mentor on a question."""

    CLAIM = "claim"
    RELEASE = "release"
    CONFIRM = "confirm"
    CORRECT = "correct"
    ANSWER = "answer"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    SECOND = "second"


@dataclass(frozen=True)
class Done:
    """What an act did: the words for the mentor, the decision that can be undone, if it was one, and the question that it approved of."""

    words: str
    review_id: int | None = None
    approved: int | None = None


@dataclass(frozen=True)
class OnBoard:
    """A waiting question as a review channel shows it; `answer` is what the learner has now, and `in_force` whether it answers them."""

    waiting: Waiting
    answer: str
    in_force: bool


# After one of these the answer may become a card.
APPROVING = (ReviewAct.CONFIRM, ReviewAct.CORRECT, ReviewAct.ANSWER)
CLAIMED = "It's yours for half an hour."
RELEASED = "It's free for others again."
DECIDED = {
    ReviewAct.CONFIRM: "Confirmed: the learner's message will say so.",
    ReviewAct.CORRECT: "Corrected: the learner's message changes, and they are told.",
    ReviewAct.ANSWER: "Answered: the learner gets your words.",
    ReviewAct.DECLINE: "Declined: the learner reads your reason.",
    ReviewAct.WITHDRAW: "Withdrawn: the learner's message will say so, and they are told.",
    ReviewAct.SECOND: "It waits for another mentor's look.",
}


def waiting_on_board(session: Session, *, now: dt.datetime, most: int) -> list[OnBoard]:
    """Return the questions that wait for a mentor, those of most worth first, each cluster once."""
    return [on_board(session, waiting) for waiting in queue(session, now=now, most=most)]


def on_board(session: Session, waiting: Waiting) -> OnBoard:
    """Return one waiting question with its answer."""
    answer = newest_answer(session, waiting.question_id)
    return OnBoard(waiting, "" if answer is None else answer.text, answer_in_force(session, waiting.question_id) is not None)


def act_on(session: Session, act: ReviewAct, question_id: int, account: Account, text: str, *, now: dt.datetime) -> Done:
    """Carry out a mentor's act; `text` is the answer or the reason from a form.

    Raises:
        UsageError: there is no such question, or the text can't be used.
        Refused: another mentor has claimed the question, or its state doesn't allow the act.
    """
    mentor = mentor_with(session, account).name
    if act is ReviewAct.CLAIM:
        claim(session, question_id, mentor, now=now)
        return Done(CLAIMED)
    if act is ReviewAct.RELEASE:
        release(session, question_id, mentor, now=now)
        return Done(RELEASED)
    by = {"mentor": mentor, "source": account.platform, "now": now}
    decisions: dict[ReviewAct, Callable[[], int]] = {
        ReviewAct.CONFIRM: lambda: decide.confirm(session, question_id, **by).id,  # type: ignore[arg-type]
        ReviewAct.CORRECT: lambda: decide.correct(session, question_id, replacement=mentor_answer(text), **by).id,  # type: ignore[arg-type]
        ReviewAct.ANSWER: lambda: decide.answer(session, question_id, text=text, **by).id,  # type: ignore[arg-type]
        ReviewAct.DECLINE: lambda: decide.decline(session, question_id, reason=text, **by).id,  # type: ignore[arg-type]
        ReviewAct.WITHDRAW: lambda: decide.withdraw(session, question_id, reason=text, **by).id,  # type: ignore[arg-type]
        ReviewAct.SECOND: lambda: decide.second_opinion(session, question_id, reason=text, **by).id,  # type: ignore[arg-type]
    }
    return Done(DECIDED[act], decisions[act](), question_id if act in APPROVING else None)


def take_back_decision(session: Session, review_id: int, account: Account, *, now: dt.datetime) -> Done:
    """Undo a mentor's own decision before its learner has seen it.

    Raises:
        UsageError: there is no such decision.
        Refused: it's another mentor's, or the learner has seen it.
    """
    undo(session, review_id, mentor=mentor_with(session, account).name, now=now)
    return Done("Undone: the question waits as before.")


def use_as_answer(session: Session, place: str, account: Account, text: str, *, message: int, now: dt.datetime) -> Done:
    """Make a message that a mentor wrote in a learner's thread the decision on the last question before it.

    Raises:
        UsageError: nothing was asked there before it, or the text can't be used.
        Refused: another mentor has claimed the question, or it has this very answer.
    """
    question = newest_in(session, account.platform, place, before=message)
    if question is None:
        raise UsageError("nothing was asked here: use this on your message in a learner's thread")
    return act_on(session, ReviewAct.ANSWER, question.id, account, text, now=now)


def open_before(session: Session, platform: str, place: str, *, message: int, not_by: str) -> int | None:
    """Return the last question of a thread before a message, None if there is none, or a mentor has decided on it, or `not_by` asked it."""
    question = newest_in(session, platform, place, before=message)
    if question is None or last_settling(session, question.id) is not None:
        return None
    asker = None if question.learner_id is None else session.get(Learner, question.learner_id)
    return None if asker is not None and asker.platform_id == not_by else question.id


def settled_among(session: Session, question_ids: Iterable[int]) -> set[int]:
    """Return those of some questions that a mentor has decided on, or that are no longer there."""
    return {number for number in question_ids if session.get(QuestionRow, number) is None or last_settling(session, number) is not None}
