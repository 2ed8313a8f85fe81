"""The plan of a promotion: the question, the changed file, its problems and its impact, and the plan's text for a mentor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.answering.follow_up import leaning
from bot.answering.message.find_passages import LEANS_LITTLE
from bot.ledger.questions import turns_of
from bot.ledger.tables import AnswerRow, QuestionRow, ReviewRow
from bot.review.decisions.outcomes import answered_by
from bot.review.promotion.impact import SHOWN_CHARS, Impact
from bot.review.promotion.impact import text as impact_text
from bot.review.question_state import answer_in_force, known_question, newest_answers
from bot.values import Composer, State
from knowledge.errors import UsageError
from knowledge.reading.card import SLUG_PATTERN
from knowledge.reading.card_file import Problem
from knowledge.short_line import short_line

# The topics beyond the course, which a new card may narrow.
BEYOND = "beyond.yaml"
LIKE_MOST = 6
# So many other answers of a thread are read for a draft.
THREAD_MOST = 3
SLUG_MAX_CHARS = 80


class PromotionKind(StrEnum):
    """The ways to turn a mentor's answer into knowledge, and an edit of a card for no question in particular."""

    NEW = "new"
    PHRASING = "phrasing"
    AMEND = "amend"
    REPLACE = "replace"
    EDIT = "edit"


@dataclass(frozen=True)
class PromotedQuestion:
    """A question with the mentor's answer in force, if there is one, and the questions that were decided together with it.

    `turns` are the turns of its conversation up to it, itself the last; `author` is the mentor who wrote the answer. `thread` has what
    mentors answered to other questions of the same learner there.
    """

    number: int
    text: str
    answer_id: int | None = None
    answer: str = ""
    like: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    author: str = ""
    thread: tuple[str, ...] = ()

    @property
    def leans(self) -> bool:
        """True if the question can't be understood without the turns before it."""
        return len(self.turns) > 1 and leaning(self.text) > LEANS_LITTLE


@dataclass(frozen=True)
class Narrowing:
    """Phrasings of a topic beyond the course that a new card covers now."""

    topic: str
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A promotion before it's carried out; `text` is the whole new file, `before` the hash of the old one (empty if there is none)."""

    kind: PromotionKind
    slug: str
    path: str
    text: str
    before: str
    diff: str
    question: PromotedQuestion
    mentor: str
    problems: tuple[Problem, ...] = ()
    impact: Impact = field(default_factory=Impact)
    narrowing: Narrowing | None = None
    must_not: tuple[str, ...] = ()
    # Why a configured model drafted no card, empty if it did or was not asked.
    not_drafted: str = ""


def promoted_question(session: Session, question_id: int) -> PromotedQuestion:
    """Read a question with all that a promotion of its answer needs.

    Raises:
        UsageError: there is no such question.
    """
    question = known_question(session, question_id)
    answer = answer_in_force(session, question_id)
    found = PromotedQuestion(
        question_id, question.text, like=tuple(decided_with(session, question_id)), turns=turns_of(session, question_id)
    )
    if answer is None or answer.composer != Composer.MENTOR:
        return found
    return replace(
        found,
        answer_id=answer.id,
        answer=answer.text,
        author=answered_by(session, answer.id) or "",
        thread=tuple(said_by_mentors(session, question)),
    )


def said_by_mentors(session: Session, question: QuestionRow) -> list[str]:
    """Return the mentors' answers in force to a learner's other questions in the conversation of this one, oldest first."""
    if question.learner_id is None:
        return []
    newest = newest_answers()
    rows = session.scalars(
        select(AnswerRow.text)
        .join(newest, newest.c.answer_id == AnswerRow.id)
        .join(QuestionRow, QuestionRow.id == newest.c.question_id)
        .where(
            QuestionRow.conversation_id == question.conversation_id,
            QuestionRow.learner_id == question.learner_id,
            QuestionRow.id != question.id,
            AnswerRow.composer == Composer.MENTOR.value,
            AnswerRow.state != State.WITHDRAWN.value,
        )
        .order_by(QuestionRow.id.desc())
        .limit(THREAD_MOST)
    )
    return list(rows)[::-1]


def decided_with(session: Session, question_id: int) -> list[str]:
    """Return the texts of the questions that were decided together with this one."""
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


def read_wanted(wanted: str) -> tuple[PromotionKind, str]:
    """Parse `kind:slug`.

    Raises:
        UsageError: it's not of this form.
    """
    kind, _, slug = wanted.strip().partition(":")
    if kind not in set(PromotionKind) - {PromotionKind.EDIT} or not SLUG_PATTERN.fullmatch(slug) or len(slug) > SLUG_MAX_CHARS:
        raise UsageError(f"{wanted[:100]!r} is not a promotion: new:SLUG, phrasing:SLUG, amend:SLUG or replace:SLUG")
    return PromotionKind(kind), slug


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def text(plan: Plan) -> str:
    """Render a plan for a mentor: the diff, then its problems or its impact, and warnings."""
    lines = [f"{plan.kind.value}:{plan.slug} from question {plan.question.number}, by {plan.mentor}", "", plan.diff]
    if plan.narrowing is not None:
        gone = "; ".join(plan.narrowing.gone)
        lines.append(f"The topic beyond the course '{plan.narrowing.topic}' no longer declines what the new card answers: {gone}")
    lines += [str(problem) for problem in plan.problems] or [impact_text(plan.impact)]
    lines += [f"Must not answer, kept as a regression case: {short_line(each, SHOWN_CHARS)!r}" for each in plan.must_not]
    lines += [f"Note: {warning}" for warning in warnings(plan)]
    return "\n".join(lines)


def warnings(plan: Plan) -> list[str]:
    """Return what a mentor should know before carrying this out; nothing in it prevents that."""
    said = (
        [f"the card has the mentor's own words, since no draft of the model could be used: {plan.not_drafted}"] if plan.not_drafted else []
    )
    if plan.kind not in {PromotionKind.NEW, PromotionKind.PHRASING} or not plan.question.leans:
        return said
    question, before = (short_line(each, SHOWN_CHARS) for each in (plan.question.text, plan.question.turns[-2]))
    return [
        *said,
        f"{question!r} was asked after {before!r} and leans on it, but a phrasing is matched by itself: "
        "put the question in full in its place by hand",
    ]
