"""Clusters: questions so alike that one decision can settle them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session

from bot.ledger.tables import AnswerRow, QuestionRow
from bot.review.question_state import WITHDRAW, known_question, newest_answers, settlements
from bot.values import Status

Vectors = npt.NDArray[np.float32]
Pairs = npt.NDArray[np.bool_]

# The least cosines of two questions that count as alike: if the same card was found best for both, and if not.
# Source: the packaged model on all 4.7 million pairs of the 3,064 single questions in index/labels/fit, a set made to hold no two alike.
# Pairs of one family (one question in quite other words, or in another language) have a median of 0.43, and pairs of two families pass 0.52
# once in a thousand: cosine alone can't find the first without flooding a mentor with the second, so these find near repeats only. At 0.70,
# 103 pairs are left, of which 66 % share a card that settles both. Of pairs with the same best card 250 of 39,271 reach 0.60 and, read
# by eye, about half want the same answer, below it far fewer. A question missed is one more click; one wrongly settled misleads a learner.
# That is why a cluster is shown to the mentor with its texts, and never settled unseen.
SAME_CARD = 0.60
ANY_CARD = 0.70

# How many of the newest questions one is compared with, and how many of the near ones are looked at.
COMPARED = 20_000
NEAR = 500


def similar_questions(session: Session, question_id: int) -> tuple[list[int], list[int]]:
    """Return the questions like this one, nearest first: those that are open, and those that are settled.

    Raises:
        UsageError: there is no such question.
    """
    question = known_question(session, question_id)
    if not question.vector:
        return [], []
    settlement = settlements()
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.vector, func.coalesce(settlement.c.decision != WITHDRAW, false()).label("settled"))
        .outerjoin(settlement, settlement.c.question_id == QuestionRow.id)
        .where(QuestionRow.id != question_id, QuestionRow.vector.is_not(None), QuestionRow.status != Status.ASKED_BACK.value)
        .order_by(QuestionRow.id.desc())
        .limit(COMPARED)
    ).all()
    vectors = unit_vectors([question.vector, *(row.vector for row in rows)])
    cosines = vectors[1:] @ vectors[0]
    order = np.argsort(-cosines, kind="stable")
    near = [(rows[place], float(cosines[place])) for place in order[cosines[order] >= SAME_CARD][:NEAR]]
    cards = best_cards(session, [question_id, *(row.id for row, _ in near)])
    own = cards.get(question_id)
    found = [row for row, cosine in near if cosine >= ANY_CARD or (own is not None and cards.get(row.id) == own)]
    return [row.id for row in found if not row.settled], [row.id for row in found if row.settled]


def alike(vectors: Vectors, cards: Sequence[str | None]) -> tuple[Pairs, Vectors]:
    """Return which of several questions are alike, and their cosines; none is like itself.

    Shapes: vectors (questions, dimension), cards (questions,); returns (questions, questions) twice.
    """
    cosines = vectors @ vectors.T
    numbers: dict[str, int] = {}
    # Questions without a card don't share one: each gets a number of its own.
    codes = np.array(
        [-1 - row if card is None else numbers.setdefault(card, len(numbers)) for row, card in enumerate(cards)], dtype=np.int64
    )
    pairs = cosines >= ANY_CARD
    pairs |= (cosines >= SAME_CARD) & (codes[:, None] == codes[None, :])
    np.fill_diagonal(pairs, False)
    return pairs, cosines


def unit_vectors(stored: Sequence[bytes | None]) -> Vectors:
    """Read stored vectors and give them length 1; one that can't be compared with the first readable one becomes zero, and like nothing.

    That is one that is missing or broken, or has another dimension because it comes from another model.

    Shapes: returns (questions, dimension).
    """
    size = next((len(each) for each in stored if each and len(each) % 4 == 0), 0)
    blank = bytes(size)
    joined = b"".join(each if each is not None and len(each) == size else blank for each in stored)
    vectors = np.frombuffer(joined, dtype="<f4").reshape(len(stored), size // 4)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    usable = np.isfinite(lengths) & (lengths > 0)
    if not usable.all():
        vectors = np.where(usable[:, None], vectors, np.float32(0.0))
        lengths = np.where(usable, lengths, np.float32(1.0))
    return np.asarray(vectors / lengths[:, None], dtype=np.float32)


def best_cards(session: Session, question_ids: Sequence[int]) -> dict[int, str]:
    """Return the best card found for each of these questions that has one."""
    newest = newest_answers()
    rows = session.execute(
        select(newest.c.question_id, best_slug())
        .join(AnswerRow, AnswerRow.id == newest.c.answer_id)
        .where(newest.c.question_id.in_(question_ids))
    )
    return {question_id: card for question_id, card in rows if card is not None}


def best_slug() -> ColumnElement[str | None]:
    """Select the slug of an answer's best card as `card`, null if none was found."""
    cards: Any = AnswerRow.cards
    slug: ColumnElement[str | None] = cards[(0, "slug")].as_string()
    return slug.label("card")
