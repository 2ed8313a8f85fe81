"""Every card, contrast and example of the course, one by one: what is in the repository is fit to answer from."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import frontmatter
import pytest
import yaml

from bot.settings import PROJECT
from index.store.passages import prose
from knowledge.checking.rules import check
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import SECTION_TITLES, Slug
from knowledge.reading.card_file import card_paths, read_card
from knowledge.reading.examples import read_example

KNOWLEDGE = PROJECT / "knowledge"
CURRICULUM = PROJECT.parent / "shared" / "curriculum.yaml"
CARDS = {path.stem: path for path in card_paths(KNOWLEDGE)}
EXAMPLES = {path.stem: path for path in sorted(KNOWLEDGE.glob("examples/*.md"))}


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return read_knowledge(KNOWLEDGE)[0]


def sentences(markdown: str) -> set[str]:
    """Return the sentences of a text, lower-cased, without marks: what a reader could take out alone."""
    return {re.sub(r"\W+", " ", part).strip().lower() for part in re.split(r"(?<=[.!?])\s+|\n\n", prose(markdown))}


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


@pytest.mark.parametrize("slug", CARDS)
def test_a_card_can_be_read_and_asked_for_in_six_to_twelve_ways(slug: str) -> None:
    card, problems = read_card(CARDS[slug], KNOWLEDGE)
    assert not problems
    assert card is not None
    assert card.slug == slug
    assert card.group == CARDS[slug].parent.name
    assert 6 <= len(card.asked_as) <= 12
    assert card.misconceptions, "what do learners wrongly believe about it?"
    assert card.related, "what is worth reading next?"
    headings = [line.removeprefix("## ") for line in CARDS[slug].read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert tuple(headings) == SECTION_TITLES


@pytest.mark.parametrize("slug", CARDS)
def test_a_card_never_says_a_belief_as_a_flat_sentence(slug: str, base: KnowledgeBase) -> None:
    card = base.cards[Slug(slug)]
    contrasts = [text for pair, text in base.contrasts.items() if slug in pair]
    said = sentences("\n\n".join((card.body(), *card.key_facts, *(each.correction for each in card.misconceptions), *contrasts)))
    for each in card.misconceptions:
        assert not sentences(each.belief) & said


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


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_can_be_learned_from(name: str, base: KnowledgeBase) -> None:
    path: Path = EXAMPLES[name]
    example, problems = read_example(path, KNOWLEDGE)
    assert not problems
    assert example is not None
    head, body = frontmatter.parse(path.read_text(encoding="utf-8"))
    assert set(head) == {"name", "kind", "turns", "cards", "why"}
    assert head["name"] == name
    assert re.findall(r"^## (.+)$", body, re.MULTILINE) == ["Notes", "Answer"]
    assert set(example.cards) <= set(base.cards)
    notes = [int(number) for number in re.findall(r"^\[(\d+)\]", example.notes, re.MULTILINE)]
    cited = {int(number) for number in re.findall(r"\[(\d+)\]", example.answer)}
    assert notes == list(range(1, len(notes) + 1))
    assert cited <= set(notes)
    assert cited or not notes, "an answer with notes cites them"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_teaches_no_belief(name: str, base: KnowledgeBase) -> None:
    example, _ = read_example(EXAMPLES[name], KNOWLEDGE)
    assert example is not None
    said = sentences(example.answer)
    for card in base.cards.values():
        for each in card.misconceptions:
            assert not sentences(each.belief) & said
