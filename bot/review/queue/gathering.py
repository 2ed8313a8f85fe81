"""The facts that give an unsettled question its place in the queue, gathered by the database, and kept until the question changes."""

from __future__ import annotations

import contextlib
import time
from enum import IntFlag, auto
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, Text, and_, case, cast, delete, false, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from bot.ledger.database import Ledger
from bot.ledger.feedback import FeedbackKind
from bot.ledger.tables import RECEIVED, SECOND_OPINION, AnswerRow, Feedback, QuestionRow, QueueChange, QueueFact, ReviewRow
from bot.review.question_state import WITHDRAW, Questions, among, latest_reviews, newest_answers, numbers_parameter, one_of, settlements
from bot.review.queue.clusters import best_slug, best_title
from bot.review.queue.worth import POINTS, SAMPLE_OF, SURE
from bot.values import WAITING, Composer, Status
from knowledge.errors import LedgerUnavailable

# Knuth's multiplicative hash spreads neighbours in the ledger, and gives the same question always the same value.
GOLDEN = 2_654_435_761
HASHES = 2**32
# In the text of an answer's checks; within a quoted sentence the marks would be escaped.
OPEN_POINT = '%"open": "%'
CARE = '%"check": "care"%'
ABOUT_QUESTION = '%"check": "%'
# So many changes a page reads as they are, since to gather them it would have to write and wait for the disk.
FEW_CHANGES = 300
# A learner's question must not wait for all of them, since SQLite has one writer.
GATHERED_AT_ONCE = 500
PAUSE_S = 0.01
# Of PostgreSQL's advisory locks, the one of who gathers.
GATHERING_LOCK = 7_212_003


class Flags(IntFlag):
    """What is true of an unsettled question.

    `UNREVIEWED`: the newest answer is the assistant's, and no mentor has settled the question; `PARTLY`: it leaves a point open.
    """

    DANGER = auto()
    WITHDRAWN = auto()
    PERSON = auto()
    ASKS = auto()
    OPPOSED = auto()
    DOWN = auto()
    HANDED_OVER = auto()
    UNREVIEWED = auto()
    PARTLY = auto()
    SAMPLED = auto()
    UNSETTLED = auto()
    # Comes with time, so it's never kept.
    NEVER_ANSWERED = auto()


COLUMNS = (
    "question_id",
    "answer_id",
    "points",
    "place",
    "is_received",
    "flags",
    "settled_at",
    "said_at",
    "review_id",
    "mentor_id",
    "earlier_mentor_id",
    "confidence",
    "card",
    "title",
    "checks",
)


def gathered(of: Questions = None) -> Select[Any]:
    """Select the facts about the unsettled ones of some questions, in the order of COLUMNS."""
    settled, newest, latest = settlements(of), newest_answers(of), latest_reviews(of)
    said = said_since(settled, of)
    review = aliased(ReviewRow, name="last_review")
    flags = flags_of(settled, said, review)
    points = points_of(flags, said.c.down_why)
    checks = cast(AnswerRow.checks, Text)
    return (
        select(
            QuestionRow.id,
            newest.c.answer_id,
            points,
            # Who waits is served in turn; of those who don't, the newest come first.
            case((points > 0, -QuestionRow.id), else_=QuestionRow.id),
            QuestionRow.status == RECEIVED,
            sum_of([case((condition, flag.value), else_=0) for flag, condition in flags.items()]),
            settled.c.at,
            said.c.said_at,
            review.id,
            settled.c.mentor_id,
            settled.c.earlier_mentor_id,
            AnswerRow.confidence,
            best_slug(),
            best_title(),
            case((or_(checks.like(ABOUT_QUESTION), checks.like(OPEN_POINT)), checks), else_=""),
        )
        .outerjoin(newest, newest.c.question_id == QuestionRow.id)
        .outerjoin(AnswerRow, AnswerRow.id == newest.c.answer_id)
        .outerjoin(settled, settled.c.question_id == QuestionRow.id)
        .outerjoin(latest, latest.c.question_id == QuestionRow.id)
        .outerjoin(review, review.id == latest.c.review_id)
        .outerjoin(said, said.c.question_id == QuestionRow.id)
        .where(
            or_(
                settled.c.question_id.is_(None),
                flags[Flags.WITHDRAWN],
                flags[Flags.ASKS],
                flags[Flags.OPPOSED],
                said.c.question_id.is_not(None),
            ),
            # Small talk waits for nobody.
            or_(QuestionRow.status != Status.ASKED_BACK.value, flags[Flags.PERSON], flags[Flags.ASKS]),
            *among(QuestionRow.id, of),
        )
    )


def flags_of(settled: Subquery, said: Subquery, review: type[ReviewRow]) -> dict[Flags, ColumnElement[Any]]:
    """Return the condition of each flag."""
    # A withdrawn answer leaves its question without one.
    withdrawn = func.coalesce(settled.c.decision == WITHDRAW, false())
    unsettled = or_(settled.c.question_id.is_(None), withdrawn)
    unreviewed = and_(
        settled.c.question_id.is_(None), QuestionRow.status == Status.ANSWERED.value, AnswerRow.composer != Composer.MENTOR.value
    )
    # The numbers are cast too, since PostgreSQL would take the small ones for integers of four bytes.
    hashed = (cast(QuestionRow.id, BigInteger) * cast(GOLDEN, BigInteger)) % cast(HASHES, BigInteger)
    return {
        Flags.DANGER: and_(unsettled, func.coalesce(cast(AnswerRow.checks, Text).like(CARE), false())),
        Flags.WITHDRAWN: withdrawn,
        Flags.PERSON: and_(QuestionRow.wants_person, or_(unsettled, func.coalesce(said.c.person, 0) > 0)),
        Flags.ASKS: func.coalesce(review.decision == SECOND_OPINION, false()),
        Flags.OPPOSED: func.coalesce(settled.c.opposed, false()),
        Flags.DOWN: func.coalesce(said.c.down, 0) > 0,
        Flags.HANDED_OVER: and_(unsettled, or_(QuestionRow.status.in_(WAITING), withdrawn)),
        Flags.UNREVIEWED: unreviewed,
        Flags.PARTLY: and_(unreviewed, cast(AnswerRow.checks, Text).like(OPEN_POINT)),
        Flags.SAMPLED: and_(unreviewed, AnswerRow.confidence >= SURE, hashed < HASHES // SAMPLE_OF),
        Flags.UNSETTLED: unsettled,
    }


def said_since(settled: Subquery, of: Questions) -> Subquery:
    """Select the feedback on each question since it was settled, or all of it if it was not.

    Columns: `question_id`, `person` and `down` (counts), `down_why` (a reason, empty if none was given), `said_at` (of the first).
    """
    down = Feedback.kind == FeedbackKind.DOWN.value
    return (
        select(
            Feedback.question_id,
            func.count(case((Feedback.kind == FeedbackKind.PERSON.value, 1))).label("person"),
            func.count(case((down, 1))).label("down"),
            # Any reason sorts after the empty one.
            func.max(case((down, Feedback.reason))).label("down_why"),
            func.min(Feedback.at).label("said_at"),
        )
        .outerjoin(settled, settled.c.question_id == Feedback.question_id)
        .where(
            Feedback.kind.in_((FeedbackKind.PERSON.value, FeedbackKind.DOWN.value)),
            or_(settled.c.question_id.is_(None), Feedback.at > settled.c.at),
            *among(Feedback.question_id, of),
        )
        .group_by(Feedback.question_id)
        .subquery("said")
    )


def points_of(flags: dict[Flags, ColumnElement[Any]], down_why: ColumnElement[Any]) -> ColumnElement[float]:
    """Add up the points of the facts that the database knows, as `parts_of` does: all but those for askings and those that time brings."""
    reasoned = func.coalesce(down_why, "") != ""
    down = flags[Flags.DOWN]
    return sum_of(
        [
            case((flags[Flags.DANGER], POINTS["danger"]), else_=0.0),
            case((flags[Flags.PERSON], POINTS["person"]), else_=0.0),
            case((flags[Flags.ASKS], POINTS["second_opinion"]), else_=0.0),
            case((flags[Flags.OPPOSED], POINTS["disagreement"]), else_=0.0),
            case((down & reasoned, POINTS["down_with_reason"]), (down, POINTS["down"]), else_=0.0),
            case((flags[Flags.HANDED_OVER], POINTS["handed_over"]), else_=0.0),
            case((flags[Flags.PARTLY], POINTS["partly_answered"]), else_=0.0),
            case((flags[Flags.UNREVIEWED] & (AnswerRow.confidence < SURE), POINTS["unsure"] * (1 - AnswerRow.confidence)), else_=0.0),
            case((flags[Flags.SAMPLED], POINTS["sample"]), else_=0.0),
        ]
    )


def sum_of(terms: list[ColumnElement[Any]]) -> ColumnElement[Any]:
    """Add columns up."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


# Put together once, since that takes longer than running it on a few questions; `of` are their numbers.
GATHERED = gathered(numbers_parameter("of"))


def keep_up(ledger: Ledger, *, few: int = FEW_CHANGES) -> int:
    """Gather the facts of questions that have changed, if they are more than a few, in short transactions; return how many they were.

    What is left is read as it is.
    """
    with ledger.transaction(only_reads=True) as session:
        some = session.scalars(select(QueueChange.id).limit(few + 1)).all()
    total = 0
    # A ledger that can't be written can be read.
    with contextlib.suppress(LedgerUnavailable):
        while len(some) > few:
            with ledger.transaction() as session:
                done = gather(session)
            if not done:
                break
            total += done
            time.sleep(PAUSE_S)
    return total


def gather(session: Session, *, at_once: int = GATHERED_AT_ONCE) -> int:
    """Gather the facts of some questions that have changed; return how many changes that was, 0 if another process is at it."""
    if not is_alone(session):
        return 0
    changes = session.execute(
        select(QueueChange.id, QueueChange.question_id, QuestionRow.id.label("there"))
        .outerjoin(QuestionRow, QuestionRow.id == QueueChange.question_id)
        .order_by(QueueChange.id)
        .limit(at_once)
    ).all()
    there = sorted({change.question_id for change in changes if change.there is not None})
    # One that is being removed at this moment is left out: its facts couldn't refer to it.
    locked = select(QuestionRow.id).where(one_of(QuestionRow.id, there)).with_for_update(key_share=True, read=True, skip_locked=True)
    numbers = list(session.scalars(locked))
    held = set(numbers)
    done = [change.id for change in changes if change.there is None or change.question_id in held]
    # Only now, so that the facts are no older than the changes.
    facts = session.execute(GATHERED, {"of": numbers}).all()
    session.execute(delete(QueueFact).where(one_of(QueueFact.question_id, numbers)).execution_options(synchronize_session=False))
    if facts:
        session.execute(insert(QueueFact), [dict(zip(COLUMNS, row, strict=True)) for row in facts])
    session.execute(delete(QueueChange).where(one_of(QueueChange.id, done)).execution_options(synchronize_session=False))
    return len(done)


def is_alone(session: Session) -> bool:
    """Return whether no other process gathers before this transaction ends; on SQLite, only one writes."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(GATHERING_LOCK))))
