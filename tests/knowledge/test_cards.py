"""Every card, contrast and example of the course, one by one: what is in the repository is fit to answer from."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import yaml

from bot.settings import PROJECT
from index.store.passages import prose
from knowledge.checking.rules import check
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import SECTION_TITLES
from knowledge.reading.card_file import card_paths, read_card
from knowledge.reading.examples import read_examples
from knowledge.sentences import sentences

KNOWLEDGE = PROJECT / "knowledge"
CURRICULUM = PROJECT.parent / "shared" / "curriculum.yaml"
CARDS = {path.stem: path for path in card_paths(KNOWLEDGE)}


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return read_knowledge(KNOWLEDGE)[0]


def flat(markdown: str) -> set[str]:
    """Return the sentences of a text, lower-cased, without marks: what a reader could take out alone."""
    return {re.sub(r"\W+", " ", part).strip().lower() for part in sentences(prose(markdown))}


def test_the_check_has_nothing_to_say_about_the_course_today() -> None:
    _, problems = check(KNOWLEDGE, today=dt.datetime.now(dt.UTC).date())
    assert not problems


def test_the_course_has_all_its_sixty_cards() -> None:
    assert len(CARDS) >= 60
    if not CURRICULUM.exists():
        pytest.skip("../shared/curriculum.yaml does not lie beside the project")
    wanted = {slug for group in yaml.safe_load(CURRICULUM.read_text(encoding="utf-8")).values() for slug in group}
    assert len(wanted) == 60
    assert wanted <= set(CARDS)


def test_every_card_can_be_read_and_asked_for_in_six_to_twelve_ways() -> None:
    wrong: list[tuple[str, object]] = []
    for slug, path in CARDS.items():
        card, problems = read_card(path, KNOWLEDGE)
        headings = [line.removeprefix("## ") for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
        if card is None or problems:
            wrong.append((slug, problems))
        elif (card.slug, card.group, tuple(headings)) != (slug, path.parent.name, SECTION_TITLES):
            wrong.append((slug, [card.slug, card.group, headings]))
        elif not (6 <= len(card.asked_as) <= 12 and card.misconceptions and card.related):
            wrong.append((slug, [len(card.asked_as), card.misconceptions, card.related]))
    assert wrong == []


def test_no_card_says_a_belief_as_a_flat_sentence(base: KnowledgeBase) -> None:
    wrong: list[tuple[str, object]] = []
    for slug, card in base.cards.items():
        contrasts = [text for pair, text in base.contrasts.items() if slug in pair]
        said = flat("\n\n".join((card.body(), *card.key_facts, *(each.correction for each in card.misconceptions), *contrasts)))
        wrong += [(slug, each.belief) for each in card.misconceptions if flat(each.belief) & said]
    assert wrong == []


def test_confusable_cards_point_at_each_other_and_have_their_contrast(base: KnowledgeBase) -> None:
    pairs = {frozenset((card.slug, other)) for card in base.cards.values() for other in card.confused_with}
    for card in base.cards.values():
        for other in card.confused_with:
            assert card.slug in base.cards[other].confused_with
    assert pairs == set(base.contrasts)


def test_a_contrast_speaks_of_both_its_cards_and_names_no_first_or_second(base: KnowledgeBase) -> None:
    for pair, text in base.contrasts.items():
        assert 15 <= len(text.split()) <= 120, sorted(pair)
        assert not re.search(r"\bthe (?:former|latter)\b", text), sorted(pair)


def test_a_topic_beyond_the_course_is_asked_for_in_words_of_no_card(base: KnowledgeBase) -> None:
    asked = {phrasing.lower(): card.slug for card in base.cards.values() for phrasing in card.asked_as}
    for topic in base.beyond:
        assert not {phrasing.lower() for phrasing in topic.asked_as} & set(asked), topic.topic


def test_no_example_says_a_belief_as_a_flat_sentence(base: KnowledgeBase) -> None:
    beliefs = {sentence for card in base.cards.values() for each in card.misconceptions for sentence in flat(each.belief)}
    answers = {example.name: example.answer for example in read_examples(KNOWLEDGE)[0]}
    assert {name for name, answer in answers.items() if flat(re.sub(r"\s*\[\d+\]", "", answer)) & beliefs} == set()
