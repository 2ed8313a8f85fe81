"""What the cards call supervised and self-supervised is read from them, and what is said against it is found; nothing else is."""

from __future__ import annotations

from bot.service import Service
from bot.wording.check.fit_check import CLAIMS
from bot.wording.check.properties import against, told_in
from index.evaluate.labelled_claims import read_claims
from knowledge.reading.card import Slug
from tests.collected import failing

MLM = Slug("masked-language-modeling")


def test_the_cards_say_of_the_core_concepts_what_they_are(service: Service) -> None:
    _, told = told_in(service.library)
    found = {(each.slug, each.name) for each in told if each.so}
    assert {(MLM, "selfsupervised"), ("pretraining", "selfsupervised"), ("instruction-fine-tuning", "supervised")} <= found


def test_what_is_said_against_the_cards_is_found(service: Service) -> None:
    def check(sentence: str) -> None:
        assert "the cards call it" in against(sentence, MLM, service.library)

    cases = [
        "Pretraining is not self-supervised.",
        "MLM is a supervised learning method.",
        "MLM isn't self-supervised.",
        "It is supervised.",
        "Instruction fine-tuning is unsupervised, because nobody labels anything.",
        "Yes, masked language modelling is supervised.",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_what_is_in_line_or_says_in_which_sense_is_let_through(service: Service) -> None:
    def check(sentence: str) -> None:
        assert against(sentence, MLM, service.library) == ""

    cases = [
        "Pretraining is self-supervised.",
        "MLM is not supervised.",
        "It is self-supervised, not supervised.",
        "Pretraining is supervised in its mechanics, self-supervised by its labels.",
        "People say that MLM is supervised.",
        "Why would anybody think that MLM is supervised?",
        "Supervised training of the embeddings is rare.",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_no_supported_claim_is_found_to_be_against_the_cards(service: Service) -> None:
    def check(path: object) -> None:
        claims = read_claims(path)  # type: ignore[arg-type]
        assert not [claim.claim for claim in claims if claim.supported and against(claim.claim, claim.cards[0], service.library)]

    assert failing(check, [(case,) for case in sorted(CLAIMS.glob("*/*.jsonl"))]) == {}


def test_it_is_the_topic_only_where_nothing_else_is_named(service: Service) -> None:
    fact = "The targets of masked language modelling are the original tokens of the text, so it is self-supervised."
    assert against(fact, Slug("instruction-fine-tuning"), service.library) == ""
    assert against("It is self-supervised.", Slug("instruction-fine-tuning"), service.library, before="MLM hides tokens.") == ""
    assert against("It is self-supervised.", Slug("instruction-fine-tuning"), service.library) != ""
