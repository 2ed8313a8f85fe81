"""What a promotion is before it's carried out: the question, the file as it would be, what is wrong with it and what it would change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.answering.message.turn import STANDS
from bot.answering.thread import leaning
from bot.ledger.questions import turns_of
from bot.ledger.tables import QuestionRow, ReviewRow
from bot.review.promotion.impact import SHOWN_CHARS, Impact
from bot.review.promotion.impact import text as impact_text
from bot.review.promotion.phrase import beginning
from bot.review.question.in_force import in_force
from bot.review.question.standing import known_question
from bot.values import Composer
from knowledge.reading.card_file import Problem

LIKE_MOST = 6


class PromotionKind(StrEnum):
    """What a mentor's answer becomes."""

    NEW = "new"
    PHRASING = "phrasing"
    AMEND = "amend"
    REPLACE = "replace"


@dataclass(frozen=True)
class Asked:
    """A question with the mentor's answer that is in force, if there is one, and the questions that mentors settled together with it.

    `turns` are those that it was read with, itself the last.
    """

    number: int
    text: str
    answer_id: int | None = None
    answer: str = ""
    like: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()

    @property
    def leans(self) -> bool:
        """Say whether the question can't be understood without the turns before it."""
        return len(self.turns) > 1 and leaning(self.text) > STANDS


@dataclass(frozen=True)
class Narrowing:
    """Phrasings of a topic beyond the course that a new card covers now."""

    topic: str
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A promotion that could be carried out: `text` is the whole file as it is to be, `before` the hash of it as it was (empty: none)."""

    kind: PromotionKind
    slug: str
    path: str
    text: str
    before: str
    diff: str
    asked: Asked
    mentor: str
    problems: tuple[Problem, ...] = ()
    impact: Impact = field(default_factory=Impact)
    narrowing: Narrowing | None = None


def asked_of(session: Session, question_id: int) -> Asked:
    """Read what a promotion is made of.

    Raises:
        UsageError: there is no such question.
    """
    question = known_question(session, question_id)
    answer = in_force(session, question_id)
    by_mentor = answer if answer is not None and answer.composer == Composer.MENTOR else None
    like = tuple(settled_with(session, question_id))
    turns = turns_of(session, question_id)
    if by_mentor is None:
        return Asked(question_id, question.text, like=like, turns=turns)
    return Asked(question_id, question.text, by_mentor.id, by_mentor.text, like, turns)


def settled_with(session: Session, question_id: int) -> list[str]:
    """Return the texts of the questions that one decision settled together with this one, as they were asked."""
    latest = session.scalar(
        select(ReviewRow).where(ReviewRow.question_id == question_id, ReviewRow.undone_at.is_(None)).order_by(ReviewRow.id.desc()).limit(1)
    )
    if latest is None:
        return []
    first = latest.of_review_id or latest.id
    rows = session.scalars(
        select(QuestionRow.text)
        .join(ReviewRow, ReviewRow.question_id == QuestionRow.id)
        .where(or_(ReviewRow.id == first, ReviewRow.of_review_id == first), ReviewRow.undone_at.is_(None), QuestionRow.id != question_id)
        .order_by(QuestionRow.id)
        .limit(LIKE_MOST)
    )
    return list(rows)


def hashed(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def text(plan: Plan) -> str:
    """Render a plan for a mentor: what is to be written, what is wrong with it, what it would change."""
    lines = [f"{plan.kind.value}:{plan.slug} from question {plan.asked.number}, by {plan.mentor}", "", plan.diff]
    if plan.narrowing is not None:
        gone = "; ".join(plan.narrowing.gone)
        lines.append(f"The topic beyond the course '{plan.narrowing.topic}' no longer declines what the new card answers: {gone}")
    lines += [str(problem) for problem in plan.problems] or [impact_text(plan.impact)]
    lines += [f"Note: {warning}" for warning in warnings(plan)]
    return "\n".join(lines)


def warnings(plan: Plan) -> list[str]:
    """Say what a mentor should think of before this is carried out; none of it prevents that."""
    if plan.kind not in {PromotionKind.NEW, PromotionKind.PHRASING} or not plan.asked.leans:
        return []
    question, before = (beginning(each, SHOWN_CHARS) for each in (plan.asked.text, plan.asked.turns[-2]))
    return [
        f"{question!r} was asked after {before!r} and leans on it, but a phrasing is matched by itself: "
        "put the question in full in its place by hand"
    ]
