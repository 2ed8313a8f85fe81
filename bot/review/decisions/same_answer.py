"""The answer of one question as the answer of another that asks the same."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.review.question_state import answer_in_force, known_question
from bot.values import Answer, Composer, FoundCard, Status
from knowledge.errors import Refused
from knowledge.reading.card import Slug


def answer_in_place(session: Session, question_id: int) -> Answer:
    """Return the answer in force of a question, to be given to others like it.

    Raises:
        UsageError: there is no such question.
        Refused: it has no answer in force.
    """
    known_question(session, question_id)
    row = answer_in_force(session, question_id)
    if row is None:
        raise Refused(f"question {question_id} has no answer that others could get: answer it first, or name another question")
    return Answer(
        question="",
        status=Status.ANSWERED,
        answer=row.text,
        composer=Composer(row.composer),
        model=row.model,
        confidence=row.confidence,
        cards=tuple(FoundCard.model_validate(each) for each in row.cards),
        cited=tuple(Slug(slug) for slug in row.cited),
        checks=tuple(row.checks),
    )
