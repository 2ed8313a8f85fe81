"""The making of an answer is told in words that can be checked against the cards and the numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from bot.answering.answer import explained
from bot.answering.explain import KIND_WORDS, SHOWN, best_passage, rank_of
from bot.door.clean_text import clean_text
from bot.service import Service
from bot.values import Question
from index.search.card_rows import EVIDENCE
from index.search.library import Hit
from index.store.passages import PassageKind
from knowledge.reading.card import Slug

QUESTION = "why does BERT hide some of its tokens?"


def test_the_best_passages_and_cards_are_named_each_with_its_chance_and_what_matched(service: Service) -> None:
    result = explained(Question((clean_text(QUESTION),)), service.library)
    split = result.lines.index("Cards:")
    assert result.lines[0] == "Passages, by the chance that each settles the question:"
    passages, cards = result.lines[1:split], [line for line in result.lines[split:] if re.match(r"\d\. ", line)]
    for lines in (passages, cards):
        assert [line[:2] for line in lines] == ["1.", "2.", "3.", "4.", "5."]
        assert len(lines) == SHOWN
    assert any("[masked-language-modeling]" in line for line in cards)
    for passage in passages:
        assert re.match(r"\d\. [01]\.\d\d .+ \[[\w-]+\], (?:short answer|example|paragraph \d+|correction \d+): ['\"].+['\"]$", passage)
    chances = [float(line.split()[1]) for line in passages]
    assert chances == sorted(chances, reverse=True)
    for card, matched in zip(cards, result.lines[split + 2 :: 2], strict=False):
        assert re.search(r"\]: [01]\.\d\d \(dense rank \d+, words rank \d+, terms rank \d+\)$", card)
        assert re.match(rf"   It (?:{'|'.join(KIND_WORDS.values())}): ['\"].+['\"] \(cosine 0\.\d\d; BM25 \d+\.\d\)\.", matched)
    assert result.lines[-1].startswith("Nearest topic beyond the course: ")


def test_what_matched_is_a_passage_of_the_card_and_the_nearest_of_all(service: Service) -> None:
    library = service.library
    found = library.search(QUESTION)
    for hit in found.hits[:SHOWN]:
        passage, cosine = best_passage(hit.slug, found, library)
        assert passage.slug == hit.slug
        assert cosine >= hit.nearest - 1e-5, "corrections are passages too, which the card's nearest phrasing, fact or section is not"
        assert passage.kind is PassageKind.CORRECTION or cosine == pytest.approx(hit.nearest, abs=1e-5)


def test_the_text_says_how_it_was_read_and_how_likely_it_is_settled(service: Service) -> None:
    lines = service.explain(("WHY does masekd langauge modelling hide tokens??",)).splitlines()
    weights = service.library.reader.weights
    assert lines[0] == "Read as: WHY does masked language modelling hide tokens??"
    assert lines[1] == "Form of the question: why."
    assert f"it's answered from {weights.settled_from:.2f} on" in lines[2]
    assert f"the nearest passage is shown from {weights.near_from:.2f} on" in lines[2]
    assert lines[3].startswith("Passages")


def test_the_chance_that_is_told_is_on_the_side_of_the_threshold_that_decided(service: Service) -> None:
    for question, answered in (("What is masked language modelling?", True), ("which bus goes to the harbour?", False)):
        numbers = re.findall(r"\d\.\d\d", service.explain((question,)).splitlines()[2])
        chance, threshold, _ = (float(number) for number in numbers)
        assert (chance >= threshold) == answered


def test_a_follow_up_is_explained_in_its_conversation(service: Service) -> None:
    result = explained(Question((clean_text("What is catastrophic forgetting?"), clean_text("why?"))), service.library)
    assert "[catastrophic-forgetting]" in result.lines[1]
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
