"""The counts behind the statistics, each read from the ledger on its own."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import orjson
from sqlalchemy import ColumnElement, Text, and_, case, cast, func, select
from sqlalchemy.orm import Session

from bot.ledger.tables import AnswerRow, Citation, PromotionRow, QuestionRow, ReviewRow
from bot.review.promotion.apply import DONE
from bot.review.question_state import SETTLING, newest_answers, settlements
from bot.review.queue.clusters import alike, best_slug
from bot.review.queue.question_vectors import unit_vectors
from bot.values import WAITING, Composer, Status

# The bounds between which answers are counted together by their confidence.
BOUNDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
RIGHT = ("confirm",)
# A mentor's own answer to a question that was answered corrects that answer too.
WRONG = ("correct", "answer", "withdraw")
# How many of the newest unanswered questions are compared with each other.
COMPARED = 2_000


class ConceptCount(NamedTuple):
    """The number of questions whose best card this was, and of those that were handed over or had their answer corrected."""

    slug: str
    questions: int
    handed_over: int
    put_right: int


class BeliefCount(NamedTuple):
    """The number of questions that were near to a misconception."""

    slug: str
    belief: str
    questions: int


class Gap(NamedTuple):
    """Similar questions that nobody has answered; `sample` is the text of the one that most of the others are like."""

    question_ids: tuple[int, ...]
    sample: str


class Reuse(NamedTuple):
    """The number of the assistant's answers that have cited a card since it was promoted."""

    slug: str
    since: dt.datetime
    citing: int


class Bin(NamedTuple):
    """The answers in one span of confidence that mentors confirmed or corrected; `said` is their mean confidence."""

    low: float
    high: float
    confirmed: int
    put_right: int
    said: float


def first_answers() -> ColumnElement[bool]:
    """Return the condition that an answer is the assistant's first one to a question."""
    first = select(func.min(AnswerRow.id)).group_by(AnswerRow.question_id)
    return and_(AnswerRow.id.in_(first), AnswerRow.composer != Composer.MENTOR.value, AnswerRow.status != Status.ASKED_BACK.value)


def concepts(session: Session) -> tuple[ConceptCount, ...]:
    """Count the assistant's first answers by their best card."""
    settled = settlements()
    card = best_slug()
    put_right_now = and_(AnswerRow.status == Status.ANSWERED.value, settled.c.decision.in_(WRONG))
    rows = session.execute(
        select(
            card,
            func.count(),
            func.count(case((AnswerRow.status.in_(WAITING), 1))),
            func.count(case((put_right_now, 1))),
        )
        .outerjoin(settled, settled.c.question_id == AnswerRow.question_id)
        .where(first_answers())
        .group_by(card)
    )
    found = [ConceptCount(slug, *numbers) for slug, *numbers in rows if slug is not None]
    return tuple(sorted(found, key=lambda each: (-each.questions, each.slug)))


def beliefs(session: Session) -> tuple[BeliefCount, ...]:
    """Count the questions by the misconception nearest to them, as it was when the assistant first answered."""
    evidence = cast(AnswerRow.evidence, Text)
    # Read as text, a part at a time, since there is one for each question.
    texts = select(evidence).where(first_answers(), evidence.like(HAS_BELIEF)).execution_options(yield_per=ROWS_READ)
    heard = (belief_in(orjson.loads(each)) for each in session.scalars(texts))
    counts = Counter(belief for belief in heard if belief is not None)
    return tuple(BeliefCount(slug, belief, number) for (slug, belief), number in in_order(counts))


# In the text of an answer's evidence.
HAS_BELIEF = '%"misconception": "%'
ROWS_READ = 1_000
# A belief is counted where the question is this near to it (a cosine).
BELIEF_HEARD = 0.55


def in_order(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """Return the counts, highest first, in alphabetical order among equals."""
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def belief_in(evidence: Sequence[Any] | None) -> tuple[str, str] | None:
    """Return the card and belief of the misconception nearest to a question, None if it was near to none.

    Answers of earlier versions have no misconceptions in their evidence.
    """
    found = []
    for each in evidence or ():
        belief, cosine = each.get("misconception"), each.get("misconception_cosine") or 0.0
        if belief and cosine >= BELIEF_HEARD:
            found.append((cosine, each["slug"], belief))
    return max(found)[1:] if found else None


def gaps(session: Session) -> tuple[Gap, ...]:
    """Return clusters of the questions that were handed over and that no mentor has settled, largest first."""
    settled, newest = settlements(), newest_answers()
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text, QuestionRow.vector, best_slug())
        .outerjoin(settled, settled.c.question_id == QuestionRow.id)
        .outerjoin(newest, newest.c.question_id == QuestionRow.id)
        .outerjoin(AnswerRow, AnswerRow.id == newest.c.answer_id)
        .where(QuestionRow.status.in_(WAITING), settled.c.question_id.is_(None))
        .order_by(QuestionRow.id.desc())
        .limit(COMPARED)
    ).all()
    if not rows:
        return ()
    pairs, _ = alike(unit_vectors([row.vector for row in rows]), [row.card for row in rows])
    np.fill_diagonal(pairs, True)
    found = []
    free = np.ones(len(rows), dtype=bool)
    counts = pairs.sum(axis=1)
    # Each cluster is the question that most of those left are like, with them, so that no chain joins two that are not alike.
    while free.any():
        middle = int(np.where(free, counts, 0).argmax())
        members = np.flatnonzero(pairs[middle] & free)
        free[members] = False
        counts -= pairs[:, members].sum(axis=1)
        found.append(Gap(tuple(sorted(rows[row].id for row in members.tolist())), rows[middle].text))
    return tuple(sorted(found, key=lambda gap: (-len(gap.question_ids), gap.question_ids)))


def hours_to_decision(session: Session) -> list[float]:
    """Return the hours from each decided question to its first decision."""
    first = func.min(ReviewRow.at)
    rows = session.execute(
        select(QuestionRow.asked_at, first)
        .join(ReviewRow, ReviewRow.question_id == QuestionRow.id)
        .where(ReviewRow.undone_at.is_(None), ReviewRow.decision.in_(SETTLING))
        .group_by(QuestionRow.id, QuestionRow.asked_at)
    )
    return [max(0.0, (at - asked_at) / dt.timedelta(hours=1)) for asked_at, at in rows]


def reuse(session: Session) -> tuple[Reuse, ...]:
    """Count the assistant's answers that have cited each promoted card since it was first promoted."""
    rows = session.execute(
        select(PromotionRow.slug, func.min(PromotionRow.at).label("since")).where(PromotionRow.state == DONE).group_by(PromotionRow.slug)
    )
    promoted = {row.slug: row.since for row in rows}
    citing = Counter(dict.fromkeys(promoted, 0))
    if promoted:
        cited = session.execute(
            select(Citation.slug, AnswerRow.created_at)
            .join(AnswerRow, AnswerRow.id == Citation.answer_id)
            .where(Citation.slug.in_(promoted), AnswerRow.created_at > min(promoted.values()), AnswerRow.composer != Composer.MENTOR.value)
        )
        citing.update(slug for slug, created_at in cited if created_at > promoted[slug])
    return tuple(Reuse(slug, promoted[slug], number) for slug, number in in_order(citing))


def bins(session: Session) -> tuple[Bin, ...]:
    """Count by confidence how often mentors confirmed the assistant's answers and how often they corrected them."""
    made_by_mentors = select(ReviewRow.result_id).where(ReviewRow.result_id.is_not(None))
    newest = (
        select(func.max(ReviewRow.id))
        .where(ReviewRow.undone_at.is_(None), ReviewRow.decision.in_(RIGHT + WRONG))
        .group_by(ReviewRow.answer_id)
    )
    rows = session.execute(
        select(AnswerRow.confidence, ReviewRow.decision)
        .join(ReviewRow, ReviewRow.answer_id == AnswerRow.id)
        .where(ReviewRow.id.in_(newest), AnswerRow.status == Status.ANSWERED.value, AnswerRow.id.not_in(made_by_mentors))
    ).all()
    found = []
    for low, high in pairwise(BOUNDS):
        own = [(confidence, decision in RIGHT) for confidence, decision in rows if low <= confidence < high or confidence == high == 1.0]
        right = sum(is_right for _, is_right in own)
        said = sum(confidence for confidence, _ in own) / len(own) if own else 0.0
        found.append(Bin(low, high, right, len(own) - right, said))
    return tuple(found)
