"""The card that an exchange of a thread belongs to, found by the words they share."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import SLUG_PATTERN, Card, Slug
from knowledge.words import STOP_WORDS, content_stems, stem, words

# Below this score an exchange is proposed as a card of its own, and so is one that is this much more like a topic beyond the course.
# Source: on index/labels both leave 0.90 of the covered questions with a card and 0.61 of the uncovered ones without. The right card is
# first for 0.55 of the covered and among the first three for 0.75, which is why a draft names the next nearest too.
FLOOR = 0.15
BEYOND_FACTOR = 1.4
# The weight of the phrasing nearest to the question, against that of the whole card's text.
PHRASING_WEIGHT = 0.6
# The weight of the words of the answers beside those of the question.
ANSWER_WEIGHT = 0.25
# The weight of the exchange before, for one that follows on it (0 finds 0.47 of the follow-ups in index/labels, this 0.69).
CONTEXT_WEIGHT = 0.3
NEW_SLUG_WORDS = 5
NEW_SLUG_MAX_CHARS = 60
NEAREST = 3
STEMS_IN_COMMON = 2
# Words of a question that name no topic, so that they don't end up in a slug.
NO_TOPIC = frozenset(
    words(
        """ask asked asking question questions explain explains please tell know mean means meant understand example examples give
    wonder wondering anyone someone somebody help different difference differences actually really still say says said exactly
    confused confusion think got able try tried trying want need work works way good one two here anybody nobody goes going mean"""
    )
)


NO_TOPIC_STEMS = frozenset(map(stem, NO_TOPIC))
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)


@dataclass(frozen=True)
class ProposedCard:
    """A slug that an exchange may belong to; `known` tells a card's from a new one."""

    slug: Slug
    score: float
    known: bool


@dataclass(frozen=True)
class Placement:
    """The card that an exchange seems to belong to, the next nearest, and the topic beyond the course that it may be about instead."""

    best: ProposedCard
    nearest: tuple[ProposedCard, ...]
    beyond: str | None


@dataclass(frozen=True)
class Vocabulary:
    """The stems of every card, and how rare each is among them; `beyond` is by topic."""

    phrasings: dict[Slug, tuple[frozenset[str], ...]]
    text: dict[Slug, frozenset[str]]
    beyond: dict[str, tuple[frozenset[str], ...]]
    rarity: dict[str, float]

    def weight(self, stems: Iterable[str]) -> float:
        """Return the summed rarity of some stems; one that no card has is as rare as can be."""
        unseen = math.log(1 + len(self.text))
        return sum(self.rarity.get(each, unseen) for each in stems)

    def likeness(self, question: frozenset[str], phrasings: Iterable[frozenset[str]]) -> float:
        """Return how like the nearest of some phrasings a question is, from 0 to 1."""
        total = self.weight(question)
        alike = [self.weight(question & each) / math.sqrt(total * self.weight(each)) for each in phrasings if question & each]
        return max(alike, default=0.0)


def topic_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of a text that name a topic."""
    return frozenset(content_stems(text)) - NO_TOPIC_STEMS


def asked_stems(question: str) -> frozenset[str]:
    """Return the stems that name the topic of a question; names in a code block count only where there is no sentence."""
    return topic_stems(CODE_BLOCK.sub(" ", question)) or topic_stems(question)


def vocabulary(base: KnowledgeBase) -> Vocabulary:
    """Read the stems of every card and of every topic beyond the course."""
    phrasings = {slug: tuple(topic_stems(line) for line in ways_to_ask(card)) for slug, card in base.cards.items()}
    text = {slug: topic_stems(card.body()).union(*phrasings[slug]) for slug, card in base.cards.items()}
    holders = Counter(each for stems in text.values() for each in stems)
    rarity = {each: math.log(1 + len(text) / count) for each, count in holders.items()}
    beyond = {each.topic: tuple(topic_stems(line) for line in (each.topic, *each.asked_as)) for each in base.beyond}
    return Vocabulary(phrasings, text, beyond, rarity)


def ways_to_ask(card: Card) -> tuple[str, ...]:
    """Return the ways in which learners ask for a card."""
    return (card.title, *card.asked_as, *(each.belief for each in card.misconceptions))


def propose(question: str, answers: str, known_words: Vocabulary) -> list[ProposedCard]:
    """Rank every card for an exchange, best first (ties by slug).

    A score is between 0 and 1: the share of the exchange's words, weighed by rarity, that the card's phrasings and text have.
    """
    said, answered = asked_stems(question), topic_stems(answers)
    scores = {slug: round(score(said, answered, slug, known_words), 3) for slug in known_words.text}
    return ranked(scores)


def ranked(scores: Mapping[Slug, float]) -> list[ProposedCard]:
    """Put scored cards into their order."""
    found = [ProposedCard(slug, value, True) for slug, value in scores.items()]
    return sorted(found, key=lambda each: (-each.score, each.slug))


def score(question: frozenset[str], answers: frozenset[str], slug: Slug, known_words: Vocabulary) -> float:
    """Return how well one card covers an exchange."""
    total = known_words.weight(question)
    covered = known_words.weight(question & known_words.text[slug]) / total if total else 0.0
    own = PHRASING_WEIGHT * known_words.likeness(question, known_words.phrasings[slug]) + (1 - PHRASING_WEIGHT) * covered
    if not answers:
        return own
    answered = known_words.weight(answers & known_words.text[slug]) / known_words.weight(answers)
    return (1 - ANSWER_WEIGHT) * own + ANSWER_WEIGHT * answered


def in_context(own: list[ProposedCard], before: list[ProposedCard]) -> list[ProposedCard]:
    """Rank for a question that follows on another: what that one was about counts too."""
    earlier = {each.slug: each.score for each in before}
    scores = {each.slug: round((1 - CONTEXT_WEIGHT) * each.score + CONTEXT_WEIGHT * earlier[each.slug], 3) for each in own}
    return ranked(scores)


def beyond_the_course(question: str, known_words: Vocabulary) -> str | None:
    """Return the topic beyond the course that a question is more like than any card by far, if there is one."""
    said = asked_stems(question)
    nearest = max((known_words.likeness(said, each) for each in known_words.phrasings.values()), default=0.0)
    alike = {topic: known_words.likeness(said, each) for topic, each in known_words.beyond.items()}
    best = max(sorted(alike), key=lambda topic: alike[topic], default=None)
    return best if best is not None and alike[best] > max(BEYOND_FACTOR * nearest, FLOOR) else None


def placed(question: str, own: list[ProposedCard], before: list[ProposedCard], known_words: Vocabulary) -> Placement:
    """Decide for a slug: a card's where the question itself reaches the floor, else a new one; `before` is the ranking it follows on."""
    beyond = beyond_the_course(question, known_words)
    in_order = in_context(own, before) if before else own
    near = tuple(each for each in in_order[: NEAREST + 1] if each.score)
    said = asked_stems(question)
    shared = len(said & known_words.text[own[0].slug]) if own else 0
    if beyond is None and shared >= min(len(said), STEMS_IN_COMMON) and own and own[0].score >= FLOOR:
        return Placement(near[0], near[1:], None)
    return Placement(ProposedCard(new_slug(question, known_words.text), 0.0, False), near[:NEAREST], beyond)


def new_slug(question: str, taken: Iterable[str]) -> Slug:
    """Make a slug of the words of a question that name its topic.

    >>> new_slug("Can you please explain what warm-up steps do in the scheduler?", [])
    'warm-up-steps-scheduler'
    """
    topic = [word for word in words(re.sub(r"`+", " ", question)) if word not in STOP_WORDS and word not in NO_TOPIC]
    parts = SLUG_PATTERN.findall("-".join(dict.fromkeys(topic[:NEW_SLUG_WORDS])).replace("'", ""))
    slug = "-".join(parts)[:NEW_SLUG_MAX_CHARS].strip("-") or "question"
    used, number, name = set(taken), 2, slug
    while name in used:
        name, number = f"{slug}-{number}", number + 1
    return Slug(name)
