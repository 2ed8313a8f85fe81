"""The making of an answer in plain words, for learners of a course about just such models."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from index.search.confidence import Confidence, shares
from index.search.library import Found, Hit, Library
from index.store.passages import Passage, PassageKind, card_passages
from knowledge.reading.card import Slug

SHOWN = 5
KIND_WORDS = {
    PassageKind.PHRASING: "is asked like this",
    PassageKind.MISCONCEPTION: "sets right the belief",
    PassageKind.FACT: "says",
    PassageKind.SECTION: "explains",
}


@dataclass(frozen=True)
class Explanation:
    """The query, the cards that were found for it, and the confidence in them."""

    query: str
    form: str
    confidence: Confidence
    threshold: float
    lines: tuple[str, ...]


def explain(library: Library, found: Found, sure: Confidence, form: str) -> Explanation:
    """Put the evidence for one question into words."""
    lines = []
    share = shares(found, library.fitted.temperature)
    for number, (hit, part) in enumerate(list(zip(found.hits, share, strict=True))[:SHOWN], start=1):
        lines += card_lines(number, hit, part, found, library)
    if found.beyond is not None:
        lines.append(f"Nearest topic beyond the course: {found.beyond[0]} (cosine {found.beyond[1]:.2f}).")
    return Explanation(found.query, form, sure, library.fitted.threshold, tuple(lines))


def card_lines(number: int, hit: Hit, share: float, found: Found, library: Library) -> list[str]:
    """Explain why one card was found: its share, its best passage, its dense and lexical ranks."""
    card = library.base.cards[hit.slug]
    words = hit.named()["asked"]
    passage, cosine = best_passage(hit.slug, found, library)
    places = {word: rank_of(hit, found, name) for word, name in (("dense", "phrasing"), ("words", "asked"), ("terms", "named"))}
    ranks = ", ".join(f"{word} rank {place}" for word, place in places.items())
    learned = "not in the learned model" if hit.learned is None else f"learned model {math.exp(hit.learned):.2f}"
    return [
        f"{number}. {card.title} [{hit.slug}]: share {share:.2f} ({ranks}, {learned})",
        f"   It {KIND_WORDS[passage.kind]}: {passage.text[:140]!r} (cosine {cosine:.2f}; BM25 {words:.1f}).",
    ]


def passages_near(slug: Slug, found: Found, library: Library) -> list[tuple[Passage, float]]:
    """Return a card's passages, each with its cosine to the question."""
    return [(passage, found.cosine(slug, passage.kind, passage.place)) for passage in card_passages(library.base.cards[slug])]


def best_passage(slug: Slug, found: Found, library: Library) -> tuple[Passage, float]:
    """Return a card's passage nearest to the question."""
    return max(passages_near(slug, found, library), key=lambda each: each[1])


def evidence(found: Found, library: Library) -> tuple[dict[str, Any], ...]:
    """Return the passages of each of the best cards that were near the question, for mentors and statistics.

    Shapes: best card first; of each kind of passage the nearest's text (a section's name) and cosine, None where the card has none.
    """
    share = shares(found, library.fitted.temperature)
    rows = []
    for hit, part in list(zip(found.hits, share, strict=True))[:SHOWN]:
        row: dict[str, Any] = {"slug": hit.slug, "title": library.base.cards[hit.slug].title, "score": round(part, 4)}
        near = passages_near(hit.slug, found, library)
        for kind in (PassageKind.PHRASING, PassageKind.MISCONCEPTION, PassageKind.FACT, PassageKind.SECTION):
            best = max((each for each in near if each[0].kind is kind), key=lambda each: each[1], default=None)
            row[kind.value] = None if best is None else best[0].place if kind is PassageKind.SECTION else best[0].text
            row[f"{kind.value}_cosine"] = None if best is None else round(best[1], 4)
        row["learned"] = None if hit.learned is None else round(math.exp(hit.learned), 4)
        rows.append(row)
    return tuple(rows)


def rank_of(hit: Hit, found: Found, name: str) -> int:
    """Return a card's place among all found by one kind of evidence alone (1 is the best)."""
    own = hit.named()[name]
    return 1 + sum(other.named()[name] > own for other in found.hits)


def explanation_text(explanation: Explanation) -> str:
    """Render an explanation for a terminal or a message."""
    sure = explanation.confidence
    head = [
        f"Read as: {explanation.query}",
        f"Form of the question: {explanation.form.replace('_', ' ')}.",
        f"Chance that some card settles it: {sure.in_scope:.2f}; from {explanation.threshold:.2f} on it's answered.",
        f"Chance that the best card is the right one, if one is: {sure.best_is_right:.2f}. Confidence is the product, {sure.value:.2f}.",
    ]
    return "\n".join([*head, "Found:", *explanation.lines])
