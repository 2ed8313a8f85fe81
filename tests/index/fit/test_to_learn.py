"""The reader learns from the questions on this course's cards, and from regression cases as questions of their card."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.evaluate.labelled_questions import Labelled
from index.fit.to_learn import SETTLED_LEAST, questions_to_learn
from knowledge.errors import UsageError
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import Slug


@pytest.fixture
def base(small: Path) -> KnowledgeBase:
    return read_knowledge(small)[0]


def labelled(name: str, *settles: str) -> Labelled:
    return Labelled(id=name, question=f"{name}?", turns=(), settles=settles)


def case(name: str, slug: str, settles: tuple[str, ...] | None = None) -> Labelled:
    return Labelled(id=name, question=f"{name}?", turns=(), slugs=(Slug(slug),), settles=settles)


ENOUGH = [labelled(f"q-{number}", "masks#short") for number in range(SETTLED_LEAST)]


def test_a_regression_case_is_a_question_that_its_passage_or_its_cards_short_answer_settles(base: KnowledgeBase) -> None:
    cases = [
        case("old", "labels"),
        case("amended", "labels", ("labels#where-they-come-from",)),
        case("edited", "labels", ("labels#a-paragraph-that-is-gone",)),
        case("gone", "a-card-that-is-gone", ("a-card-that-is-gone#short",)),
    ]
    learned = {row.id: row.settles for row in questions_to_learn(ENOUGH, cases, base)[len(ENOUGH) :]}
    assert learned == {"old": ("labels#short",), "amended": ("labels#where-they-come-from",), "edited": ("labels#short",)}


def test_a_question_that_another_courses_card_settles_does_not_teach_that_nothing_does(base: KnowledgeBase) -> None:
    others = [labelled("other", "bread#short"), labelled("half", "bread#short+masks#short"), labelled("miss")]
    assert [row.id for row in questions_to_learn([*ENOUGH, *others], [], base)[len(ENOUGH) :]] == ["half", "miss"]


def test_too_little_to_learn_from_is_one_line(base: KnowledgeBase) -> None:
    with pytest.raises(UsageError, match=f"only {SETTLED_LEAST - 1} labelled questions and regression cases are settled") as caught:
        questions_to_learn([*ENOUGH[2:], labelled("other", "bread#short")], [case("one", "masks")], base)
    assert "\n" not in str(caught.value)
