"""The mentors' acts on one question from a chat's buttons and forms, each in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from bot.ledger.own_questions import newest_in
from bot.ledger.tables import Learner, QuestionRow
from bot.review.before_deciding import BeforeDeciding, Seen, before_deciding, decided_together, refuse_changed
from bot.review.clicking_account import Account, mentor_with
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.decisions.seen import hold
from bot.review.decisions.undo import undo
from bot.review.question_state import answer_in_force, last_settling
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
    """A waiting question as a review channel shows it; `answer` is what the learner has now, and `in_force` whether it answers them.

    `mark` is the mark of its state, and `like` are the questions that one decision may settle with it.
    """

    waiting: Waiting
    answer: str
    in_force: bool
    mark: str = ""
    like: tuple[Seen, ...] = ()


# After one of these the answer may become a card.
APPROVING = (ReviewAct.CONFIRM, ReviewAct.CORRECT, ReviewAct.ANSWER)
# Whether the questions that are decided together all need an answer, or none, for an act.
NEEDS_ANSWER = {ReviewAct.CONFIRM: True, ReviewAct.WITHDRAW: True, ReviewAct.DECLINE: False}
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
    found = before_deciding(session, waiting.question_id, decided_together(waiting), needs_answer=None)
    return OnBoard(waiting, found.answer, answer_in_force(session, waiting.question_id) is not None, found.question.mark, found.like)


def form_for(session: Session, act: ReviewAct, question_id: int, mark: str, like: Sequence[int]) -> BeforeDeciding:
    """Return what the form of an act shows, for a question as the mentor saw it.

    Raises:
        UsageError: there is no such question.
        Refused: it has changed since.
    """
    refuse_changed(session, [(question_id, mark)])
    return before_deciding(session, question_id, like, needs_answer=NEEDS_ANSWER.get(act))


def act_on(
    session: Session,
    act: ReviewAct,
    question_id: int,
    account: Account,
    text: str,
    *,
    now: dt.datetime,
    mark: str = "",
    also: Sequence[tuple[int, str]] = (),
) -> Done:
    """Carry out a mentor's act; `text` is the answer or the reason from a form.

    A decision is for the question and `also` for others, each with the mark of the state in which the mentor saw it.

    Raises:
        UsageError: there is no such question, or the text can't be used.
        Refused: another mentor has claimed the question, its state doesn't allow the act, or it has changed since the mentor saw it.
    """
    mentor = mentor_with(session, account)
    if act is ReviewAct.CLAIM:
        claim(session, question_id, mentor, now=now)
        return Done(CLAIMED)
    if act is ReviewAct.RELEASE:
        release(session, question_id, mentor, now=now)
        return Done(RELEASED)
    others = [number for number, _ in also]
    hold(session, mentor, [question_id, *others])
    refuse_changed(session, [(question_id, mark), *also])
    by = {"mentor": mentor, "source": account.platform, "now": now, "also": others}
    decisions: dict[ReviewAct, Callable[[], int]] = {
        ReviewAct.CONFIRM: lambda: decide.confirm(session, question_id, **by).id,  # type: ignore[arg-type]
        ReviewAct.CORRECT: lambda: decide.correct(session, question_id, replacement=mentor_answer(text), **by).id,  # type: ignore[arg-type]
        ReviewAct.ANSWER: lambda: decide.answer(session, question_id, text=text, **by).id,  # type: ignore[arg-type]
        ReviewAct.DECLINE: lambda: decide.decline(session, question_id, reason=text, **by).id,  # type: ignore[arg-type]
        ReviewAct.WITHDRAW: lambda: decide.withdraw(session, question_id, reason=text, **by).id,  # type: ignore[arg-type]
        ReviewAct.SECOND: lambda: decide.second_opinion(session, question_id, reason=text, **by).id,  # type: ignore[arg-type]
    }
    words = f"{DECIDED[act]} With it: {counted(others)}." if others else DECIDED[act]
    return Done(words, decisions[act](), question_id if act in APPROVING else None)


def counted(numbers: Sequence[int]) -> str:
    """Return some questions in words.

    >>> counted([7, 9, 12])
    'questions 7, 9 and 12'
    """
    words = list(map(str, numbers))
    return f"question {words[0]}" if len(words) == 1 else f"questions {', '.join(words[:-1])} and {words[-1]}"


def take_back_decision(session: Session, review_id: int, account: Account, *, now: dt.datetime) -> Done:
    """Undo a mentor's own decision before its learner has seen it.

    Raises:
        UsageError: there is no such decision.
        Refused: it's another mentor's, or the learner has seen it.
    """
    undo(session, review_id, mentor=mentor_with(session, account), now=now)
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
