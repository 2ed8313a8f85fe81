"""One question with all that the ledger knows of it, for the mentor who decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.questions import said_in_conversation
from bot.ledger.tables import AnswerRow, Conversation, DeliveryRow, Feedback, Mentor, Passing, PromotionRow, QuestionRow, ReviewRow
from bot.review.question_state import Disagreement, disagreements, known_question, newest_answers, one_of, settlements
from bot.review.queue.claims import latest_claim
from bot.review.queue.clusters import similar_questions

MOST_TURNS = 20
MOST_LIKE = 50


@dataclass(frozen=True)
class PassedState:
    """A state that an answer passed into."""

    state: str
    at: dt.datetime
    review_id: int | None


@dataclass(frozen=True)
class ShownAnswer:
    """One answer and how it was made; `in_force` marks the one that the learner has or will get."""

    answer_id: int
    text: str
    status: str
    state: str
    composer: str
    model: str | None
    prompt: str | None
    examples: tuple[str, ...]
    confidence: float
    cards: tuple[dict[str, Any], ...]
    cited: tuple[str, ...]
    checks: tuple[dict[str, Any], ...]
    evidence: tuple[dict[str, Any], ...]
    created_at: dt.datetime
    sent_as: str | None
    passings: tuple[PassedState, ...]
    in_force: bool


@dataclass(frozen=True)
class ShownFeedback:
    """A learner's feedback on an answer; `by_asker` is true if the learner who asked gave it."""

    kind: str
    reason: str
    at: dt.datetime
    answer_id: int | None
    by_asker: bool


@dataclass(frozen=True)
class ShownReview:
    """One decision; `undone_at` is None unless it was undone."""

    review_id: int
    mentor: str
    decision: str
    reason: str
    source: str
    at: dt.datetime
    undone_at: dt.datetime | None
    answer_id: int | None
    result_id: int | None
    of_review_id: int | None


@dataclass(frozen=True)
class ShownDelivery:
    """One message in the outbox, sent or not."""

    delivery_id: int
    kind: str
    state: str
    review_id: int | None
    note: str
    attempts: int
    due_at: dt.datetime
    sent_at: dt.datetime | None
    error: str


@dataclass(frozen=True)
class ShownPromotion:
    """One card that the question led to."""

    promotion_id: int
    mentor: str
    kind: str
    slug: str
    state: str
    commit: str | None
    note: str
    at: dt.datetime


@dataclass(frozen=True)
class LikeQuestion:
    """A similar question; `decision` is the one that settled it, None if it's open."""

    question_id: int
    text: str
    status: str
    decision: str | None


@dataclass(frozen=True)
class Dossier:
    """One question with its conversation, its answers, feedback and decisions, all in the order in which they happened.

    `claimed_by` claimed it last, until `claimed_until`, which may be over. `like` are similar questions, the open ones first, then those
    that are settled, each nearest first.
    """

    question_id: int
    text: str
    platform: str
    place: str
    asked_at: dt.datetime
    status: str
    wants_person: bool
    conversation: tuple[tuple[str, str], ...]
    answers: tuple[ShownAnswer, ...]
    feedback: tuple[ShownFeedback, ...]
    reviews: tuple[ShownReview, ...]
    deliveries: tuple[ShownDelivery, ...]
    promotions: tuple[ShownPromotion, ...]
    like: tuple[LikeQuestion, ...]
    claimed_by: str | None
    claimed_until: dt.datetime | None
    disagreements: tuple[Disagreement, ...]


def dossier(session: Session, question_id: int) -> Dossier:
    """Collect all that the ledger knows of one question.

    Raises:
        UsageError: there is no such question.
    """
    question = known_question(session, question_id)
    claimed = latest_claim(session, question_id)
    return Dossier(
        question_id=question.id,
        text=question.text,
        platform=question.platform,
        place=session.get_one(Conversation, question.conversation_id).place,
        asked_at=question.asked_at,
        status=question.status,
        wants_person=question.wants_person,
        conversation=tuple(said_in_conversation(session, question, most=MOST_TURNS)),
        answers=answers_of(session, question_id),
        feedback=feedback_on(session, question),
        reviews=reviews_of(session, question_id),
        deliveries=deliveries_of(session, question_id),
        promotions=promotions_of(session, question_id),
        like=like_questions(session, question_id),
        claimed_by=None if claimed is None else claimed.mentor,
        claimed_until=None if claimed is None else claimed.until,
        disagreements=tuple(disagreements(session, question_id)),
    )


def answers_of(session: Session, question_id: int) -> tuple[ShownAnswer, ...]:
    """Return a question's answers, each with the states that it passed through."""
    passings: dict[int, list[PassedState]] = {}
    passed = (
        select(Passing).join(AnswerRow, AnswerRow.id == Passing.answer_id).where(AnswerRow.question_id == question_id).order_by(Passing.id)
    )
    for row in session.scalars(passed):
        passings.setdefault(row.answer_id, []).append(PassedState(row.state, row.at, row.review_id))
    in_force = session.scalar(select(newest_answers([question_id]).c.answer_id))
    rows = session.scalars(select(AnswerRow).where(AnswerRow.question_id == question_id).order_by(AnswerRow.id))
    return tuple(
        ShownAnswer(
            answer_id=row.id,
            text=row.text,
            status=row.status,
            state=row.state,
            composer=row.composer,
            model=row.model,
            prompt=row.prompt,
            examples=tuple(row.examples),
            confidence=row.confidence,
            cards=tuple(row.cards),
            cited=tuple(row.cited),
            checks=tuple(row.checks),
            evidence=tuple(row.evidence),
            created_at=row.created_at,
            sent_as=row.sent_as,
            passings=tuple(passings.get(row.id, ())),
            in_force=row.id == in_force,
        )
        for row in rows
    )


def feedback_on(session: Session, question: QuestionRow) -> tuple[ShownFeedback, ...]:
    """Return the learners' feedback on a question's answers."""
    rows = session.scalars(select(Feedback).where(Feedback.question_id == question.id).order_by(Feedback.at, Feedback.id))
    return tuple(
        ShownFeedback(row.kind, row.reason, row.at, row.answer_id, row.learner_id is not None and row.learner_id == question.learner_id)
        for row in rows
    )


def reviews_of(session: Session, question_id: int) -> tuple[ShownReview, ...]:
    """Return all decisions on a question, including undone ones."""
    wanted = select(ReviewRow, Mentor.name).join(Mentor, Mentor.id == ReviewRow.mentor_id).where(ReviewRow.question_id == question_id)
    return tuple(
        ShownReview(
            review_id=row.id,
            mentor=mentor,
            decision=row.decision,
            reason=row.reason,
            source=row.source,
            at=row.at,
            undone_at=row.undone_at,
            answer_id=row.answer_id,
            result_id=row.result_id,
            of_review_id=row.of_review_id,
        )
        for row, mentor in session.execute(wanted.order_by(ReviewRow.id))
    )


def deliveries_of(session: Session, question_id: int) -> tuple[ShownDelivery, ...]:
    """Return the messages of a question that were sent or are to be sent."""
    rows = session.scalars(select(DeliveryRow).where(DeliveryRow.question_id == question_id).order_by(DeliveryRow.id))
    return tuple(
        ShownDelivery(row.id, row.kind, row.state, row.review_id, row.note, row.attempts, row.due_at, row.sent_at, row.error)
        for row in rows
    )


def promotions_of(session: Session, question_id: int) -> tuple[ShownPromotion, ...]:
    """Return the cards that a question led to."""
    wanted = (
        select(PromotionRow, Mentor.name).join(Mentor, Mentor.id == PromotionRow.mentor_id).where(PromotionRow.question_id == question_id)
    )
    return tuple(
        ShownPromotion(row.id, mentor, row.kind, row.slug, row.state, row.commit, row.note, row.at)
        for row, mentor in session.execute(wanted.order_by(PromotionRow.id))
    )


def like_questions(session: Session, question_id: int) -> tuple[LikeQuestion, ...]:
    """Return similar questions: those that the same decision could settle, then those that are settled."""
    is_open, is_settled = similar_questions(session, question_id)
    ids = [*is_open[:MOST_LIKE], *is_settled[:MOST_LIKE]]
    settled = settlements(ids)
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text, QuestionRow.status, settled.c.decision)
        .outerjoin(settled, settled.c.question_id == QuestionRow.id)
        .where(one_of(QuestionRow.id, ids))
    )
    read = {row.id: LikeQuestion(row.id, row.text, row.status, row.decision) for row in rows}
    return tuple(read[each] for each in ids)
