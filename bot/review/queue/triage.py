"""The order in which mentors should look at questions, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import AnswerRow, Claim, Mentor, QuestionRow
from bot.review.question_state import newest_answers
from bot.review.queue.candidates import Candidate, candidates
from bot.review.queue.clusters import alike, unit_vectors
from bot.review.queue.worth import STALE_AFTER, Facts, Part, is_awaited, parts_of
from bot.values import FoundCard


@dataclass(frozen=True)
class Waiting:
    """One question that waits for a mentor.

    `worth` is the sum of the points of `parts`, `reasons` are their words. `cluster` has the other open questions like it, nearest first:
    one decision can settle them too. `since` is when it began to wait: when it was asked or opened again.
    """

    question_id: int
    text: str
    asked_at: dt.datetime
    since: dt.datetime
    platform: str
    status: str
    state: str | None
    confidence: float | None
    cards: tuple[FoundCard, ...]
    reasons: tuple[str, ...]
    worth: float
    parts: tuple[Part, ...]
    cluster: tuple[int, ...]
    claimed_by: str | None
    claimed_until: dt.datetime | None
    stale: bool
    disagreement: bool
    second_opinion: bool


@dataclass(frozen=True)
class Ranked:
    """A candidate with its parts and the questions like it."""

    candidate: Candidate
    facts: Facts
    parts: tuple[Part, ...]
    cluster: tuple[int, ...]

    @property
    def worth(self) -> float:
        """The sum of the points."""
        return round(sum(part.points for part in self.parts), 2)


def queue(session: Session, *, now: dt.datetime, most: int = 50, folded: bool = True) -> list[Waiting]:
    """Return the questions that wait for a mentor, those of most worth first, older ones first among equals.

    With `folded` a cluster is listed once, as its question of most worth, which names the others.
    """
    listed: list[Ranked] = []
    hidden: set[int] = set()
    for ranked in sorted(rank(session, now), key=lambda each: (-each.worth, each.candidate.question_id)):
        if len(listed) >= most:
            break
        if ranked.candidate.question_id not in hidden:
            listed.append(ranked)
            hidden.update(ranked.cluster if folded else ())
    return shown(session, listed, now)


def rank(session: Session, now: dt.datetime) -> list[Ranked]:
    """Compare the candidates with each other and give each its worth; those that are worth nothing are left out."""
    found = candidates(session, now=now)
    if not found:
        return []
    vectors = unit_vectors([each.vector for each in found])
    pairs, cosines = alike(vectors, [each.card for each in found])
    ranked = []
    for row, candidate in enumerate(found):
        near = np.flatnonzero(pairs[row])
        cluster = tuple(found[other].question_id for other in near[np.argsort(-cosines[row, near], kind="stable")])
        facts = replace(candidate.facts, askings=1 + len(cluster))
        if parts := parts_of(facts, now):
            ranked.append(Ranked(candidate, facts, parts, cluster))
    return ranked


def shown(session: Session, listed: list[Ranked], now: dt.datetime) -> list[Waiting]:
    """Read all that a mentor sees of the listed questions, in their order."""
    newest = newest_answers()
    rows = session.execute(
        select(QuestionRow, AnswerRow, Mentor.name, Claim.until)
        .outerjoin(newest, newest.c.question_id == QuestionRow.id)
        .outerjoin(AnswerRow, AnswerRow.id == newest.c.answer_id)
        .outerjoin(Claim, (Claim.question_id == QuestionRow.id) & (Claim.until > now))
        .outerjoin(Mentor, Mentor.id == Claim.mentor_id)
        .where(QuestionRow.id.in_([each.candidate.question_id for each in listed]))
    )
    read = {row[0].id: row for row in rows}
    waiting = []
    for each in listed:
        question, answer, mentor, until = read[each.candidate.question_id]
        waiting.append(waiting_of(each, question, answer, now, claim=(mentor, until)))
    return waiting


def waiting_of(
    ranked: Ranked, question: QuestionRow, answer: AnswerRow | None, now: dt.datetime, *, claim: tuple[str | None, dt.datetime | None]
) -> Waiting:
    """Return all that a mentor sees of one question."""
    return Waiting(
        question_id=question.id,
        text=question.text,
        asked_at=question.asked_at,
        since=ranked.facts.since,
        platform=question.platform,
        status=question.status,
        state=None if answer is None else answer.state,
        confidence=None if answer is None else answer.confidence,
        cards=() if answer is None else tuple(FoundCard.model_validate(card) for card in answer.cards),
        reasons=tuple(part.words for part in ranked.parts),
        worth=ranked.worth,
        parts=ranked.parts,
        cluster=ranked.cluster,
        claimed_by=claim[0],
        claimed_until=claim[1],
        stale=is_awaited(ranked.parts) and now - ranked.facts.since > STALE_AFTER,
        disagreement=ranked.facts.opposed is not None,
        second_opinion=ranked.facts.second_opinion_of is not None,
    )
