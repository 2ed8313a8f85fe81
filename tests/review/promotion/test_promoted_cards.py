"""A card that was promoted a moment ago answers its question in other words, and its neighbours on the subject are still declined.

`python -m tests.review.promotion.measure` measures the same before and after `askwell index fit`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.answering.answer import answer
from bot.door.clean_text import clean_text
from bot.review.promotion import edit_card
from bot.review.promotion.impact import DECLINED, ReplayedQuestion, impact, outcome
from bot.review.promotion.make_plan import narrowing_for
from bot.review.promotion.new_card import Draft, new_card
from bot.service import Service
from bot.values import Question, Status
from index.search.library import Library
from index.search.what_if import library_with, with_card_order
from knowledge.reading.card import Beyond
from knowledge.reading.card_file import parse_card
from tests.conftest import KNOWLEDGE
from tests.review.promotion.promoted_figures import (
    FILES,
    NEIGHBOURS,
    OWN,
    REWORDINGS,
    AskedAgain,
    PromotedRow,
    asked_again,
    promoted_rows,
    right_share,
)


@pytest.fixture(scope="module", params=FILES, ids=[path.stem for path in FILES])
def rows(request: pytest.FixtureRequest) -> list[PromotedRow]:
    path: Path = request.param
    return promoted_rows(path)


@pytest.fixture(scope="module")
def promoted(service: Service, rows: list[PromotedRow]) -> Library:
    """The real cards with the fifteen beside them, and the topics beyond narrowed by each."""
    library = service.library
    taken = [phrasing for card in library.base.cards.values() for phrasing in card.asked_as]
    cards, beyond = dict(library.base.cards), (KNOWLEDGE / "beyond.yaml").read_text(encoding="utf-8")
    for number, row in enumerate(rows, start=1):
        draft = Draft(row.slug, "inference", row.question, row.answer, "Ada", number, dt.date(2026, 2, 3))
        card, problems = parse_card(new_card(draft, taken), path=row.slug)
        assert problems == []
        assert card is not None
        cards[card.slug] = card
        narrowing = narrowing_for(card, row.question, library)
        if narrowing is not None:
            beyond = edit_card.narrowed(beyond, narrowing.topic, narrowing.gone)
    topics = tuple(Beyond.model_validate(row) for row in yaml.safe_load(beyond))
    return library_with(library, with_card_order(replace(library.base, cards=cards, beyond=topics)))


@pytest.fixture(scope="module")
def asked(rows: list[PromotedRow], promoted: Library) -> list[AskedAgain]:
    return asked_again(rows, promoted)


def missed(asked: list[AskedAgain], kind: str) -> list[tuple[str, str]]:
    return [(each.text, each.found) for each in asked if each.kind == kind and not each.right]


def test_before_the_promotion_none_of_the_questions_is_answered(service: Service, rows: list[PromotedRow]) -> None:
    answered = [row.question for row in rows if outcome((row.question,), service.library) != DECLINED]
    assert len(answered) <= 0.15 * len(rows), answered


def test_the_very_question_is_answered_from_the_new_card(asked: list[AskedAgain]) -> None:
    assert missed(asked, OWN) == []


def test_rewordings_are_answered_from_the_new_card(asked: list[AskedAgain]) -> None:
    assert right_share(asked, REWORDINGS) >= 0.8, missed(asked, REWORDINGS)


def test_neighbours_that_are_not_covered_are_still_declined(asked: list[AskedAgain]) -> None:
    assert right_share(asked, NEIGHBOURS) >= 0.8, missed(asked, NEIGHBOURS)


def test_a_new_card_is_answered_from_with_confidence(rows: list[PromotedRow], promoted: Library) -> None:
    result = answer(Question((clean_text(rows[0].question),)), promoted)
    assert result.status is Status.ANSWERED
    assert result.confidence > 0.5
    assert rows[0].answer[:60] in result.answer


def test_the_impact_names_what_would_be_answered_now_and_by_what(service: Service, rows: list[PromotedRow], promoted: Library) -> None:
    questions = [ReplayedQuestion(row.question, number) for number, row in enumerate(rows, start=1)]
    questions += [ReplayedQuestion("is pretraining supervised?", 99), ReplayedQuestion(rows[0].question, None, (), (rows[0].slug,))]
    found = impact(questions, service.library, promoted)
    assert (found.past, found.labelled) == (16, 1)
    assert found.answered.count >= 13
    assert (found.won.count, found.lost.count, found.declined.count) == (1, 0, 0)
    assert found.answered.examples[0].after == rows[0].slug
    assert 99 not in {each.number for each in found.moved.examples}
