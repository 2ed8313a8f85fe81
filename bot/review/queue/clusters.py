"""Clusters: questions so alike that one decision can settle them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.ledger.tables import AnswerRow
from bot.review.question_state import WITHDRAW, known_question, newest_answers, settlements
from bot.review.queue.question_vectors import Vectors, nearest, unit_vectors

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

# How many of the near questions are looked at.
NEAR = 500


def similar_questions(session: Session, question_id: int) -> tuple[list[int], list[int]]:
    """Return the questions like this one, nearest first: those that are open, and those that are settled.

    Raises:
        UsageError: there is no such question.
    """
    own = unit_vectors([known_question(session, question_id).vector])[0]
    if not own.any():
        return [], []
    near = [each for each in nearest(session, own, least=SAME_CARD, most=NEAR + 1) if each.question_id != question_id][:NEAR]
    cards = best_cards(session, [question_id, *(each.question_id for each in near)])
    card = cards.get(question_id)
    found = [each.question_id for each in near if each.cosine >= ANY_CARD or (card is not None and cards.get(each.question_id) == card)]
    settlement = settlements(found)
    settled = set(session.scalars(select(settlement.c.question_id).where(settlement.c.decision != WITHDRAW)))
    return [number for number in found if number not in settled], [number for number in found if number in settled]


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


def best_cards(session: Session, question_ids: Sequence[int]) -> dict[int, str]:
    """Return the best card found for each of these questions that has one."""
    newest = newest_answers(question_ids)
    rows = session.execute(select(newest.c.question_id, best_slug()).join(AnswerRow, AnswerRow.id == newest.c.answer_id))
    return {question_id: card for question_id, card in rows if card is not None}


def best_slug() -> ColumnElement[str | None]:
    """Select the slug of an answer's best card as `card`, null if none was found."""
    cards: Any = AnswerRow.cards
    slug: ColumnElement[str | None] = cards[(0, "slug")].as_string()
    return slug.label("card")


def best_title() -> ColumnElement[str | None]:
    """Select the title of an answer's best card as `title`, null if none was found."""
    cards: Any = AnswerRow.cards
    title: ColumnElement[str | None] = cards[(0, "title")].as_string()
    return title.label("title")
