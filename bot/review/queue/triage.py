"""The order in which mentors should look at questions, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import AnswerRow, Claim, Mentor, QuestionRow
from bot.review.decisions.near_verdicts import refused_now, shows_nearest
from bot.review.question_state import newest_answers
from bot.review.queue.asks_nothing import asks_nothing
from bot.review.queue.candidates import Candidate, candidates
from bot.review.queue.clusters import alike, unit_vectors
from bot.review.queue.groups import COURSE, COURSE_OTHER, common_words, group_of, is_in
from bot.review.queue.worth import SAID_BY_A_PERSON, STALE_AFTER, Facts, Part, is_awaited, parts_of
from bot.values import FoundCard, Status
from knowledge.errors import UsageError
from knowledge.reading.card import Slug


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
    # What the learner was shown, where a mentor has to judge that: the nearest passage, or the words to somebody in danger.
    answer_shown: str = ""
    # Whether a mentor is asked if the nearest passage settles it, and whether one said that it doesn't.
    asks_if_settled: bool = False
    refused: bool = False
    group: str = ""
    name: str = ""
    in_group: tuple[int, ...] = ()


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


@dataclass(frozen=True)
class Grouped:
    """A ranked question with its text and the name of its group."""

    ranked: Ranked
    text: str
    platform: str
    group: str

    @property
    def number(self) -> int:
        """The question's number."""
        return self.ranked.candidate.question_id


@dataclass(frozen=True)
class Wanted:
    """The part of the queue that a mentor wants to see; an empty text wants everything."""

    group: str = ""
    search: str = ""
    platform: str = ""
    why: str = ""

    def takes(self, each: Grouped) -> bool:
        """Return whether a question is wanted."""
        reasons = " ".join(part.words for part in each.ranked.parts)
        return (
            (not self.group or is_in(each.group, self.group))
            and all(word in each.text.lower() for word in self.search.lower().split())
            and (not self.platform or each.platform == self.platform)
            and self.why.lower() in reasons.lower()
        )


@dataclass(frozen=True)
class Group:
    """One group of the queue: its name and its questions, those of most worth first."""

    name: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Queue:
    """What waits: the wanted questions as they are listed, all groups, and how many messages ask nothing and are left out."""

    listed: tuple[Waiting, ...]
    groups: tuple[Group, ...]
    total: int
    left_out: int


EVERYTHING = Wanted()
# A mentor reads one of these groups once: one reason answers all of it.
READ_ONCE = ("off course: ", "homework", *(name for name, _ in COURSE), COURSE_OTHER)


def queue(session: Session, *, now: dt.datetime, most: int = 50, folded: bool = True) -> list[Waiting]:
    """Return the questions that wait for a mentor, those of most worth first, older ones first among equals.

    With `folded` a cluster is listed once, as its question of most worth, which names the others.
    """
    return list(whole_queue(session, now=now, most=most, folded=folded).listed)


def whole_queue(
    session: Session, *, now: dt.datetime, most: int = 50, folded: bool = True, wanted: Wanted = EVERYTHING, everything: bool = False
) -> Queue:
    """Return the queue with its groups; with `everything` also the messages that ask nothing."""
    grouped, left_out = group_all(session, rank(session, now), everything=everything)
    groups: dict[str, list[int]] = {}
    for each in grouped:
        groups.setdefault(each.group, []).append(each.number)
    texts = {each.number: each.text for each in grouped}
    listed: list[Grouped] = []
    hidden: set[int] = set()
    for each in filter(wanted.takes, grouped):
        if len(listed) >= most:
            break
        if each.number not in hidden:
            listed.append(each)
            hidden.update(each.ranked.cluster if folded else ())
            hidden.update(groups[each.group] if folded and each.group.startswith(READ_ONCE) and not wanted.group else ())
    names = {each.number: name_of(each, texts) for each in listed}
    found = [
        replace(waiting, group=each.group, name=names[each.number], in_group=tuple(set_aside(groups[each.group], each.number)))
        for waiting, each in zip(shown(session, [each.ranked for each in listed], now), listed, strict=True)
    ]
    order = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return Queue(tuple(found), tuple(Group(name, tuple(numbers)) for name, numbers in order), len(grouped), left_out)


def numbers_in(session: Session, group: str, *, now: dt.datetime) -> list[int]:
    """Return the questions of the one group that a mentor names.

    Raises:
        UsageError: no group or several have that name.
    """
    found = [each for each in whole_queue(session, now=now).groups if is_in(each.name, group)]
    exact = [each for each in found if each.name == group] or found
    if len(exact) != 1:
        named = ", ".join(repr(each.name) for each in exact[:5]) if exact else "none"
        raise UsageError(f"{group!r} has to name one group of the queue, and it names {named}: 'askwell review list --groups' shows them")
    return list(exact[0].numbers)


def name_of(each: Grouped, texts: dict[int, str]) -> str:
    """Return a name for a question and those like it; empty for a question alone."""
    like = [texts[number] for number in each.ranked.cluster if number in texts]
    return common_words([each.text, *like]) if like else ""


def set_aside(numbers: list[int], one: int) -> list[int]:
    """Return numbers without one of them."""
    return [number for number in numbers if number != one]


def group_all(session: Session, found: list[Ranked], *, everything: bool) -> tuple[list[Grouped], int]:
    """Return the questions in the order of worth, each with its group, and how many were left out because they ask nothing."""
    newest = newest_answers()
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text, QuestionRow.platform, QuestionRow.status, AnswerRow.checks, AnswerRow.cards)
        .outerjoin(newest, newest.c.question_id == QuestionRow.id)
        .outerjoin(AnswerRow, AnswerRow.id == newest.c.answer_id)
        .where(QuestionRow.id.in_([each.candidate.question_id for each in found]))
    )
    read = {row.id: row for row in rows}
    grouped: list[Grouped] = []
    left_out = 0
    for each in sorted(found, key=lambda each: (-each.worth, each.candidate.question_id)):
        row = read[each.candidate.question_id]
        if not everything and asks_nothing(row.text) and not {part.name for part in each.parts} & SAID_BY_A_PERSON:
            left_out += 1
            continue
        card = (Slug(row.cards[0]["slug"]), str(row.cards[0]["title"])) if row.cards and row.status != Status.HANDED_OVER else None
        grouped.append(Grouped(each, row.text, row.platform, group_of(row.text, row.checks or (), card=card)))
    return grouped, left_out


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
    refused = refused_now(session, [row[1].id for row in read.values() if row[1] is not None])
    waiting = []
    for each in listed:
        question, answer, mentor, until = read[each.candidate.question_id]
        found = waiting_of(each, question, answer, now, claim=(mentor, until))
        is_refused = answer is not None and answer.id in refused
        waiting.append(replace(found, asks_if_settled=shows_nearest(answer) and not is_refused, refused=is_refused))
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
        answer_shown=answer.text if answer is not None and (ranked.facts.danger or question.status == Status.NEAR) else "",
    )
