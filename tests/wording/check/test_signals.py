"""What a sentence is compared by: words that no card has, numbers and names of its own, what it turns round."""

from __future__ import annotations

import numpy as np
import pytest

from bot.service import Service
from bot.wording.check.card_statements import BELIEF, card_premises, premises_of
from bot.wording.check.draft_check import rarity_over
from bot.wording.check.signals import SIGNALS, Encoded, clauses_of, new_names, new_numbers, rarity_of, signals
from knowledge.reading.card import Slug

MLM = Slug("masked-language-modeling")
QUESTION = "Is MLM supervised?"


def read(service: Service, claim: str, question: str = QUESTION) -> dict[str, float]:
    premises = premises_of([MLM], service.library)
    clauses = clauses_of(claim)
    vectors = service.library.encode([claim, *clauses])
    values = signals(claim, question, Encoded(vectors[0], vectors[1:]), premises, rarity_over(service.library))
    assert values.shape == (len(SIGNALS),)
    assert np.isfinite(values).all()
    return dict(zip(SIGNALS, values.tolist(), strict=True))


def test_a_key_fact_is_as_near_as_can_be_and_brings_nothing_new(service: Service) -> None:
    fact = service.library.base.cards[MLM].key_facts[1]
    read_as = read(service, fact)
    assert read_as["nearest"] > 0.97
    assert read_as["shared"] == pytest.approx(1.0)
    assert [read_as[name] for name in ("novel", "numbers", "names", "opposed", "turned", "absolute_new")] == [0] * 6


def test_a_number_a_name_and_words_of_its_own_are_counted(service: Service) -> None:
    read_as = read(service, "In 1987 the physicist Feynman trained BERT for 777 days.")
    assert (read_as["numbers"], read_as["year"], read_as["names"]) == (2, 1, 1)
    assert read_as["novel"] > read(service, "BERT selects 15% of the tokens.")["novel"]


def test_a_dropped_negation_and_an_opposed_word_show(service: Service) -> None:
    true = "The targets of masked language modelling are the original tokens of the text, so it is self-supervised."
    denied = read(service, true.replace("are the", "are not the"))
    assert denied["turned"] > 0 == read(service, true)["turned"]
    assert read(service, true.replace("self-supervised", "supervised"))["opposed"] > 0 == read(service, true)["opposed"]


def test_a_belief_that_is_said_is_nearer_than_what_is_so(service: Service) -> None:
    belief = service.library.base.cards[MLM].misconceptions[2].belief
    read_as = read(service, belief)
    assert read_as["belief_lead"] > 0
    assert read_as["belief_agreed"] == read_as["belief"] > 0.97
    turned = read(service, belief.replace("mean", "do not mean"))
    assert turned["belief_agreed"] == 0 < turned["belief_turned"]


@pytest.mark.parametrize("claim", ["x", "!!!", "…", "не знаю", "word " * 400, "0", "and but while", "<b>", "{question}"])
def test_any_sentence_can_be_compared(service: Service, claim: str) -> None:
    read(service, claim)
    read(service, claim, question="")


def test_a_claim_is_cut_where_its_clauses_end() -> None:
    assert clauses_of("CLM reads from the left, but MLM sees both sides: so both differ") == [
        "CLM reads from the left", "MLM sees both sides", "so both differ",
    ]  # fmt: skip
    assert clauses_of("Yes, and no") == ["Yes, and no"]


def test_numbers_and_names_of_the_question_are_not_the_claims_own(service: Service) -> None:
    premises = premises_of([MLM], service.library)
    asked = "Does Feynman hide 777 tokens?"
    assert new_numbers("It hides 777 of 1,000 tokens, or 15%, or 31.5.", asked, premises) == {"31.5"}
    assert new_numbers("Label 100 is ignored, not -100.", "", premises) - {"100"} == set()
    assert new_names("There Feynman met Dirac and BERT; RoBERTa came later.", asked, premises) == ["Dirac"]
    assert new_names("Feynman starts a sentence. Dirac does, too.", "", premises) == []


def test_a_word_that_fewer_cards_have_tells_more() -> None:
    rarity = rarity_of({"a": frozenset({"mask", "model"}), "b": frozenset({"model"}), "c": frozenset({"model", "label"})})
    assert rarity["model"] < rarity["mask"] == rarity["label"] < rarity[""]


def test_what_a_card_says_and_what_it_calls_false_are_kept_apart(service: Service) -> None:
    card = service.library.base.cards[MLM]
    premises = premises_of([MLM, Slug("causal-language-modeling")], service.library)
    assert {premise.text for premise in premises.beliefs} >= {misconception.belief for misconception in card.misconceptions}
    assert not [premise for premise in premises.said if premise.kind == BELIEF]
    assert premises.vectors.shape[0] == len(premises.said)
    assert premises.belief_vectors.shape[0] == len(premises.beliefs)
    assert {premise.kind for premise in premises.said} >= {"short answer", "explanation", "key fact", "correction", "contrast", "check"}
    assert all(premise.kind in {"belief", "key fact"} or "```" not in premise.text for premise in card_premises(card))
