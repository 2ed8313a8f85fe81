"""The questions that may need a mentor, chosen and ordered by the database, as far as it can without comparing texts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ledger.feedback import FeedbackKind
from bot.ledger.tables import Feedback, Mentor, QuestionRow, QueueChange, QueueFact, ReviewRow
from bot.review.question_state import one_of
from bot.review.queue.gathering import COLUMNS, GATHERED, GATHERED_AT_ONCE, Flags
from bot.review.queue.worth import ANSWERED_WITHIN, POINTS, Facts

# How many are compared with each other; if more wait, those of the least worth so far are left for later.
MOST_CANDIDATES = 2_000
# Databases take a statement of only so many characters.
IDS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Candidate:
    """One question that is not settled, with what the database knows about it; `checks` are its answer's about it, in JSON."""

    question_id: int
    text: str
    platform: str
    status: str
    card: str | None
    title: str | None
    checks: str
    vector_version: int
    vector_bytes: int
    facts: Facts


class KeptFact(NamedTuple):
    """The facts about one question as they are kept."""

    question_id: int
    answer_id: int | None
    points: float
    place: int
    is_received: bool
    flags: int
    settled_at: dt.datetime | None
    said_at: dt.datetime | None
    review_id: int | None
    mentor_id: int | None
    earlier_mentor_id: int | None
    confidence: float | None
    card: str | None
    title: str | None
    checks: str


def candidates(session: Session, *, now: dt.datetime, most: int = MOST_CANDIDATES) -> list[Candidate]:
    """Return the unsettled questions of most worth so far, best first.

    Last come the newest confident answers: only a comparison shows that one is asked often.
    """
    chosen = chosen_facts(session, now, most)
    flags = {fact.question_id: Flags(fact.flags) for fact in chosen}
    mentors = {row.id: row.name for row in session.execute(select(Mentor.id, Mentor.name))}
    asking = asking_reviews(session, [fact.review_id for fact in chosen if fact.review_id is not None])
    reasons = reasons_for_down(session, [fact for fact in chosen if Flags.DOWN in flags[fact.question_id]])
    questions = questions_of(session, chosen)
    found = []
    for fact in chosen:
        row = questions.get(fact.question_id)
        if row is None:
            # It was removed at this very moment, and is no candidate any more.
            continue
        facts = facts_of(fact, flags[row.id], row.asked_at, mentors=mentors, asking=asking, reasons=reasons)
        vector = (row.vector_version, row.size or 0)
        found.append(Candidate(row.id, row.text, row.platform, row.status, fact.card, fact.title, fact.checks, *vector, facts))
    return found


def chosen_facts(session: Session, now: dt.datetime, most: int) -> list[KeptFact]:
    """Return the facts of the best questions, best first: those that are kept, or gathered now where a question has changed since."""
    # Read first, so that what changes meanwhile is at worst as it was.
    changed = set(session.scalars(select(QueueChange.question_id).distinct()))
    fresh = [row for some in portions(sorted(changed), GATHERED_AT_ONCE) for row in session.execute(GATHERED, {"of": some})]
    kept = select(*(getattr(QueueFact, name) for name in COLUMNS))
    order = (QueueFact.points.desc(), QueueFact.place.desc())
    answered = session.execute(kept.where(QueueFact.is_received.is_(False)).order_by(*order).limit(most + len(changed))).all()
    # Each of these is being answered now, or its process was killed: there are few.
    received = session.execute(kept.where(QueueFact.is_received.is_(True))).all()
    facts = [KeptFact(*row) for row in fresh]
    facts += [KeptFact(*row) for row in (*answered, *received) if row.question_id not in changed]
    never = never_answered(session, [fact for fact in facts if fact.is_received], now)
    facts = [as_of(fact, fact.question_id in never) for fact in facts if is_due(fact, never)]
    return sorted(facts, key=lambda fact: (-fact.points, -fact.place))[:most]


def never_answered(session: Session, received: Sequence[KeptFact], now: dt.datetime) -> set[int]:
    """Return those questions without an answer that nobody can be answering any more."""
    unsettled = [fact.question_id for fact in received if Flags.UNSETTLED in Flags(fact.flags)]
    old = select(QuestionRow.id).where(QuestionRow.asked_at < now - ANSWERED_WITHIN)
    return {number for some in portions(unsettled) for number in session.scalars(old.where(one_of(QuestionRow.id, some)))}


def is_due(fact: KeptFact, never: set[int]) -> bool:
    """Return False for a question that is being answered at this moment: it doesn't wait yet."""
    return not fact.is_received or fact.question_id in never or Flags.PERSON in Flags(fact.flags)


def as_of(fact: KeptFact, is_never_answered: bool) -> KeptFact:
    """Return a fact with the points for a question that was never answered, which come with time."""
    if not is_never_answered:
        return fact
    return fact._replace(
        points=fact.points + POINTS["never_answered"], place=-fact.question_id, flags=fact.flags | Flags.NEVER_ANSWERED.value
    )


def questions_of(session: Session, chosen: Sequence[KeptFact]) -> dict[int, Any]:
    """Return the rows of the chosen questions, by number."""
    rows = select(
        QuestionRow.id, QuestionRow.text, QuestionRow.platform, QuestionRow.status, QuestionRow.asked_at, QuestionRow.vector_version,
        func.length(QuestionRow.vector).label("size"),
    )  # fmt: skip
    numbers = [fact.question_id for fact in chosen]
    return {row.id: row for some in portions(numbers) for row in session.execute(rows.where(one_of(QuestionRow.id, some)))}


def asking_reviews(session: Session, review_ids: Sequence[int]) -> dict[int, Any]:
    """Return the decisions that ask for a second opinion, by number."""
    rows = select(ReviewRow.id, ReviewRow.mentor_id, ReviewRow.reason, ReviewRow.at)
    return {row.id: row for some in portions(review_ids) for row in session.execute(rows.where(one_of(ReviewRow.id, some)))}


def reasons_for_down(session: Session, downed: Sequence[KeptFact]) -> dict[int, str]:
    """Return a reason for a thumb down since its question was settled, by question; none for those without."""
    settled_at = {fact.question_id: fact.settled_at for fact in downed}
    rows = select(Feedback.question_id, Feedback.reason, Feedback.at).where(Feedback.kind == FeedbackKind.DOWN.value, Feedback.reason != "")
    found: dict[int, str] = {}
    for some in portions([fact.question_id for fact in downed]):
        for number, reason, at in session.execute(rows.where(one_of(Feedback.question_id, some))):
            since = settled_at[number]
            if since is None or at > since:
                found[number] = max(found.get(number, ""), reason)
    return found


def portions(ids: Sequence[int], at_once: int = IDS_AT_ONCE) -> Iterable[Sequence[int]]:
    """Yield ids in portions that one statement takes."""
    return (ids[start : start + at_once] for start in range(0, len(ids), at_once))


def facts_of(
    fact: KeptFact,
    flags: Flags,
    asked_at: dt.datetime,
    *,
    mentors: Mapping[int, str],
    asking: Mapping[int, Any],
    reasons: Mapping[int, str],
) -> Facts:
    """Return the facts about a question in full."""
    review = asking.get(fact.review_id) if fact.review_id is not None and Flags.ASKS in flags else None
    reopened = [moment for moment in (fact.said_at, review.at if review is not None else None) if moment is not None]
    later = mentors.get(fact.mentor_id or 0, "")
    checks = json.loads(fact.checks) if Flags.PARTLY in flags else ()
    return Facts(
        since=asked_at if fact.settled_at is None else min(reopened, default=fact.settled_at),
        danger=Flags.DANGER in flags,
        person=Flags.PERSON in flags,
        second_opinion_of=None if review is None else mentors.get(review.mentor_id, ""),
        second_opinion_why="" if review is None else review.reason,
        opposed=(mentors.get(fact.earlier_mentor_id or 0, ""), later) if Flags.OPPOSED in flags else None,
        down=Flags.DOWN in flags,
        down_why=reasons.get(fact.question_id, ""),
        handed_over=Flags.HANDED_OVER in flags,
        withdrawn_by=later if Flags.WITHDRAWN in flags else "",
        never_answered=Flags.NEVER_ANSWERED in flags,
        open_point=next((str(check["open"]) for check in checks if "open" in check), ""),
        confidence=fact.confidence if Flags.UNREVIEWED in flags else None,
        sampled=Flags.SAMPLED in flags,
    )
