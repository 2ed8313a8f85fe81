"""Sentences of cards near a statement: told as so, or named as a belief that is not so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.search.library import Found, Library
from index.store.passages import PassageKind, prose
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug
from knowledge.sentences import sentences
from knowledge.words import content_stems, stem, synonym, words

# The most sentences that are compared by their vectors; the others share too few words with the statement.
COMPARED = 28
FEWEST_WORDS = 4
# A sentence that begins with somebody's words is not all the card's own.
QUOTES = '"“'
# Different words for one thing. The course's own are in its `synonyms`.
SAME = {
    stem(word): stem(row.split()[0])
    for row in (
        "change update modify adjust alter rewrite overwrite", "web internet", "person human people annotator", "example demonstration",
        "picture image photo", "predict guess", "teach learn", "question item", "answer response", "objective goal", "copy imitate match",
        "need require", "drop remove", "write type",
    )
    for word in row.split()
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One sentence of a card; `correction` is set if the card names the sentence only as a wrong belief."""

    slug: Slug
    text: str
    correction: str = ""

    @property
    def belief(self) -> bool:
        """Return whether learners believe this and the card does not say it."""
        return bool(self.correction)


@dataclass(frozen=True)
class Near:
    """A told sentence and its cosine to one statement."""

    told: Told
    cosine: float


def same_stems(text: str) -> frozenset[str]:
    """Return the content stems of a text, one for words that mean one thing here."""
    return frozenset(sequence(text))


def sequence(text: str) -> list[str]:
    """Return the content stems of a text in their order, one for words that mean one thing here."""
    text = text.replace("–", "-")
    wanted = content_stems(text)
    return [same(each) for each in map(stem, words(text)) if each in wanted]


def same(stemmed: str) -> str:
    """Return the one stem for all words of one meaning."""
    return SAME.get(stemmed) or SAME.get(synonym(stemmed), synonym(stemmed))


def told_by(card: Card) -> list[Told]:
    """Cut a card into its sentences, key facts first; code is left out."""
    found = [Told(card.slug, text) for text in (*card.key_facts, *halves(card.short_answer))]
    for each in card.misconceptions:
        found.append(Told(card.slug, each.belief, each.correction))
        # The first sentence of a correction grants what is true about the belief.
        found += [Told(card.slug, text) for text in halves(each.correction, start=1)]
    for paragraph in card.paragraphs():
        plain = re.sub(r"^\*\*[^*]+\*\*", "", paragraph.split("```")[0])
        found += [Told(card.slug, text) for text in halves(plain) if len(text.split()) >= FEWEST_WORDS]
    return found


def halves(markdown: str, start: int = 0) -> list[str]:
    """Return the sentences of a text from a place on, cut at semicolons too, since the two sides of one say two things."""
    return [
        part.strip() for text in sentences(prose(markdown))[start:] for part in text.split("; ") if part.strip() and part[0] not in QUOTES
    ]


def told_near(slugs: Iterable[Slug], base: KnowledgeBase, text: str) -> list[Told]:
    """Return the sentences of some cards and of their contrasts that share most words with a text, at most COMPARED."""
    slugs = list(dict.fromkeys(slugs))
    every = [each for slug in slugs for each in told_by(base.cards[slug])]
    for number, slug in enumerate(slugs):
        for other in slugs[number + 1 :]:
            every += [Told(slug, text) for text in sentences(base.contrast(slug, other) or "")]
    wanted = same_stems(text)
    first: dict[str, Told] = {}
    for each in every:
        first.setdefault(each.text, each)
    return sorted(first.values(), key=lambda each: -len(same_stems(each.text) & wanted))[:COMPARED]


def nearest_facts(statement: str, library: Library, most: int) -> list[Near]:
    """Return the key facts and beliefs of the best cards for a statement, nearest first; nothing but the statement is embedded."""
    found = library.search(statement)
    near = []
    for slug in best_slugs([found], most):
        card = library.base.cards[slug]
        for number, text in enumerate(card.key_facts):
            near.append(Near(Told(slug, text), found.cosine(slug, PassageKind.FACT, str(number))))
        for number, each in enumerate(card.misconceptions):
            near.append(Near(Told(slug, each.belief, each.correction), found.cosine(slug, PassageKind.MISCONCEPTION, str(number))))
    return sorted(near, key=lambda each: -each.cosine)


def compare(statements: Sequence[str], sayings: Sequence[Told], library: Library) -> list[list[Near]]:
    """Return, for each statement, the sentences nearest first."""
    if not sayings:
        return [[] for _ in statements]
    vectors = library.encode([*statements, *(each.text for each in sayings)])
    cosines = vectors[: len(statements)] @ vectors[len(statements) :].T
    return [
        sorted((Near(each, float(cosine)) for each, cosine in zip(sayings, row, strict=True)), key=lambda near: -near.cosine)
        for row in cosines
    ]


def best_slugs(founds: Iterable[Found], most: int) -> list[Slug]:
    """Return the best cards of some searches, each once: those that the reader prefers and, a statement being no question, the nearest."""
    chosen: dict[Slug, None] = {}
    for found in founds:
        nearest = sorted(found.hits, key=lambda hit: -hit.nearest)
        chosen.update(dict.fromkeys(hit.slug for hit in (*found.hits[:most], *nearest[:most])))
    return list(chosen)
