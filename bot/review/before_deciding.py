"""The state in which a mentor sees a question and those like it before they decide, so that nobody decides on what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.ledger.tables import QuestionRow
from bot.review.decisions.outcomes import decided_by
from bot.review.decisions.seen import mark_now
from bot.review.question_state import is_in_force, newest_answer
from bot.review.queue.triage import READ_ONCE, Waiting
from bot.values import State, Status
from knowledge.errors import Refused


@dataclass(frozen=True)
class Seen:
    """A question as a mentor sees it: its number, its text, and the mark of its state."""

    number: int
    text: str
    mark: str


@dataclass(frozen=True)
class BeforeDeciding:
    """What a mentor has before them when they decide: the question, its answer, and the questions that the same decision fits."""

    question: Seen
    answer: str
    like: tuple[Seen, ...]


def decided_together(waiting: Waiting) -> tuple[int, ...]:
    """Return the open questions that one decision may settle with a waiting one: those like it, and all of a group that one reason answers.

    They are in the order of likeness, then of worth.
    """
    group = waiting.in_group if waiting.group.startswith(READ_ONCE) else ()
    return tuple(dict.fromkeys([*waiting.cluster, *group]))


def before_deciding(session: Session, question_id: int, like: Sequence[int], *, needs_answer: bool | None) -> BeforeDeciding:
    """Return what a mentor decides on; of the questions like it, only those with an answer, or without, where the decision needs that.

    Raises:
        UsageError: there is no such question.
    """
    answer = newest_answer(session, question_id)
    return BeforeDeciding(
        seen_now(session, question_id),
        "" if answer is None else answer.text,
        tuple(seen_now(session, number) for number in like if fits(session, number, needs_answer=needs_answer)),
    )


def seen_now(session: Session, number: int) -> Seen:
    """Return a question as it is.

    Raises:
        UsageError: there is no such question.
    """
    mark = mark_now(session, number, lock=False)
    return Seen(number, session.get_one(QuestionRow, number).text, mark)


def fits(session: Session, number: int, *, needs_answer: bool | None) -> bool:
    """Return whether a question is still there and open, and a decision that needs an answer, or none, fits it."""
    if session.get(QuestionRow, number) is None:
        return False
    answer = newest_answer(session, number)
    if needs_answer is None:
        return True
    if not needs_answer:
        return not is_in_force(answer)
    shown = answer is not None and answer.status in {Status.ANSWERED, Status.NEAR}
    return shown and answer is not None and answer.state == State.DRAFT


def refuse_changed(session: Session, seen: Iterable[tuple[int, str]]) -> None:
    """Raise Refused if one of some questions, each with the mark that a mentor saw, has changed since; an empty mark fits any state.

    Raises:
        UsageError: a question was removed.
    """
    for number, mark in seen:
        if mark and mark != mark_now(session, number, lock=False):
            mentor = decided_by(session, number)
            what = f"{mentor} has decided on question {number}" if mentor else f"question {number} has changed"
            raise Refused(f"{what} since you opened this, and nothing was done: look at it again")
