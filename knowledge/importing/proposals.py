"""Which card an exchange of a thread belongs to, by the words they share."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge.base import KnowledgeBase
from knowledge.model import SLUG_PATTERN, Card, Slug
from knowledge.words import STOP_WORDS, content_stems, words

# Below this score an exchange is proposed as a card of its own.
# Source: on index/questions, 0.22 leaves 0.80 of the covered questions with a card and 0.50 of the uncovered without one; the right card is
# first for 0.51 of them and among the first three for 0.72, which is why a draft names the next nearest too.
FLOOR = 0.22
# What the one phrasing nearest to the question weighs against the whole card's text.
PHRASING_WEIGHT = 0.6
# What the words of the answers count beside those of the question, each.
ANSWER_WEIGHT = 0.25
NEW_SLUG_WORDS = 5
# Words of a question that name no topic, so that they don't end up in a slug.
NO_TOPIC = frozenset(
    words(
        """ask asked asking question questions explain explains please tell know mean means meant understand example examples give
    wonder wondering anyone someone somebody help different difference differences actually really still say says said exactly
    confused confusion think got able try tried trying want need work works way good one two here mean"""
    )
)


@dataclass(frozen=True)
class Proposal:
    """A slug that an exchange may belong to; `known` tells whether a card has it already."""

    slug: Slug
    score: float
    known: bool


@dataclass(frozen=True)
class Vocabulary:
    """What each candidate slug says, as stems, and how rare each stem is among them."""

    phrasings: dict[Slug, tuple[frozenset[str], ...]]
    text: dict[Slug, frozenset[str]]
    rarity: dict[str, float]
    known: frozenset[Slug]

    def weight(self, stems: Iterable[str]) -> float:
        """Return the summed rarity of some stems; one that no card has is as rare as can be."""
        unseen = math.log(1 + len(self.text))
        return sum(self.rarity.get(stem, unseen) for stem in stems)


def vocabulary(base: KnowledgeBase, course: Mapping[str, str]) -> Vocabulary:
    """Read the stems of every card, and of the course's questions that have no card yet."""
    phrasings: dict[Slug, tuple[frozenset[str], ...]] = {}
    text: dict[Slug, frozenset[str]] = {}
    for slug, card in base.cards.items():
        lines = (*asked(card), *([course[slug]] if slug in course else []))
        phrasings[slug] = tuple(frozenset(content_stems(line)) for line in lines)
        text[slug] = frozenset(content_stems(card.body())).union(*phrasings[slug])
    for name, question in course.items():
        slug = Slug(name)
        if slug not in text:
            phrasings[slug] = (frozenset(content_stems(question)),)
            text[slug] = phrasings[slug][0] | content_stems(name.replace("-", " "))
    holders = Counter(stem for stems in text.values() for stem in stems)
    rarity = {stem: math.log(1 + len(text) / count) for stem, count in holders.items()}
    return Vocabulary(phrasings, text, rarity, frozenset(base.cards))


def asked(card: Card) -> tuple[str, ...]:
    """Return what learners say when a card is the right answer."""
    return (card.title, *card.asked_as, *(each.belief for each in card.misconceptions))


def proposals(question: str, answers: str, known_words: Vocabulary) -> list[Proposal]:
    """Rank every candidate slug for an exchange, best first (ties by slug).

    A score is between 0 and 1: the share of the exchange's words, weighed by rarity, that the candidate's phrasings and text have.
    """
    asked_stems, answer_stems = content_stems(question), content_stems(answers)
    ranked = [
        Proposal(slug, round(score(asked_stems, answer_stems, slug, known_words), 3), slug in known_words.known)
        for slug in known_words.text
    ]
    return sorted(ranked, key=lambda each: (-each.score, each.slug))


def score(question: set[str], answers: set[str], slug: Slug, known_words: Vocabulary) -> float:
    """Return how well one candidate covers an exchange."""
    total = known_words.weight(question)
    nearest, covered = 0.0, 0.0
    if total:
        covered = known_words.weight(question & known_words.text[slug]) / total
        for phrasing in known_words.phrasings[slug]:
            both = known_words.weight(question & phrasing)
            nearest = max(nearest, both / math.sqrt(total * known_words.weight(phrasing)) if both else 0.0)
    own = PHRASING_WEIGHT * nearest + (1 - PHRASING_WEIGHT) * covered
    if not answers:
        return own
    answered = known_words.weight(answers & known_words.text[slug]) / known_words.weight(answers)
    return (1 - ANSWER_WEIGHT) * own + ANSWER_WEIGHT * answered


def new_slug(question: str, taken: Iterable[str]) -> Slug:
    """Make a slug of the words of a question that name its topic.

    >>> new_slug("Can you please explain what warm-up steps do in the scheduler?", [])
    'warm-up-steps-scheduler'
    """
    topic = [word for word in words(re.sub(r"`+", " ", question)) if word not in STOP_WORDS and word not in NO_TOPIC]
    parts = SLUG_PATTERN.findall("-".join(dict.fromkeys(topic[:NEW_SLUG_WORDS])).replace("'", ""))
    slug = "-".join(parts) or "question"
    used, number, name = set(taken), 2, slug
    while name in used:
        name, number = f"{slug}-{number}", number + 1
    return Slug(name)
