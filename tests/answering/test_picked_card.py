"""A mentor picks a card, and the answer is made of that card's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answering.picked_card import from_card
from bot.door.clean_text import clean_text
from bot.service import Service
from bot.values import Answer, Composer, State, Status
from index.search.library import Library
from index.store.build import build
from index.store.generations import load
from knowledge.errors import UsageError
from tests.index.fakes import MODEL, CountingEncoder

QUESTION = "But MLM and CLM both predict tokens, so the method is the same as for instruction fine-tuning?"


@pytest.fixture
def library(small: Path, tmp_path: Path) -> Library:
    encoder = CountingEncoder()
    build(tmp_path / "index", small, lambda: encoder, MODEL)
    return Library(load(tmp_path / "index"), encoder.encode)


def picked(turns: tuple[str, ...], slug: str, library: Library) -> Answer:
    return from_card(tuple(map(clean_text, turns)), slug, library)


def test_the_answer_is_the_picked_cards_own_whatever_the_search_would_have_chosen(library: Library) -> None:
    for slug, card in library.base.cards.items():
        result = picked(("what are labels?",), slug, library)
        assert (result.status, result.composer, result.state) == (Status.ANSWERED, Composer.CURATED, State.DRAFT)
        assert (result.cited, result.cards[0].slug, result.confidence) == ((slug,), slug, 1.0)
        passages = [card.short_answer, card.example, *card.paragraphs(), *(each.correction for each in card.misconceptions)]
        assert any(result.answer.startswith(passage) for passage in passages)
        assert result.question == "what are labels?"


@pytest.mark.parametrize(("turns", "slug", "why"), [(("why?",), "nothing", "no card 'nothing'"), ((), "labels", "no question")])
def test_what_can_not_be_picked_is_refused_in_one_line(library: Library, turns: tuple[str, ...], slug: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        picked(turns, slug, library)
    with pytest.raises(UsageError):
        picked(("why?", " \x00 "), "labels", library)


def test_every_real_card_can_be_picked_for_a_follow_up(service: Service) -> None:
    turns = ("Is pretraining supervised? There is no output data, is there?", "thanks!", QUESTION)
    for slug in service.library.base.cards:
        result = picked(turns, slug, service.library)
        assert result.cited[0] == result.cards[0].slug == slug
        assert result.answer.strip()


def test_pieces_are_chosen_for_the_question_also_of_a_card_that_the_search_did_not_look_at(service: Service) -> None:
    slug = "masked-language-modeling"
    example = picked(("give me an example of its input and target",), slug, service.library)
    general = picked(("what is it for?",), slug, service.library)
    assert example.answer != general.answer
    assert any(card.example in example.answer for card in service.library.base.cards.values() if card.slug == slug)
