"""How far a promoted card is favoured, learned on cards that were made bare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index.evaluate.labelled_questions import Labelled
from index.fit.fit_new_cards import FAVOURS, as_promoted, fit_new_cards, simulated
from index.fit.fit_reader import with_questions
from index.search.library import Library
from index.search.reader import plain_weights
from index.store.build import build
from index.store.generations import load
from index.store.passages import PassageKind, card_passages
from knowledge.reading.card import Slug
from tests.index.fakes import DIMENSION, MODEL, CountingEncoder

ROWS = [
    Labelled(id="short", question="what are labels for?", turns=(), settles=("labels#short",)),
    Labelled(id="lost", question="where do labels come from", turns=(), settles=("labels#where-they-come-from",)),
    Labelled(id="other", question="what are masks of every kind for?", turns=(), settles=("masks#short",)),
    Labelled(id="both", question="labels and masks", turns=(), settles=("labels#short+masks#short",)),
    Labelled(id="none", question="how long do eggs boil", turns=(), settles=()),
]


@pytest.fixture
def library(tmp_path: Path, small: Path) -> Library:
    build(tmp_path / "index", small, CountingEncoder, MODEL)
    return Library(load(tmp_path / "index"), CountingEncoder().encode)


def test_a_bare_card_has_one_phrasing_and_its_short_answer(library: Library) -> None:
    kinds = [passage.kind for passage in card_passages(as_promoted(library.base.cards[Slug("labels")]))]
    assert kinds == [PassageKind.PHRASING, PassageKind.PHRASING, PassageKind.SECTION]


def test_a_question_on_what_a_bare_card_has_lost_is_not_settled_by_it(library: Library) -> None:
    weights = replace(plain_weights(DIMENSION), settled_from=0.0)
    read = list(simulated(library, weights, ROWS, frozenset({Slug("labels")})))
    # The question that needs another card as well is left out, and so are those on other cards.
    assert [is_settled for is_settled, _ in read] == [True, False]
    assert all(len(is_answered) == len(FAVOURS) for _, is_answered in read)
    assert read[0][1][-1], "the card that is most favoured answers its question"


def test_what_favours_a_new_card_is_one_of_the_tried(library: Library) -> None:
    known = with_questions(library, ROWS)
    plain = plain_weights(DIMENSION)
    weights = replace(known, mean=plain.mean, scale=plain.scale, weights=plain.weights, gate=plain.gate)
    said: list[str] = []
    fitted, figures = fit_new_cards(library, weights, ROWS, said.append)
    assert fitted.new_card in FAVOURS
    assert set(figures) == {"bare card: answered", "bare card: others not answered"}
    assert all(0 <= share <= 1 for share in figures.values())
    assert fit_new_cards(library, weights, ROWS[-1:], said.append) == (weights, {}), "nothing can be chosen without questions"
