"""How an answer was made is told in words that can be checked against the cards and the numbers."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.answering.answer import explained
from bot.answering.explain import KIND_WORDS, SHOWN, best_passage, explain, rank_of, text
from bot.app import open_library
from bot.service import Service
from bot.settings import Settings
from bot.values import Question
from index.encoder.embedding import Encoder
from index.encoder.model_files import EmbeddingModel
from index.learned.fitted import EVIDENCE
from index.search.confidence import Confidence
from index.search.library import Hit
from index.store.build import build
from knowledge.reading.card import Slug

QUESTION = "why does BERT hide some of its tokens?"


def test_the_best_cards_are_named_each_with_what_matched_and_its_ranks(service: Service) -> None:
    result = explained(Question((QUESTION,)), service.library)
    cards = [line for line in result.lines if re.match(r"\d\. ", line)]
    assert [line[:2] for line in cards] == ["1.", "2.", "3.", "4.", "5."]
    assert len(cards) == SHOWN
    assert "[masked-language-modeling]" in cards[0]
    for card, matched in zip(cards, result.lines[1::2], strict=False):
        assert re.search(r"share [01]\.\d\d \(dense rank \d+, words rank \d+, terms rank \d+, learned model [01]\.\d\d\)", card)
        assert re.match(rf"   It (?:{'|'.join(KIND_WORDS.values())}): ['\"].+['\"] \(cosine 0\.\d\d; BM25 \d+\.\d\)\.", matched)
    assert result.lines[-1].startswith("Nearest topic beyond the course: ")


def test_what_matched_is_a_passage_of_the_card_and_the_nearest_of_all(service: Service) -> None:
    library = service.library
    found = library.search(QUESTION)
    for hit in found.hits[:SHOWN]:
        passage, cosine = best_passage(hit.slug, found, library)
        assert passage.slug == hit.slug
        assert cosine == pytest.approx(hit.nearest, abs=1e-5)


def test_the_text_says_how_it_was_read_and_what_the_confidence_is_made_of(service: Service) -> None:
    said = service.explain(("WHY does masekd langauge modelling hide tokens??",))
    lines = said.splitlines()
    assert lines[0] == "Read as: WHY does masked language modelling hide tokens??"
    assert lines[1] == "Form of the question: why."
    assert f"from {service.library.fitted.threshold:.2f} on it's answered" in lines[2]
    in_scope, right, product = (float(number) for number in re.findall(r"\d\.\d\d", f"{lines[2].split(';')[0]} {lines[3]}"))
    assert product == pytest.approx(in_scope * right, abs=0.02)
    assert lines[4] == "Found:"


def test_the_chance_that_is_told_is_on_the_side_of_the_threshold_that_decided(service: Service) -> None:
    for question, answered in (("What is masked language modelling?", True), ("which bus goes to the harbour?", False)):
        chance, threshold = (float(number) for number in re.findall(r"\d\.\d\d", service.explain((question,)).splitlines()[2]))
        assert (chance >= threshold) == answered


def test_a_follow_up_is_explained_in_its_conversation(service: Service) -> None:
    result = explained(Question(("What is catastrophic forgetting?", "why?")), service.library)
    assert "[catastrophic-forgetting]" in result.lines[0]
    assert result.form == "why"


def test_a_rank_counts_how_many_cards_have_more_of_one_kind_of_evidence(service: Service) -> None:
    def hit(slug: str, phrasing: float) -> Hit:
        evidence = np.zeros(len(EVIDENCE), dtype=np.float32)
        evidence[EVIDENCE.index("phrasing")] = phrasing
        return Hit(Slug(slug), 0.0, evidence)

    hits = [hit("a", 0.4), hit("b", 0.9), hit("c", 0.4), hit("d", 0.1)]
    found = replace(service.library.search("x"), hits=hits)
    assert [rank_of(each, found, "phrasing") for each in hits] == [2, 1, 2, 4]
    assert {rank_of(each, found, "asked") for each in hits} == {1}


def test_a_card_without_a_place_in_the_class_model_is_said_to_have_none(
    built_home: Path, tmp_path: Path, small: Path, encoder: Encoder, model: EmbeddingModel
) -> None:
    shutil.copytree(built_home, tmp_path / "home")
    build(tmp_path / "home" / "index", small, lambda: encoder, model)
    library = open_library(Settings(_env_file=None, home=tmp_path / "home", knowledge_dir=small), model, encoder)
    found = library.search("what are masks of every kind?")
    said = text(explain(library, found, Confidence(0.5, 0.5), "open"))
    assert said.count("not in the learned model") == 3
    assert "[masks]" in said.split("2. ")[0]
