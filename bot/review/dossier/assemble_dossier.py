"""All that the ledger knows of one question, for the mentor who decides."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.questions import turns_before
from bot.ledger.tables import AnswerRow, Conversation, DeliveryRow, Feedback, Mentor, Passing, PromotionRow, QuestionRow, ReviewRow
from bot.review.dossier.disagreements import disagreements
from bot.review.dossier.shown import (
    Dossier,
    LikeQuestion,
    PassedState,
    ShownAnswer,
    ShownDelivery,
    ShownFeedback,
    ShownPromotion,
    ShownReview,
)
from bot.review.question.standing import known_question, newest_answers, settlements
from bot.review.queue.claims import latest_claim
from bot.review.queue.clusters import likes

MOST_TURNS = 20
MOST_LIKE = 50


def dossier(session: Session, question_id: int) -> Dossier:
    """Put together all that the ledger knows of one question.

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
        turns_before=tuple(turns_before(session, question, most=MOST_TURNS)),
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
    """Return a question's answers with the states that each went through."""
    passings: dict[int, list[PassedState]] = {}
    passed = (
        select(Passing).join(AnswerRow, AnswerRow.id == Passing.answer_id).where(AnswerRow.question_id == question_id).order_by(Passing.id)
    )
    for row in session.scalars(passed):
        passings.setdefault(row.answer_id, []).append(PassedState(row.state, row.at, row.review_id))
    newest = newest_answers()
    in_force = session.scalar(select(newest.c.answer_id).where(newest.c.question_id == question_id))
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
    """Return what learners said of a question's answers."""
    rows = session.scalars(select(Feedback).where(Feedback.question_id == question.id).order_by(Feedback.at, Feedback.id))
    return tuple(
        ShownFeedback(row.kind, row.reason, row.at, row.answer_id, row.learner_id is not None and row.learner_id == question.learner_id)
        for row in rows
    )


def reviews_of(session: Session, question_id: int) -> tuple[ShownReview, ...]:
    """Return all decisions on a question, those undone among them."""
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
    """Return what was sent of a question, and what is still owed."""
    rows = session.scalars(select(DeliveryRow).where(DeliveryRow.question_id == question_id).order_by(DeliveryRow.id))
    return tuple(
        ShownDelivery(row.id, row.kind, row.state, row.review_id, row.note, row.attempts, row.due_at, row.sent_at, row.error)
        for row in rows
    )


def promotions_of(session: Session, question_id: int) -> tuple[ShownPromotion, ...]:
    """Return the cards that came of a question."""
    wanted = (
        select(PromotionRow, Mentor.name).join(Mentor, Mentor.id == PromotionRow.mentor_id).where(PromotionRow.question_id == question_id)
    )
    return tuple(
        ShownPromotion(row.id, mentor, row.kind, row.slug, row.state, row.commit, row.note, row.at)
        for row, mentor in session.execute(wanted.order_by(PromotionRow.id))
    )


def like_questions(session: Session, question_id: int) -> tuple[LikeQuestion, ...]:
    """Return the questions like this one: those that the same decision could settle, then those that others settled."""
    is_open, is_settled = likes(session, question_id)
    ids = [*is_open[:MOST_LIKE], *is_settled[:MOST_LIKE]]
    settled = settlements()
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text, QuestionRow.status, settled.c.decision)
        .outerjoin(settled, settled.c.question_id == QuestionRow.id)
        .where(QuestionRow.id.in_(ids))
    )
    read = {row.id: LikeQuestion(row.id, row.text, row.status, row.decision) for row in rows}
    return tuple(read[each] for each in ids)
