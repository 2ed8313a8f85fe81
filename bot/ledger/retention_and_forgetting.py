"""The removal of people from the ledger: of one who wants to be forgotten, and of all after a while."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.ledger.database import Ledger
from bot.ledger.tables import (
    RECEIVED,
    SECOND_OPINION,
    AnswerRow,
    Conversation,
    DeliveryRow,
    Feedback,
    Learner,
    MentorAccount,
    PromotionRow,
    QuestionRow,
    ReviewRow,
)
from bot.values import WAITING

# Databases take only so many parameters in one statement.
IDS_AT_ONCE = 500
# Questions that wait for a mentor are kept for so many times as long as others.
WAITING_KEPT_TIMES = 2
# Old questions are removed so many at a time, with pauses: SQLite has one writer, and a learner's question must not wait for all of them.
PURGED_AT_ONCE = 100
PAUSE_S = 0.02


@dataclass(frozen=True)
class Forgotten:
    """How much of a person was removed."""

    questions: int = 0
    answers: int = 0
    feedback: int = 0
    reviews: int = 0
    deliveries: int = 0
    conversations: int = 0
    learners: int = 0
    spooled: int = 0

    @property
    def anything(self) -> bool:
        """Return whether anything was removed."""
        return any(vars(self).values())


def forget(session: Session, user: str, platform: str | None = None) -> Forgotten:
    """Remove a person by their id on one platform or on all, with their questions and everything that belongs to these.

    Answers, feedback, reviews, claims, deliveries and empty conversations go with the questions, and so does the person's feedback on
    others' answers. A promotion stays without its question, since its text is the mentors'. Of a mentor the account goes, and the name
    stays. Call `rewrite` after the transaction: until
    then the database's files still hold the words.
    """
    account = delete(MentorAccount).where(MentorAccount.platform_id == user)
    session.execute(account if platform is None else account.where(MentorAccount.platform == platform))
    wanted = select(Learner).where(Learner.platform_id == user, *([] if platform is None else [Learner.platform == platform]))
    people = [row.id for row in session.scalars(wanted.with_for_update())]
    if not people:
        return Forgotten()
    questions = list(session.scalars(select(QuestionRow.id).where(QuestionRow.learner_id.in_(people)).order_by(QuestionRow.id)))
    own = Feedback.learner_id.in_(people)
    own_feedback = session.scalar(select(func.count()).select_from(Feedback).where(own)) or 0
    session.execute(delete(Feedback).where(own))
    removed = remove_questions(session, questions)
    session.execute(delete(Learner).where(Learner.id.in_(people)))
    session.expire_all()
    return Forgotten(
        len(questions),
        removed["answers"],
        own_feedback + removed["feedback"],
        removed["reviews"],
        removed["deliveries"],
        removed["conversations"],
        len(people),
    )


def promotions_from(session: Session, user: str, platform: str | None = None) -> list[tuple[int, str]]:
    """Return the number and the card of each promotion of a person's questions."""
    wanted = (
        select(PromotionRow.id, PromotionRow.slug)
        .join(QuestionRow, QuestionRow.id == PromotionRow.question_id)
        .join(Learner, Learner.id == QuestionRow.learner_id)
        .where(Learner.platform_id == user, *([] if platform is None else [Learner.platform == platform]))
        .order_by(PromotionRow.id)
    )
    return [(number, slug) for number, slug in session.execute(wanted)]


def questions_from(session: Session, user: str, platform: str | None = None) -> list[int]:
    """Return the numbers of a person's questions."""
    wanted = select(QuestionRow.id).join(Learner, Learner.id == QuestionRow.learner_id).where(Learner.platform_id == user)
    return list(session.scalars(wanted if platform is None else wanted.where(Learner.platform == platform)))


def purge_in_steps(ledger: Ledger, *, older_than_days: int, now: dt.datetime, at_once: int = PURGED_AT_ONCE) -> int:
    """Remove old questions, and people of whom nothing is left, in short transactions; return how many questions.

    Raises:
        LedgerUnavailable: the ledger can't be written; doing the same again finishes it.
    """
    questions = in_steps(ledger, lambda session: purge(session, older_than_days=older_than_days, now=now, at_most=at_once))
    in_steps(ledger, lambda session: remove_idle_people(session, at_most=at_once))
    return questions


def in_steps(ledger: Ledger, step: Callable[[Session], int]) -> int:
    """Take a step in a transaction of its own until one finds nothing to do; return the sum of what they did."""
    total = 0
    while True:
        with ledger.transaction() as session:
            done = step(session)
        if not done:
            return total
        total += done
        time.sleep(PAUSE_S)


def purge(session: Session, *, older_than_days: int, now: dt.datetime, at_most: int | None = None) -> int:
    """Remove old questions with everything that belongs to them, oldest first; return how many.

    A question that still waits for a mentor is kept twice as long.
    """
    limit = now - dt.timedelta(days=older_than_days)
    last = now - dt.timedelta(days=older_than_days * WAITING_KEPT_TIMES)
    old = or_(QuestionRow.asked_at < last, (QuestionRow.asked_at < limit) & ~waits_for_mentor())
    questions = list(session.scalars(select(QuestionRow.id).where(old).order_by(QuestionRow.id).limit(at_most)))
    remove_questions(session, questions)
    session.expire_all()
    return len(questions)


def remove_idle_people(session: Session, *, at_most: int | None = None) -> int:
    """Remove people of whom nothing is left; return how many. Whoever asks at this moment holds their row, and is passed over."""
    idle = list(session.scalars(select(Learner.id).where(has_no_rows()).limit(at_most).with_for_update(skip_locked=True)))
    removed = 0
    for some in portions(idle):
        # A question may have come between the look and the lock.
        removed += len(session.scalars(delete(Learner).where(Learner.id.in_(some), has_no_rows()).returning(Learner.id)).all())
    session.expire_all()
    return removed


def waits_for_mentor() -> ColumnElement[bool]:
    """Select questions that wait for a mentor: handed over, or with a person asked for, and not settled."""
    settled = exists().where(ReviewRow.question_id == QuestionRow.id, ReviewRow.undone_at.is_(None), ReviewRow.decision != SECOND_OPINION)
    return or_(QuestionRow.status.in_((RECEIVED, *WAITING)), QuestionRow.wants_person) & ~settled


def has_no_rows() -> ColumnElement[bool]:
    """Select learners without questions and feedback."""
    return ~exists().where(QuestionRow.learner_id == Learner.id) & ~exists().where(Feedback.learner_id == Learner.id)


def remove_questions(session: Session, questions: Sequence[int]) -> dict[str, int]:
    """Remove questions with everything that belongs to them, and conversations that this leaves empty; return the counts."""
    removed = dict.fromkeys(("answers", "feedback", "reviews", "deliveries", "conversations"), 0)
    places: set[int] = set()
    for some in portions(questions):
        places.update(session.scalars(select(QuestionRow.conversation_id).where(QuestionRow.id.in_(some))))
        for name, table in (("answers", AnswerRow), ("feedback", Feedback), ("reviews", ReviewRow), ("deliveries", DeliveryRow)):
            counted = select(func.count()).select_from(table).where(table.question_id.in_(some))
            removed[name] += session.scalar(counted) or 0
        # The foreign keys remove what refers to a question; a promotion only loses the reference.
        session.execute(delete(QuestionRow).where(QuestionRow.id.in_(some)))
    for here in portions(sorted(places)):
        empty = Conversation.id.in_(here) & ~exists().where(QuestionRow.conversation_id == Conversation.id)
        session.scalars(select(Conversation.id).where(empty).with_for_update()).all()
        gone = session.scalars(delete(Conversation).where(empty).returning(Conversation.id)).all()
        removed["conversations"] += len(gone)
    return removed


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield ids in portions that one statement takes."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]
