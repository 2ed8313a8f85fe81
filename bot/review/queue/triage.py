"""The order in which mentors should look at questions, and why."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from bot.ledger.tables import AnswerRow, Claim, Mentor, QuestionRow
from bot.review.decisions.near_verdicts import refused_now, shows_nearest
from bot.review.question_state import newest_answers, one_of
from bot.review.queue.asks_nothing import asks_nothing
from bot.review.queue.candidates import Candidate, candidates
from bot.review.queue.groups import COURSE, COURSE_OTHER, common_words, group_of, is_in
from bot.review.queue.like_pairs import clusters
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
    # What the learner was shown, where a mentor has to judge that: an answer, the nearest passage, or the words to somebody in danger.
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
    """A ranked question with the name of its group; `stale` if somebody has waited for a mentor for too long."""

    ranked: Ranked
    group: str
    stale: bool

    @property
    def candidate(self) -> Candidate:
        """The question."""
        return self.ranked.candidate

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
            and all(word in each.candidate.text.lower() for word in self.search.lower().split())
            and (not self.platform or each.candidate.platform == self.platform)
            and self.why.lower() in reasons.lower()
        )


@dataclass(frozen=True)
class Group:
    """One group of the queue: its name and its questions, those of most worth first."""

    name: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Queue:
    """What waits: the wanted questions as listed and how many more, all groups, and how many messages that ask nothing are left out."""

    listed: tuple[Waiting, ...]
    groups: tuple[Group, ...]
    total: int
    left_out: int
    unlisted: int = 0


@dataclass(frozen=True)
class Board:
    """All questions that wait at one moment, those of most worth first, the numbers of each group, and who is at which question."""

    lines: tuple[Grouped, ...]
    groups: Mapping[str, Sequence[int]]
    claimed: Mapping[int, str]
    left_out: int

    def listed(self, takes: Callable[[Grouped], bool], *, folded: bool, by_group: bool = True) -> list[Grouped]:
        """Return the questions that a mentor wants to see.

        With `folded`, those like one that is listed are left out, and `by_group` also those of its group, if one reason answers it.
        """
        found: list[Grouped] = []
        hidden: set[int] = set()
        for each in self.lines:
            if each.number not in hidden and takes(each):
                found.append(each)
                hidden.update(each.ranked.cluster if folded else ())
                hidden.update(self.groups[each.group] if folded and by_group and each.group.startswith(READ_ONCE) else ())
        return found


EVERYTHING = Wanted()
# A mentor reads one of these groups once: one reason answers all of it.
# Outcomes whose words a mentor judges.
JUDGED = frozenset({Status.NEAR, Status.ANSWERED})
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
    found = board(session, now=now, everything=everything)
    listed = found.listed(wanted.takes, folded=folded, by_group=not wanted.group)
    order = sorted(found.groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    groups = tuple(Group(name, tuple(numbers)) for name, numbers in order)
    kept = tuple(shown(session, found, listed[:most], now))
    return Queue(kept, groups, len(found.lines), found.left_out, max(len(listed) - most, 0))


def numbers_in(session: Session, group: str, *, now: dt.datetime) -> list[int]:
    """Return the questions of the one group that a mentor names.

    Raises:
        UsageError: no group or several have that name.
    """
    groups = board(session, now=now).groups
    found = sorted(name for name in groups if is_in(name, group))
    exact = [name for name in found if name == group] or found
    if len(exact) != 1:
        named = ", ".join(map(repr, exact[:5])) if exact else "none"
        raise UsageError(f"{group!r} has to name one group of the queue, and it names {named}: 'askwell review list --groups' shows them")
    return list(groups[exact[0]])


def name_of(each: Grouped, texts: Mapping[int, str]) -> str:
    """Return a name for a question and those like it; empty for a question alone."""
    like = [texts[number] for number in each.ranked.cluster if number in texts]
    return common_words([each.candidate.text, *like]) if like else ""


def board(session: Session, *, now: dt.datetime, everything: bool = False) -> Board:
    """Return all that waits; with `everything` also the messages that ask nothing."""
    lines: list[Grouped] = []
    groups: dict[str, list[int]] = {}
    left_out = 0
    for each in sorted(rank(session, now), key=lambda each: (-each.worth, each.candidate.question_id)):
        is_nothing, group = looked_through(each.candidate)
        if is_nothing and not everything and not any(part.name in SAID_BY_A_PERSON for part in each.parts):
            left_out += 1
            continue
        lines.append(Grouped(each, group, stale=is_awaited(each.parts) and now - each.facts.since > STALE_AFTER))
        groups.setdefault(group, []).append(each.candidate.question_id)
    claims = session.execute(select(Claim.question_id, Mentor.name).join(Mentor, Mentor.id == Claim.mentor_id).where(Claim.until > now))
    return Board(tuple(lines), groups, {row.question_id: row.name for row in claims}, left_out)


# What was found out about a question by its words, under a hash of them, so that no learner's words are kept.
LOOKED_THROUGH: dict[bytes, tuple[bool, str]] = {}
MOST_LOOKED_THROUGH = 20_000


def looked_through(candidate: Candidate) -> tuple[bool, str]:
    """Return whether a message asks nothing, and its group; each is looked through once."""
    card = None if candidate.card is None or candidate.status == Status.HANDED_OVER else (Slug(candidate.card), candidate.title or "")
    key = blake2b(repr((candidate.text, candidate.checks, card)).encode(), digest_size=16).digest()
    found = LOOKED_THROUGH.get(key)
    if found is None:
        checks = json.loads(candidate.checks) if candidate.checks else ()
        found = asks_nothing(candidate.text), group_of(candidate.text, checks, card=card)
        if len(LOOKED_THROUGH) >= MOST_LOOKED_THROUGH:
            LOOKED_THROUGH.clear()
        LOOKED_THROUGH[key] = found
    return found


def rank(session: Session, now: dt.datetime) -> list[Ranked]:
    """Compare the candidates with each other and give each its worth; those that are worth nothing are left out."""
    found = candidates(session, now=now)
    if not found:
        return []
    ranked = []
    for candidate, cluster in zip(found, clusters(session, found), strict=True):
        facts = replace(candidate.facts, askings=1 + len(cluster)) if cluster else candidate.facts
        if parts := parts_of(facts, now):
            ranked.append(Ranked(candidate, facts, parts, cluster))
    return ranked


def shown(session: Session, found: Board, listed: Sequence[Grouped], now: dt.datetime) -> list[Waiting]:
    """Read all that a mentor sees of the listed questions, in their order."""
    newest = newest_answers([each.number for each in listed])
    rows = session.execute(
        select(QuestionRow, AnswerRow, Claim.until)
        .options(defer(QuestionRow.vector), defer(AnswerRow.evidence))
        .outerjoin(newest, newest.c.question_id == QuestionRow.id)
        .outerjoin(AnswerRow, AnswerRow.id == newest.c.answer_id)
        .outerjoin(Claim, (Claim.question_id == QuestionRow.id) & (Claim.until > now))
        .where(one_of(QuestionRow.id, [each.number for each in listed]))
    )
    read = {row[0].id: row for row in rows}
    refused = refused_now(session, [row[1].id for row in read.values() if row[1] is not None])
    texts = {each.number: each.candidate.text for each in found.lines}
    waiting = []
    for each in listed:
        # A question that was removed at this very moment is gone from the list too.
        if each.number in read:
            question, answer, until = read[each.number]
            own = waiting_of(each, question, answer, claim=(found.claimed.get(each.number), until))
            in_group = tuple(number for number in found.groups[each.group] if number != each.number)
            is_refused = answer is not None and answer.id in refused
            own = replace(own, asks_if_settled=shows_nearest(answer) and not is_refused, refused=is_refused)
            waiting.append(replace(own, group=each.group, name=name_of(each, texts), in_group=in_group))
    return waiting


def waiting_of(each: Grouped, question: QuestionRow, answer: AnswerRow | None, *, claim: tuple[str | None, dt.datetime | None]) -> Waiting:
    """Return all that a mentor sees of one question."""
    ranked = each.ranked
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
        stale=each.stale,
        disagreement=ranked.facts.opposed is not None,
        second_opinion=ranked.facts.second_opinion_of is not None,
        answer_shown=answer.text if answer is not None and (ranked.facts.danger or question.status in JUDGED) else "",
    )
