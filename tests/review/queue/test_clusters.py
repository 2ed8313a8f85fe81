"""Questions count as alike by their vectors and their best cards."""

from __future__ import annotations

import numpy as np
import pytest

from bot.ledger.database import Ledger
from bot.ledger.tables import QuestionRow
from bot.review.queue.clusters import ANY_CARD, SAME_CARD, alike, similar_questions
from bot.review.queue.question_vectors import unit_vectors
from bot.values import Status
from knowledge.errors import UsageError
from tests.review.lined_up import at_angle, decide, line_up


def test_the_same_card_lets_less_near_questions_count_as_alike(ledger: Ledger) -> None:
    between = (SAME_CARD + ANY_CARD) / 2
    with ledger.transaction() as session:
        own = line_up(session, vector=at_angle(1.0), card="labels")
        same_card = line_up(session, vector=at_angle(between), card="labels")
        line_up(session, vector=at_angle(between), card="targets")
        line_up(session, vector=at_angle(between), card=None)
        nearer = line_up(session, vector=at_angle(ANY_CARD + 0.05), card="targets")
        line_up(session, vector=at_angle(SAME_CARD - 0.05), card="labels")
        assert similar_questions(session, own)[0] == [nearer, same_card]


def test_two_questions_without_any_card_share_none(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        own = line_up(session, vector=at_angle(1.0), card=None)
        line_up(session, vector=at_angle((SAME_CARD + ANY_CARD) / 2), card=None)
        near = line_up(session, vector=at_angle(0.99), card=None)
        assert similar_questions(session, own)[0] == [near]


def test_settled_questions_small_talk_and_the_question_itself_are_not_to_be_settled_with_it(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        own, is_open, is_settled, undone = (line_up(session, vector=at_angle(1.0)) for _ in range(4))
        line_up(session, vector=at_angle(1.0), status=Status.ASKED_BACK)
        decide(session, is_settled, "confirm")
        review = decide(session, undone, "confirm")
        review.undone_at = review.at
        assert sorted(similar_questions(session, own)[0]) == [is_open, undone]
        assert similar_questions(session, own)[1] == [is_settled]


def test_vectors_that_cannot_be_compared_are_like_nothing(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        own = line_up(session, vector=at_angle(1.0))
        none, broken, other_model, nought, not_a_number = (line_up(session, vector=at_angle(1.0)) for _ in range(5))
        session.get_one(QuestionRow, none).vector = None
        session.get_one(QuestionRow, broken).vector = b"12345"
        session.get_one(QuestionRow, other_model).vector = at_angle(1.0) * 2
        session.get_one(QuestionRow, nought).vector = bytes(12)
        session.get_one(QuestionRow, not_a_number).vector = np.full(3, np.nan, dtype="<f4").tobytes()
        session.flush()
        for each in (own, none, broken, other_model, nought, not_a_number):
            assert similar_questions(session, each)[0] == []


def test_nothing_is_like_a_question_that_is_not_there(ledger: Ledger) -> None:
    for question_id in (0, 999, 2**40):
        with ledger.transaction() as session, pytest.raises(UsageError, match=f"there is no question {question_id}"):
            similar_questions(session, question_id)


def test_likeness_is_mutual_and_none_is_like_itself() -> None:
    rng = np.random.default_rng(7)
    stored = [*(rng.normal(size=4).astype("<f4").tobytes() for _ in range(60)), None, b"abc", bytes(16)]
    vectors = unit_vectors(stored)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1.0] * 60 + [0.0] * 3, atol=1e-5)
    pairs, cosines = alike(vectors, [None if number % 5 == 0 else f"card {number % 3}" for number in range(63)])
    assert (pairs == pairs.T).all()
    assert not pairs.diagonal().any()
    assert not pairs[60:].any()
    assert (cosines[pairs] >= SAME_CARD - 1e-6).all()


def test_no_vectors_at_all_are_no_trouble() -> None:
    assert unit_vectors([]).shape == (0, 0)
    assert unit_vectors([None, b""]).shape == (2, 0)
    assert not alike(unit_vectors([None, b""]), ["a", "a"])[0].any()
