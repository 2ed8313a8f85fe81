"""The sentences of cards as premises, with which a draft's sentences are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.answering.statements.opposition import negations
from bot.wording.check.draft_sentences import plain
from index.encoder.embedding import Vectors
from index.search.library import Library
from knowledge.reading.card import Card, Slug
from knowledge.reading.course import Course
from knowledge.sentences import sentences
from knowledge.words import content_stems

BELIEF = "belief"
LEAST_WORDS = 3
FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Premise:
    """One sentence of a card, or a `belief` that the card calls false; `turned` is true for an odd number of negations."""

    slug: Slug
    kind: str
    text: str
    stems: frozenset[str]
    turned: bool


@dataclass(frozen=True)
class Premises:
    """The sentences of several cards with their vectors; the beliefs that they call false are apart.

    Shapes: vectors (said, dimension); belief_vectors (beliefs, dimension). `words` is all text of the cards, lower-cased; `course` is
    theirs.
    """

    said: list[Premise]
    vectors: Vectors
    beliefs: list[Premise]
    belief_vectors: Vectors
    words: str
    course: Course


def premises_of(slugs: Sequence[Slug], library: Library) -> Premises:
    """Return the sentences of several cards and of their contrasts, embedded."""
    found = [premise for slug in slugs for premise in card_premises(library.base.cards[slug])]
    for pair, difference in library.base.contrasts.items():
        if pair & set(slugs):
            found += premises_in(min(pair & set(slugs), key=list(slugs).index), "contrast", difference)
    said = [premise for premise in found if premise.kind != BELIEF]
    beliefs = [premise for premise in found if premise.kind == BELIEF]
    vectors = library.encode([premise.text for premise in [*said, *beliefs]])
    code = " ".join(library.base.cards[slug].body() for slug in slugs)
    words = " ".join([*(premise.text for premise in said), code]).lower()
    return Premises(said, vectors[: len(said)], beliefs, vectors[len(said) :], words, library.base.course)


@lru_cache(maxsize=4_096)
def card_premises(card: Card) -> tuple[Premise, ...]:
    """Return the sentences of one card."""
    found: list[Premise] = []
    sections = (
        ("short answer", card.short_answer), ("explanation", card.explanation), ("example", card.example), ("check", card.check_yourself),
    )  # fmt: skip
    for kind, text in sections:
        for paragraph in re.split(r"\n\s*\n", FENCED.sub(" ", text)):
            found += premises_in(card.slug, kind, paragraph)
    for fact in card.key_facts:
        found += premises_in(card.slug, "key fact", fact)
    for misconception in card.misconceptions:
        found.append(premise(card.slug, BELIEF, plain(misconception.belief)))
        found += premises_in(card.slug, "correction", misconception.correction)
    return tuple(found)


def premises_in(slug: Slug, kind: str, text: str) -> list[Premise]:
    """Return the sentences of one piece of a card."""
    return [premise(slug, kind, sentence) for sentence in sentences(plain(text)) if len(sentence.split()) >= LEAST_WORDS]


def premise(slug: Slug, kind: str, text: str) -> Premise:
    """Return one sentence as a premise."""
    return Premise(slug, kind, text, frozenset(content_stems(text)), negations(text) % 2 == 1)
