"""The questions that may need a mentor, chosen and ordered by the database, as far as it can without comparing texts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, Text, and_, case, cast, false, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from bot.ledger.feedback import FeedbackKind
from bot.ledger.tables import RECEIVED, SECOND_OPINION, AnswerRow, Feedback, Mentor, QuestionRow, ReviewRow
from bot.review.question_state import WITHDRAW, latest_reviews, newest_answers, settlements
from bot.review.queue.clusters import best_slug
from bot.review.queue.worth import ANSWERED_WITHIN, POINTS, SAMPLE_OF, SURE, Facts
from bot.values import WAITING, Composer, Status

# How many are compared with each other; if more wait, those of the least worth so far are left for later.
MOST_CANDIDATES = 2_000
# Knuth's multiplicative hash spreads neighbours in the ledger, and gives the same question always the same value.
GOLDEN = 2_654_435_761
HASHES = 2**32
# In the text of an answer's checks; within a quoted sentence the marks would be escaped.
OPEN_POINT = '%"open": "%'
CARE = '%"check": "care"%'


@dataclass(frozen=True)
class Candidate:
    """One question that is not settled, with the facts about it that the database knows."""

    question_id: int
    card: str | None
    vector: bytes | None
    facts: Facts


def candidates(session: Session, *, now: dt.datetime, most: int = MOST_CANDIDATES) -> list[Candidate]:
    """Return the unsettled questions of most worth so far, best first.

    Last come the newest confident answers: only a comparison shows that one is asked often.
    """
    # The questions are chosen before their vectors are read, so that the database sorts no vectors.
    few = chosen(now).limit(most).subquery("few")
    rows = session.execute(
        select(few, QuestionRow.vector, best_slug(), case((few.c.partly, AnswerRow.checks)).label("checks"))
        .join(QuestionRow, QuestionRow.id == few.c.id)
        .outerjoin(AnswerRow, AnswerRow.id == few.c.answer_id)
        .order_by(few.c.points.desc(), few.c.place)
    )
    return [candidate_of(row) for row in rows]


def candidate_of(row: Any) -> Candidate:
    """Return the candidate in one row."""
    opposed = (str(row.earlier), str(row.later)) if row.opposed else None
    reopened = [moment for moment in (row.said_at, row.asks_at if row.asks else None) if moment is not None]
    since = row.asked_at if row.settled_at is None else min(reopened, default=row.settled_at)
    facts = Facts(
        since=since,
        danger=bool(row.danger),
        person=bool(row.person),
        second_opinion_of=str(row.asker) if row.asks else None,
        second_opinion_why=str(row.asks_why or ""),
        opposed=opposed,
        down=bool(row.down),
        down_why=str(row.down_why or ""),
        handed_over=bool(row.handed_over),
        withdrawn_by=str(row.later) if row.withdrawn else "",
        never_answered=bool(row.never_answered),
        open_point=next((str(check["open"]) for check in row.checks or () if "open" in check), ""),
        confidence=row.confidence if row.unreviewed else None,
        sampled=bool(row.sampled),
    )
    return Candidate(row.id, row.card, row.vector, facts)


def chosen(now: dt.datetime) -> Select[Any]:
    """Select the unsettled questions with the facts about them, best first."""
    settled, newest, latest = settlements(), newest_answers(), latest_reviews()
    said = said_since(settled)
    review = aliased(ReviewRow, name="last_review")
    asker, earlier, later = (aliased(Mentor, name=name) for name in ("asker", "earlier_mentor", "later_mentor"))
    flags = flags_of(settled, said, review, now)
    points = points_of(flags, said.c.down_why)
    place = case((points > 0, QuestionRow.id), else_=-QuestionRow.id)
    return (
        select(
            QuestionRow.id,
            QuestionRow.asked_at,
            newest.c.answer_id,
            AnswerRow.confidence,
            points.label("points"),
            place.label("place"),
            settled.c.at.label("settled_at"),
            said.c.said_at,
            said.c.down_why,
            review.reason.label("asks_why"),
            review.at.label("asks_at"),
            asker.name.label("asker"),
            earlier.name.label("earlier"),
            later.name.label("later"),
            *(flag.label(name) for name, flag in flags.items()),
        )
        .outerjoin(newest, newest.c.question_id == QuestionRow.id)
        .outerjoin(AnswerRow, AnswerRow.id == newest.c.answer_id)
        .outerjoin(settled, settled.c.question_id == QuestionRow.id)
        .outerjoin(latest, latest.c.question_id == QuestionRow.id)
        .outerjoin(review, review.id == latest.c.review_id)
        .outerjoin(said, said.c.question_id == QuestionRow.id)
        .outerjoin(asker, asker.id == review.mentor_id)
        .outerjoin(earlier, earlier.id == settled.c.earlier_mentor_id)
        .outerjoin(later, later.id == settled.c.mentor_id)
        .where(
            or_(settled.c.question_id.is_(None), flags["withdrawn"], flags["asks"], flags["opposed"], said.c.question_id.is_not(None)),
            # Small talk waits for nobody, and a question that is being answered at this moment doesn't wait yet.
            or_(QuestionRow.status != Status.ASKED_BACK.value, flags["person"], flags["asks"]),
            or_(QuestionRow.status != RECEIVED, flags["never_answered"], flags["person"]),
        )
        .order_by(points.desc(), place)
    )


def flags_of(settled: Subquery, said: Subquery, review: type[ReviewRow], now: dt.datetime) -> dict[str, ColumnElement[Any]]:
    """Return the facts about a question that are true or false, by name.

    `unreviewed`: the newest answer is the assistant's, and no mentor has settled the question; `partly`: it leaves a point open.
    """
    # A withdrawn answer leaves its question without one.
    withdrawn = func.coalesce(settled.c.decision == WITHDRAW, false())
    unsettled = or_(settled.c.question_id.is_(None), withdrawn)
    unreviewed = and_(
        settled.c.question_id.is_(None), QuestionRow.status == Status.ANSWERED.value, AnswerRow.composer != Composer.MENTOR.value
    )
    hashed = (cast(QuestionRow.id, BigInteger) * literal(GOLDEN, BigInteger)) % literal(HASHES, BigInteger)
    return {
        "danger": and_(unsettled, func.coalesce(cast(AnswerRow.checks, Text).like(CARE), false())),
        "withdrawn": withdrawn,
        "person": and_(QuestionRow.wants_person, or_(unsettled, func.coalesce(said.c.person, 0) > 0)),
        "asks": func.coalesce(review.decision == SECOND_OPINION, false()),
        "opposed": func.coalesce(settled.c.opposed, false()),
        "down": func.coalesce(said.c.down, 0) > 0,
        "handed_over": and_(unsettled, or_(QuestionRow.status.in_(WAITING), withdrawn)),
        "never_answered": and_(unsettled, QuestionRow.status == RECEIVED, QuestionRow.asked_at < now - ANSWERED_WITHIN),
        "unreviewed": unreviewed,
        "partly": and_(unreviewed, cast(AnswerRow.checks, Text).like(OPEN_POINT)),
        "sampled": and_(unreviewed, AnswerRow.confidence >= SURE, hashed < HASHES // SAMPLE_OF),
    }


def said_since(settled: Subquery) -> Subquery:
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
        )
        .group_by(Feedback.question_id)
        .subquery("said")
    )


def points_of(flags: dict[str, ColumnElement[Any]], down_why: ColumnElement[Any]) -> ColumnElement[float]:
    """Add up the points of the facts that the database knows, as `parts_of` does: all but those for askings and for waiting."""
    reasoned = func.coalesce(down_why, "") != ""
    whens: list[ColumnElement[float]] = [
        case((flags["danger"], POINTS["danger"]), else_=0.0),
        case((flags["person"], POINTS["person"]), else_=0.0),
        case((flags["asks"], POINTS["second_opinion"]), else_=0.0),
        case((flags["opposed"], POINTS["disagreement"]), else_=0.0),
        case((flags["down"] & reasoned, POINTS["down_with_reason"]), (flags["down"], POINTS["down"]), else_=0.0),
        case((flags["handed_over"], POINTS["handed_over"]), else_=0.0),
        case((flags["never_answered"], POINTS["never_answered"]), else_=0.0),
        case((flags["partly"], POINTS["partly_answered"]), else_=0.0),
        case((flags["unreviewed"] & (AnswerRow.confidence < SURE), POINTS["unsure"] * (1 - AnswerRow.confidence)), else_=0.0),
        case((flags["sampled"], POINTS["sample"]), else_=0.0),
    ]
    total = whens[0]
    for when in whens[1:]:
        total = total + when
    return total
