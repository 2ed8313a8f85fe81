"""The confidence is a probability, it tells the course from everything else, and it was fitted for the model that is used."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.service import Service
from index.encoder.model_files import PACKAGED_SHA256, packaged_model
from index.learned.fitted import RIGHT_SIGNALS, SCOPE_SIGNALS, Fitted
from index.search.confidence import Confidence, confidence, logistic, right_signals, scope_signals, shares
from index.search.library import Found

INSIDE = (
    "What is masked language modelling?",
    "who makes the labels in self-supervised learning?",
    "fine-tuning or in-context learning, when do I take which",
    "why does my model forget what it knew after fine-tuning",
)
OUTSIDE = (
    "which bus goes to the harbour?",
    "my landlord wants the deposit twice, is that legal",
    "good recipe for lentil soup please",
    "who scored in the final yesterday",
)


def nothing() -> Found:
    empty = np.zeros((1, 4), dtype=np.float32)
    return Found("", [], None, empty, 0.0, 0.0, empty[0], {})


def test_the_numbers_were_fitted_for_the_packaged_model(service: Service) -> None:
    identity = service.library.fitted.made_from["model_identity"]
    assert identity == packaged_model().identity == service.library.model_identity
    assert identity.startswith(PACKAGED_SHA256)


@pytest.mark.parametrize("inside", INSIDE)
def test_what_a_card_settles_is_surer_than_what_none_does(service: Service, inside: str) -> None:
    library = service.library
    sure = confidence(library.search(inside), library.fitted)
    unsure = [confidence(library.search(outside), library.fitted) for outside in OUTSIDE]
    assert sure.in_scope >= library.fitted.threshold > max(each.in_scope for each in unsure)
    assert sure.value > max(each.value for each in unsure)


@pytest.mark.parametrize("text", [*INSIDE, *OUTSIDE, "?", "a", "🙂", "什么", "word " * 500, "Is it? " * 300])
def test_confidence_is_a_probability_whatever_is_asked(service: Service, text: str) -> None:
    library = service.library
    found = library.search(text)
    sure = confidence(found, library.fitted)
    assert 0.0 <= sure.value <= min(sure.in_scope, sure.best_is_right) <= 1.0
    parts = shares(found, library.fitted.temperature)
    assert sum(parts) == pytest.approx(1.0)
    assert parts == sorted(parts, reverse=True)


def test_where_nothing_is_found_there_is_no_confidence() -> None:
    assert confidence(nothing(), Fitted.read()) == Confidence(0.0, 0.0)
    assert shares(nothing(), 1.0) == []


def test_signals_are_finite_and_as_many_as_there_are_weights(service: Service) -> None:
    found = service.library.search("What is masked language modelling?")
    for signals, names in ((scope_signals(found), SCOPE_SIGNALS), (right_signals(found, 1.0), RIGHT_SIGNALS)):
        assert signals.shape == (len(names),)
        assert np.isfinite(signals).all()


@given(st.floats(-1e6, 1e6))
def test_the_logistic_function_neither_overflows_nor_leaves_its_range(value: float) -> None:
    assert 0.0 <= logistic(value) <= 1.0
    assert logistic(value) + logistic(-value) == pytest.approx(1.0)


def test_a_clear_winner_is_more_likely_right_than_one_of_many_alike(service: Service) -> None:
    library = service.library
    found = library.search("What is masked language modelling?")
    alike = [hit._replace(score=1.0) for hit in found.hits]
    clear = [found.hits[0]._replace(score=20.0), *alike[1:]]
    sure = [
        confidence(Found(found.query, hits, found.beyond, found.vectors, 1.0, found.none, found.cosines, found.places), library.fitted)
        for hits in (clear, alike)
    ]
    assert sure[0].best_is_right > sure[1].best_is_right
    assert sure[0].in_scope == pytest.approx(sure[1].in_scope)
